"""Neural Cleanse (attacks_defences_metrics.md 2.3; BackdoorBench's nc.py): the search for the patch
of a class, whose weight falls twice and then rises."""
import math

import networks
import pool
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL, freeze
from torch.nn import functional as F

NETWORK, COUNT, BATCH, TARGET, PASSES = "vgg-s-8", 12, 8, 4, 4
LR, COST, FACTOR, SUCCESS, EPSILON = 0.1, 0.02, 2.0, 0.9, 1e-7


def squashed(raw):
    return raw.tanh() / (2 + EPSILON) + 0.5


def search(model, images):
    """Adam on mask and pattern from ones; after every pass the weight is doubled if a share of
    SUCCESS was brought to the target, else divided by 2 ** 1.5 (a patience of one pass). The mask
    that counts ends the pass with the smallest mean size among those with success, or the first."""
    rng = Rng(5).fork("search", TARGET)
    mask = torch.ones((1, *SMALL.shape(1)[2:]), dtype=torch.float64, requires_grad=True)
    pattern = torch.ones(SMALL.shape(1)[1:], dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([mask, pattern], LR, betas=(0.5, 0.9))
    cost, smallest, best, per_pass, went = COST, math.inf, None, -(-COUNT // BATCH), []
    batches = pool.batches(rng, COUNT, BATCH, PASSES * per_pass)
    for epoch in range(PASSES):
        sizes, shares = [], []
        for rows in batches[epoch * per_pass:(epoch + 1) * per_pass]:
            x = pool.read(images[rows], SMALL)
            m, p = squashed(mask), SMALL.normalize(squashed(pattern))
            logits = model((1 - m) * x + m * p)
            size = m.abs().sum()
            adam.zero_grad()
            wanted = torch.full((len(rows),), TARGET)
            (F.cross_entropy(logits, wanted) + cost * size).backward()
            adam.step()
            sizes.append(size.item())
            shares.append((logits.argmax(1) == TARGET).double().mean().item())
        size, share = sum(sizes) / per_pass, sum(shares) / per_pass
        took = share >= SUCCESS
        went.append(took)
        if best is None or (took and size < smallest):
            best = squashed(mask).detach(), squashed(pattern).detach()
        if took:
            smallest = min(smallest, size)
        cost = cost * FACTOR if took else cost / FACTOR**1.5
    assert went == [False, False, True, True]
    return best


def fixtures():
    out = Fixture("cleanse")
    model = freeze(fill(networks.make(NETWORK, SMALL), "teacher"))
    images = pool.stored(values("cleanse_images", SMALL.shape(COUNT), 0.5, 0.5))
    mask, pattern = search(model, images)
    out.put("mask", mask)
    out.put("pattern", pattern)
    out.put("size", mask.sum())
    return [out]
