"""Every loss of every distiller on formula inputs: value and gradients (dfkd_methods.md 2.3)."""
import torch

import losses
from formula import Fixture, Rng, fill, values
from torch import nn

BATCH, CLASSES = 12, 10


def put(out, name, loss, inputs):
    """The value of `loss` (its sum, where it is per sample) and its gradient by each input."""
    out.put(name, loss)
    grads = torch.autograd.grad(loss.sum(), list(inputs.values()), allow_unused=True)
    for key, grad in zip(inputs, grads):
        if grad is not None:
            out.put(f"{name}.grad.{key}", grad)


def logits():
    t = values("teacher_logits", (BATCH, CLASSES), 3).requires_grad_(True)
    s = values("student_logits", (BATCH, CLASSES), 3)
    agree = torch.arange(BATCH) % 3 == 0
    s[agree] = s[agree] * 0.5 + t.detach()[agree]  # so that some rows have the teacher's decision
    return t, s.requires_grad_(True)


def on_logits():
    out = Fixture("losses_logits")
    t, s = logits()
    labels = torch.arange(BATCH) % CLASSES
    both = {"teacher": t, "student": s}
    put(out, "kl_mean", losses.kl_mean(t, s), both)
    put(out, "kl_mean_half", losses.kl_mean(t, s, 0.5), both)
    put(out, "kl_batch_20", losses.kl_batch(t, s, 20), both)
    put(out, "kl_plain_8", losses.kl(t, s, 8).mean(), both)
    put(out, "kl_mean_8", losses.kl_mean(t, s, 8), both)
    put(out, "clean_kd", 0.95 * 36 * losses.kl_mean(t, s, 6)
        + 0.05 * nn.functional.cross_entropy(s, labels), both)
    put(out, "cross_entropy", nn.functional.cross_entropy(s, labels), {"student": s})
    put(out, "one_hot", nn.functional.cross_entropy(t, t.argmax(1)), {"teacher": t})
    return out


def minmax():
    """What the generators of DAFL, DFAD and DFQ minimise."""
    out = Fixture("losses_minmax")
    t, s = logits()
    put(out, "js", losses.jensen_shannon(t, s), {"teacher": t, "student": s})
    put(out, "one_hot", nn.functional.cross_entropy(t, t.argmax(1)), {"teacher": t})
    put(out, "entropy", losses.entropy(t), {"teacher": t})
    put(out, "balance", losses.balance(t), {"teacher": t})
    pooled = values("pooled", (6, 16)).requires_grad_(True)
    put(out, "activation", losses.activation(pooled), {"pooled": pooled})
    return out


def on_activations():
    out = Fixture("losses_attention")
    a = values("activation.student", (3, 4, 6, 5), 1, 0.3).requires_grad_(True)
    b = values("activation.teacher", (3, 7, 6, 5), 1, 0.2).requires_grad_(True)
    both = {"student": a, "teacher": b}
    out.put("attention_map", losses.attention(a))
    put(out, "attention_transfer", losses.attention_transfer([a], [b]), both)
    return out


def inversion():
    """What images are made by in CMI and DeepInversion. CMI's contrast: batch 5, bank 0 and 7."""
    out = Fixture("losses_inversion")
    t, s = logits()
    both = {"teacher": t, "student": s}
    put(out, "decision", losses.decision_adversarial(t, s), both)
    put(out, "js", losses.jensen_shannon(t, s).mean(), both)
    a = values("activation.student", (3, 4, 6, 5), 1, 0.3).requires_grad_(True)
    b = values("activation.teacher", (3, 7, 6, 5), 1, 0.2).requires_grad_(True)
    norms = [fill(nn.BatchNorm2d(c), f"norm{c}") for c in (4, 7)]
    layers = {"first": a, "second": b}
    put(out, "norm_distance", losses.norm_distance([a, b], norms), layers)
    divergence = sum(losses.gaussian_divergence(x, norm, 1e-5) for x, norm in zip((a, b), norms))
    put(out, "norm_divergence", divergence, layers)
    images = values("tv_images", (3, 3, 6, 5)).requires_grad_(True)
    put(out, "tv", losses.tv_l2(images), {"images": images})
    for bank in (0, 7):
        raw = values(f"local{bank}", (5 + bank, 16)).requires_grad_(True)
        other = values(f"global{bank}", (5 + bank, 16)) + raw.detach()
        unit = [nn.functional.normalize(x, dim=1) for x in (raw, other)]
        put(out, f"contrast{bank}", losses.contrastive(*unit, 5, 0.1), {"local": raw})
    return out


def cutmix():
    """Side floor(side sqrt(1 - lambda)), centre uniform, cut at the edges (dfkd_methods.md 3.3)."""
    out = Fixture("cutmix")
    images = values("cutmix_images", (5, 3, 16, 12))
    for seed in range(6):
        rng = Rng(seed)
        ratio = (1 - rng.beta(0.25, 0.25)) ** 0.5
        spans = []
        for size in (16, 12):
            length = int(size * ratio)
            first = rng.below(size) - length // 2
            spans.append((min(max(first, 0), size), min(max(first + length, 0), size)))
        (top, bottom), (left, right) = spans
        mixed = images.clone()
        partners = rng.fork("partners").permutation(5)
        mixed[:, :, top:bottom, left:right] = images[partners][:, :, top:bottom, left:right]
        out.put(f"seed{seed}", mixed)
    return out


def fixtures():
    return [on_logits(), on_activations(), minmax(), inversion(), cutmix()]
