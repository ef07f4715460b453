"""A round of CMI (abd.md (e2)): three iterations of a synthesis (the best images, their features,
the head), then four steps of the student on the pool."""
import math

import losses
import networks
import pool
import torch
from formula import Fixture, Rng, fill
from networks import SMALL
from torch import nn
from torch.nn import functional as F

COUNT, LATENT, WIDTH, ITERATIONS, NEGATIVES, HEAD = 8, 10, 16, 3, 5, 16
HEAD_NAMES = ("hidden.weight", "hidden.bias", "out.weight", "out.bias")


def reset(generator, rng):
    """As DCGAN: weights N(0, 0.02), biases 0, normalisations N(1, 0.02) and 0."""
    with torch.no_grad():
        for name, module in generator.named_modules():
            stream = rng.fork(f"{name}.weight")
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                module.weight.copy_(0.02 * stream.normal(module.weight.shape))
            elif isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(1 + 0.02 * stream.normal(module.weight.shape))
            if getattr(module, "bias", None) is not None:
                module.bias.zero_()


def flipped(x, rng):
    mask = rng.fork("flip").rand((x.shape[0], 1)) < 0.5
    return torch.where(mask.view(-1, 1, 1, 1), x.flip(3), x)


def global_view(x, rng):
    """Random 16x16 crop of the image padded with 4 zeros, mirrored half of the time, normalised."""
    padded = F.pad(x, (4, 4, 4, 4))
    h, w = x.shape[2:]
    tops = rng.fork("rows").integers(9, (x.shape[0], 1))
    lefts = rng.fork("columns").integers(9, (x.shape[0], 1))
    crops = [padded[i:i + 1, :, t:t + h, l:l + w] for i, (t, l) in enumerate(zip(tops, lefts))]
    return SMALL.normalize(flipped(torch.cat(crops), rng))


def box(rng, h, w):
    """RandomResizedCrop: area scale U[.25, 1], ratio log-uniform in [3/4, 4/3]."""
    for _ in range(10):
        area = h * w * (0.25 + 0.75 * rng.uniform())
        low, high = math.log(3 / 4), math.log(4 / 3)
        ratio = math.exp(low + (high - low) * rng.uniform())
        bw, bh = (math.floor(math.sqrt(v) + 0.5) for v in (area * ratio, area / ratio))
        if 1 <= bh < h and 1 <= bw < w:
            top = rng.below(h - bh + 1)
            return top, bh, rng.below(w - bw + 1), bw
    return 0, h, 0, w


def local_view(x, rng):
    boxes = rng.fork("boxes")
    views = []
    for i in range(x.shape[0]):
        top, bh, left, bw = box(boxes, *x.shape[2:])
        crop = x[i:i + 1, :, top:top + bh, left:left + bw]
        views.append(F.interpolate(crop, tuple(x.shape[2:]), mode="bilinear", align_corners=True))
    return SMALL.normalize(flipped(torch.cat(views), rng))


def features(seen):
    return torch.cat([x.mean((2, 3)) for _, x in seen], 1)


class Cmi:
    def __init__(self):
        self.rng = Rng(7)
        self.teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
        self.seen = networks.watch_norms(self.teacher)
        self.student = fill(networks.make("wrn-16-1", SMALL), "student")
        self.generator = networks.Generator("datafree", LATENT, WIDTH, SMALL).train().double()
        layers = nn.Linear(912, 912), nn.ReLU(), nn.Linear(912, HEAD)
        self.head = nn.Sequential(*layers).double()
        stream = self.rng.fork("head")
        with torch.no_grad():
            for name, p in zip(HEAD_NAMES, self.head.parameters()):
                p.copy_((stream.fork(name).rand(p.shape) * 2 - 1) / math.sqrt(912))
        self.head_adam = torch.optim.Adam(self.head.parameters(), lr=1e-3)
        self.bank = torch.zeros(0, 1824)
        self.pool = torch.zeros(0, 3, 16, 16, dtype=torch.uint8)

    def loss(self, x, labels, rng):
        """The total of one iteration and the features [local | global]."""
        self.seen.clear()
        global_ = global_view(x, rng.fork("global"))
        t = self.teacher(global_)
        layers, inputs = zip(*self.seen)
        norm, of_global = losses.norm_distance(inputs, layers), features(self.seen)
        inversion = norm + F.cross_entropy(t, labels) \
            + 0.5 * losses.decision_adversarial(t, self.student(global_))
        self.seen.clear()
        self.teacher(local_view(x, rng.fork("local")))
        of_local = features(self.seen)
        local, glob = of_local, of_global
        if len(self.bank) > 0:
            rows = self.bank[rng.fork("negatives").permutation(len(self.bank))[:NEGATIVES]]
            local, glob = torch.cat([local, rows[:, :912]]), torch.cat([glob, rows[:, 912:]])
        unit = [F.normalize(self.head(f), dim=1) for f in (local, glob)]
        contrast = losses.contrastive(*unit, COUNT, 0.1)
        return inversion + 0.8 * contrast, torch.cat([of_local, of_global], 1)

    def synthesize(self, done):
        rng = self.rng.fork("synthesis", done)
        reset(self.generator, rng.fork("generator"))
        z = rng.fork("latent").normal((COUNT, LATENT)).requires_grad_(True)
        labels = rng.fork("labels").integers(10, (COUNT,)).sort()[0]
        trained = list(self.generator.parameters()) + [z]
        adam = torch.optim.Adam(trained, lr=1e-3, betas=(0.5, 0.999))
        self.student.eval()
        best = (math.inf, None, None)
        for step in range(ITERATIONS):
            x = self.generator(z)
            total, found = self.loss(x, labels, self.rng.fork("views", done).fork("step", step))
            if total.item() < best[0]:
                best = (total.item(), x.detach().clone(), found.detach().clone())
            adam.zero_grad()
            self.head_adam.zero_grad()
            total.backward()
            adam.step()
            self.head_adam.step()
        self.bank = torch.cat([self.bank, best[2]])
        self.pool = torch.cat([self.pool, pool.stored(best[1])])

    def distil(self, done):
        rng = self.rng.fork("pool", done)
        return pool.distil(self.teacher, self.student, self.pool, SMALL, rng, steps=4, size=5,
                           padding=4, tau=20)


def fixtures():
    out = Fixture("cmi")
    run = Cmi()
    for done in range(1):
        run.synthesize(done)
        out.put(f"round{done}.bank", run.bank)
        out.put(f"round{done}.pool", run.pool.double())
        out.put_all(f"round{done}.head.", zip(HEAD_NAMES, run.head.parameters()))
        out.put(f"round{done}.losses", torch.tensor(run.distil(done)))
        out.put_all(f"round{done}.student.", run.student.named_parameters())
        out.put_all(f"round{done}.student.", run.student.named_buffers())
    return [out]
