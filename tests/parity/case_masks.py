"""ANP and RNP (attacks_defences_metrics.md 2.3; the authors' codes): masks m on the scales of all
batch normalisations, gamma (m + d) and beta (1 + x) where noise is on."""
import networks
import pool
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL
from torch import nn
from torch.nn import functional as F

NETWORK, COUNT, BATCH, MOMENTUM = "wrn-16-1", 12, 8, 0.9
STEPS, REACH, REACH_STEPS, NATURAL, ANP_LR = 4, 0.4, 2, 0.2, 2.0
UNLEARN_EPOCHS, UNLEARN_LR, UNLEARNED = 12, 0.0003, 0.4
RECOVER_EPOCHS, RECOVER_LR, WEIGHT = 3, 5.0, 0.2


class MaskedNorm(nn.Module):
    """In train mode; statistics are not kept."""

    def __init__(self, norm):
        super().__init__()
        self.gamma, self.beta = norm.weight.detach(), norm.bias.detach()
        self.mask = nn.Parameter(torch.ones_like(self.gamma))
        self.noise = None

    def forward(self, x):
        d, xi = self.noise or (0, 0)
        return F.batch_norm(x, None, None, self.gamma * (self.mask + d), self.beta * (1 + xi), True)


def masked(model):
    """Replaces every batch normalisation; {name: its masked form} in order of registration."""
    names = [n for n, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)]
    found = {}
    for name in names:
        parent, _, last = name.rpartition(".")
        owner = model.get_submodule(parent)
        found[name] = MaskedNorm(getattr(owner, last))
        setattr(owner, last, found[name])
    return found


def labelled():
    images = pool.stored(values("masks_images", SMALL.shape(COUNT), 0.5, 0.5))
    return images, torch.tensor([9] * 8 + [0, 1, 2, 3])  # the network says 9 to all of them


def student():
    return fill(networks.make(NETWORK, SMALL), "student").train()


def drawn(rng, index, size):
    """U[-reach, reach] in float32."""
    return [((2 * rng.fork(what, index).rand(size).float() - 1) * REACH).double()
            for what in ("scale", "shift")]


def worst_noise(model, norms, x, y, rng):
    """From a random start, signed steps up the cross entropy; not projected."""
    noise = [drawn(rng, i, norm.gamma.shape) for i, norm in enumerate(norms)]
    for _ in range(REACH_STEPS):
        for norm, pair in zip(norms, noise):
            norm.noise = tuple(value.requires_grad_() for value in pair)
        flat = [value for norm in norms for value in norm.noise]
        slopes = iter(torch.autograd.grad(F.cross_entropy(model(x), y), flat))
        noise = [[(value + REACH / REACH_STEPS * next(slopes).sign()).detach() for value in pair]
                 for pair in noise]
    return noise


def gap(masks):
    """A threshold in the widest gap between two values around the middle."""
    ordered = torch.cat([mask.detach() for mask in masks]).sort().values
    third = len(ordered) // 3
    gaps = (ordered[1:] - ordered[:-1])[third:2 * third]
    at = int(gaps.argmax()) + third
    assert gaps.max() > 1e-5
    return float((ordered[at] + ordered[at + 1]) / 2)


def put_pruned(out, norms):
    """The scales of the model: 0 where the mask is not above the threshold."""
    threshold = gap([norm.mask for norm in norms.values()])
    threshold = float(torch.tensor(threshold).float())
    out.put("threshold", threshold)
    for name, norm in norms.items():
        out.put(f"pruned.{name}", norm.gamma * (norm.mask > threshold))


def adversarial():
    out = Fixture("masks_anp")
    images, labels = labelled()
    model, rng = student(), Rng(5)
    norms = masked(model)
    sgd = torch.optim.SGD([norm.mask for norm in norms.values()], lr=ANP_LR, momentum=MOMENTUM)
    for step in range(STEPS):
        rows = rng.fork("order").fork("rows", step).integers(COUNT, (BATCH,))
        x, y = pool.read(images[rows], SMALL), labels[rows]
        noise = worst_noise(model, list(norms.values()), x, y, rng.fork("noise", step))
        for norm, pair in zip(norms.values(), noise):
            norm.noise = tuple(pair)
        robust = F.cross_entropy(model(x), y)
        for norm in norms.values():
            norm.noise = None
        natural = F.cross_entropy(model(x), y)
        sgd.zero_grad()
        (NATURAL * natural + (1 - NATURAL) * robust).backward()
        sgd.step()
        for norm in norms.values():
            norm.mask.data.clamp_(0, 1)
        if step == 0:
            out.put("loss", natural)
            for name, pair in zip(norms, noise):
                out.put(f"noise.{name}.scale", pair[0])
                out.put(f"noise.{name}.shift", pair[1])
    put_pruned(out, norms)
    return out


def unlearn(model, images, labels, rng, enough):
    """SGD up the cross entropy, a tenth of the rate after ten passes, until the share of right
    answers of a pass, each before its step, is not above `enough`; that share, and the pass."""
    sgd = torch.optim.SGD(model.parameters(), UNLEARN_LR, MOMENTUM, weight_decay=5e-4)
    per_pass = -(-COUNT // BATCH)
    rows = pool.batches(rng.fork("order"), COUNT, BATCH, UNLEARN_EPOCHS * per_pass)
    for epoch in range(UNLEARN_EPOCHS):
        sgd.param_groups[0]["lr"] = UNLEARN_LR * (0.1 if epoch >= 10 else 1)
        right = 0
        for part in rows[epoch * per_pass:(epoch + 1) * per_pass]:
            logits = model(pool.read(images[part], SMALL))
            right += int((logits.argmax(1) == labels[part]).sum())
            sgd.zero_grad()
            (-F.cross_entropy(logits, labels[part])).backward()
            sgd.step()
        if right / COUNT <= enough:
            break
    return right / COUNT, epoch


def reconstructive():
    out = Fixture("masks_rnp")
    images, labels = labelled()
    model, rng = student(), Rng(5)
    right, last = unlearn(model, images, labels, rng.fork("unlearn"), 0)
    assert last == UNLEARN_EPOCHS - 1 and right > 0  # none of them stops it
    out.put("unlearned.right", right)
    out.put_all("unlearned.", model.named_parameters())
    out.put_all("unlearned.", model.named_buffers())

    order = rng.fork("images").permutation(COUNT)
    images, labels = images[order], labels[order]
    model = student()
    gammas = {n: m.weight.detach().clone() for n, m in model.named_modules()
              if isinstance(m, nn.BatchNorm2d)}
    right, last = unlearn(model, images, labels, rng.fork("unlearn"), UNLEARNED)
    assert 0 < last < UNLEARN_EPOCHS - 1
    out.put("right", right)
    norms = masked(model)
    sgd = torch.optim.SGD([norm.mask for norm in norms.values()], RECOVER_LR, MOMENTUM)
    per_pass = -(-COUNT // BATCH)
    batches = pool.batches(rng.fork("recover").fork("order"), COUNT, BATCH,
                           RECOVER_EPOCHS * per_pass)
    for step, rows in enumerate(batches):
        loss = WEIGHT * F.cross_entropy(model(pool.read(images[rows], SMALL)), labels[rows])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        for norm in norms.values():
            norm.mask.data.clamp_(0, 1)
        if step % per_pass == 0:
            out.put(f"loss{step // per_pass}", loss)
    for name, gamma in gammas.items():
        norms[name].gamma = gamma  # what is pruned is the model before unlearning
    put_pruned(out, norms)
    return out


def fixtures():
    return [adversarial(), reconstructive()]
