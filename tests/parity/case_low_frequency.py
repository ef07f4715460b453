"""LF (attacks_defences_metrics.md 1.2; BackdoorBench's generate_pattern.py): the smooth universal
perturbation that targeted DeepFool makes of some images."""
import networks
import pool
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL, freeze
from torch.nn import functional as F

COUNT, MADE_OF, CHECKED, TARGET = 14, 7, 6, 4
# Few, long steps: a path of many crosses so many kinks that float32 ends elsewhere.
PASSES, STEPS, OVERSHOOT, SIGMA, STRENGTH = 2, 5, 1.0, 1.2, 0.2


def window():
    """5 sigma taps of a Gaussian of deviation sigma, sum 1."""
    taps = round(5 * SIGMA)
    places = torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2
    bell = torch.exp(-0.5 * (places / SIGMA) ** 2)
    return bell / bell.sum()


def smooth(v):
    """Zeros outside; of an even window one more of them behind than before."""
    w = window()
    behind = len(w) // 2
    before = len(w) - 1 - behind
    v = F.pad(v, (before, behind, before, behind)).transpose(0, 1)
    return F.conv2d(F.conv2d(v, w.view(1, 1, -1, 1)), w.view(1, 1, 1, -1)).transpose(0, 1)


def stretched(v):
    return (v - v.min()) / (v.max() - v.min()) * STRENGTH


def shuffled(rng, count):
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = rng.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def deep_fool(answer, x):
    """Steps |f| w / |w|^2, f = z_target - z_first, w its gradient, until the answer is the target;
    None if that took all steps but one."""
    first = answer(x).argmax().item()
    change = torch.zeros_like(x)
    for step in range(STEPS):
        moved = (x + (1 + OVERSHOOT) * change).detach().requires_grad_()
        z = answer(moved)[0]
        if z.argmax() == TARGET:
            return (1 + OVERSHOOT) * change if step < STEPS - 1 else None
        w, = torch.autograd.grad(z[TARGET] - z[first], moved)
        change = change + (z[TARGET] - z[first]).abs().detach() * w / w.pow(2).sum()
    return None


def fixtures():
    out = Fixture("low_frequency")
    net = freeze(fill(networks.make("vgg-s-8", SMALL), "teacher"))

    def answer(pixels):
        return net(SMALL.normalize(pixels))

    images = pool.stored(values("low_images", SMALL.shape(COUNT), 0.5, 0.5)).double() / 255
    order = Rng(9).fork("images").permutation(COUNT)
    made_of, checked = images[order[:MADE_OF]], images[order[MADE_OF:MADE_OF + CHECKED]]
    v, rates = torch.zeros(SMALL.shape(1), dtype=torch.float64), []
    for number in range(PASSES):
        for i in shuffled(Rng(9).fork("pass", number), MADE_OF):
            x = made_of[i:i + 1]
            if answer(x).argmax() != answer(x + v).argmax():
                continue
            change = deep_fool(answer, x + v)
            if change is not None:
                v = stretched(smooth(v + smooth(change)))
        rates.append((answer(checked).argmax(1) != answer(checked + v).argmax(1)).double().mean())
    out.put("perturbation", (v * 255 + 0.5).floor()[0])
    out.put("rate", rates[-1])
    return [out]
