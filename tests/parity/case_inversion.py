"""DeepInversion and its adaptive form (dfkd_methods.md 3.8; NVlabs' deepinversion_cifar10.py):
three iterations of a synthesis, and the student's steps on what the adaptive one makes. The light
form starts from given images and moves them by its own schedule."""
import math

import losses
import networks
import pool
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL
from torch.nn import functional as F

COUNT, ITERATIONS = 6, 3


def rolled(x, rng, reach):
    down, right = (rng.below(2 * reach + 1) - reach for _ in range(2))
    return x.roll((down, right), (2, 3))


# As published, and so that in three steps the small ones move an image's bytes too.
PUBLISHED = dict(norm=10, tv=2.5e-5, l2=3e-8, competition=10)
LOUD = dict(norm=1, tv=0.05, l2=0.5, competition=0)


class Players:
    def __init__(self, weights=None):
        self.weights, self.total = weights, None
        self.teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
        self.student = fill(networks.make("wrn-16-1", SMALL), "student")
        self.seen = networks.watch_norms(self.teacher)
        self.labels = torch.arange(COUNT) % SMALL.classes

    def prior(self, x):
        """The teacher's answer and L_bn."""
        self.seen.clear()
        t = self.teacher(x)
        layers, inputs = zip(*self.seen)
        return t, losses.norm_distance(inputs, layers)

    def loss(self, x):
        w = self.weights
        t, norm = self.prior(x)
        total = F.cross_entropy(t, self.labels) + w["norm"] * norm + w["tv"] * losses.tv_l2(x) \
            + w["l2"] * x.norm()
        if w["competition"]:
            distance = losses.jensen_shannon(t, self.student(x)).mean()
            total = total + w["competition"] * (1 - distance.clamp(0, 1))
        return total

    def invert(self, rng):
        """From noise; the images of the lowest loss. Keeps the last."""
        x = rng.fork("noise").normal(SMALL.shape(COUNT)).requires_grad_(True)
        adam = torch.optim.Adam([x], lr=0.05)
        self.student.eval()
        best = (math.inf, None)
        for step in range(ITERATIONS):
            total = self.loss(rolled(x, rng.fork("roll", step), 2))
            self.total = total.item()
            if total.item() < best[0]:
                best = (total.item(), x.detach().clone())
            adam.zero_grad()
            total.backward()
            adam.step()
        return best[1] * SMALL.std + SMALL.mean


def adaptive():
    out = Fixture("adi")
    players = Players(PUBLISHED)
    images = pool.stored(players.invert(Rng(7).fork("inversion", 0)))
    out.put("loss", players.total)
    out.put("pool", images.double())
    out.put("losses", torch.tensor(pool.distil(players.teacher, players.student, images, SMALL,
                                               Rng(7).fork("pool", 0), steps=3, size=4, padding=4,
                                               tau=3)))
    out.put_all("student.", players.student.named_parameters())
    out.put_all("student.", players.student.named_buffers())
    return out


def ahead():
    """Two batches, made before there is a student."""
    out = Fixture("adi_ahead")
    players = Players(LOUD)
    batches = [players.invert(Rng(3).fork("inversion", i)) for i in range(2)]
    out.put("loss", players.total)
    out.put("images", torch.cat([pool.stored(b) for b in batches]).double())
    return out


def light():
    """Adam(0.1, 0.5, 0.9) along a cosine that ends at 2 %; L_bn 1, mean squared differences 30; the
    batch mirrored or not, then rolled; clipped to what pixels can be after every step."""
    out = Fixture("deepinversion")
    players = Players()
    rng = Rng(3)
    start = pool.stored(values("start_images", SMALL.shape(COUNT), 0.5, 0.5))
    x = pool.read(start, SMALL).requires_grad_(True)
    labels = rng.fork("labels", 0).integers(SMALL.classes, (COUNT,))
    adam = torch.optim.Adam([x], betas=(0.5, 0.9))
    low, high = SMALL.normalize(torch.zeros(1)), SMALL.normalize(torch.ones(1))
    for step in range(ITERATIONS):
        seen = x.flip(3) if rng.fork("flip", step).uniform() < 0.5 else x
        t, norm = players.prior(rolled(seen, rng.fork("roll", step), 2))
        right, down = losses.differences(x)[:2]
        variation = right.pow(2).mean() + down.pow(2).mean()
        for name, term in (("cross_entropy", F.cross_entropy(t, labels)), ("norm_distance", norm),
                           ("total_variation", variation)):
            out.put(f"{name}{step}", term)
        total = F.cross_entropy(t, labels) + norm + 30 * variation
        cosine = 0.5 + 0.5 * math.cos(math.pi * step / ITERATIONS)
        adam.param_groups[0]["lr"] = 0.1 * (cosine + 0.02)
        adam.zero_grad()
        total.backward()
        adam.step()
        x.data = torch.maximum(torch.minimum(x.data, high), low)
    out.put("images", ((x * SMALL.std + SMALL.mean) * 255 + 0.5).floor().clamp(0, 255))
    return out


def fixtures():
    return [adaptive(), ahead(), light()]
