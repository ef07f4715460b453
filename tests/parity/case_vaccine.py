"""Shuffling Vaccine (abd.md (f)) with given permutations."""
import copy

import losses
import networks
import torch
from formula import Fixture, fill, permutation, values
from networks import SMALL

BATCH, COPIES, LAYERS, COEFFICIENT = 24, 3, 5, 0.1


def shuffled(teacher, index):
    """A copy whose last LAYERS convolutions read their input channels in another order."""
    net = copy.deepcopy(teacher)
    for layer, (_, conv) in enumerate(net.convolutions()[-LAYERS:]):
        order = permutation(f"permutation.{index}.{layer}", conv.weight.shape[1])
        conv.weight = torch.nn.Parameter(conv.weight.detach()[:, order], requires_grad=False)
    return net


def vaccine():
    out = Fixture("vaccine")
    teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
    copies = [shuffled(teacher, i) for i in range(COPIES)]
    x = values("vaccine_images", SMALL.shape(BATCH)).requires_grad_(True)
    t = teacher(x)
    v = sum(net(x) for net in copies) / COPIES  # logits are averaged before the softmax
    mask = (t.argmax(1) == v.argmax(1)).to(t.dtype)
    divergence = losses.kl(t, v) / SMALL.classes
    out.put("teacher_logits", t, full=True)
    out.put("vaccine_logits", v, full=True)
    out.put("mask", mask)
    out.put("divergence", divergence)
    penalty = -COEFFICIENT * (mask * divergence).sum() / mask.sum()
    out.put("penalty", penalty)
    out.put("penalty.grad", torch.autograd.grad(penalty, x, retain_graph=True)[0], full=True)
    fixed = losses.kl(t, v.detach()) / SMALL.classes
    penalty = -COEFFICIENT * (mask * fixed).sum() / mask.sum()
    out.put("penalty_no_shuffle_grad.grad", torch.autograd.grad(penalty, x)[0])

    # The student's form: mean over the rows kept - coef * mean over the suspicious ones.
    rows = values("row_losses", (BATCH,), 1, 2)
    kept = mask == 0
    out.put("student_loss", rows[kept].mean() - COEFFICIENT * rows[~kept].mean())
    return out


def tail():
    """Share below mean - 3 population standard deviations."""
    out = Fixture("tail")
    scores = values("scores", (500,))
    scores[:17] -= 6
    for name, q in (("skewed", scores), ("mirrored", -scores), ("flat", scores[17:])):
        limit = q.mean() - 3 * q.std(unbiased=False)
        out.put(name, (q < limit).double().mean())
    return out


def fixtures():
    return [vaccine(), tail()]
