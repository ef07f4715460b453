"""A round of Fast-Datafree, of NAYER (dfkd_methods.md 3.10, 3.11) and of CPNet (anchors_2026.md
1.7): a synthesis without the student, one or two against it, then four steps of the student on the
pool."""
import math

import losses
import networks
import pool
import torch
from case_cmi import global_view
from case_zskt import moved
from formula import Fixture, Rng, fill
from networks import SMALL
from torch.nn import functional as F

COUNT, LATENT, WIDTH, STEPS, CLASSES = 12, 10, 16, 3, 10


class Inversion:
    def __init__(self, one_hot, adversarial):
        self.one_hot, self.adversarial = one_hot, adversarial
        self.rng = Rng(7)
        self.teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
        self.seen = networks.watch_norms(self.teacher)
        self.student = fill(networks.make("wrn-16-1", SMALL), "student")
        self.generator = fill(networks.Generator("datafree", LATENT, WIDTH, SMALL), "generator")
        self.memory, self.last = None, None
        self.pool = torch.zeros(0, 3, 16, 16, dtype=torch.uint8)

    def distance(self, layers, inputs):
        """||rv - (1-m) var - m var~|| + ||rm - (1-m) mu - m mu~||, m = 0.9; plain at first."""
        now = [losses.statistics(x) for x in inputs]
        self.last = [(mean.detach(), var.detach()) for mean, var in now]
        if self.memory is not None:
            now = [(0.1 * mean + 0.9 * m, 0.1 * var + 0.9 * v)
                   for (mean, var), (m, v) in zip(now, self.memory)]
        return sum((bn.running_var - var).norm() + (bn.running_mean - mean).norm()
                   for bn, (mean, var) in zip(layers, now))

    def remember(self):
        """X~ <- m X~ + (1-m) X, the first time X."""
        if self.memory is None:
            self.memory = self.last
        else:
            self.memory = [(0.9 * m + 0.1 * mean, 0.9 * v + 0.1 * var)
                           for (m, v), (mean, var) in zip(self.memory, self.last)]

    def loss(self, x, labels, rng, step, warming):
        self.seen.clear()
        view = global_view(x, rng.fork("view", step))
        t = self.teacher(view)
        total = 10 * self.distance(*zip(*self.seen)) + self.one_hot * F.cross_entropy(t, labels)
        if warming:
            return total
        return total + self.adversarial * losses.decision_adversarial(t, self.student(view))

    def search(self, images, trained, step, labels, rng, warming):
        self.student.eval()
        best = (math.inf, None)
        for i in range(STEPS):
            x = images()
            total = self.loss(x, labels, rng, i, warming)
            if total.item() < best[0]:
                best = (total.item(), x.detach().clone())
            step(torch.autograd.grad(total, trained))
        self.remember()
        self.pool = torch.cat([self.pool, pool.stored(best[1])])

    def finish(self, name):
        found = pool.distil(self.teacher, self.student, self.pool, SMALL, self.rng.fork("pool", 0),
                            steps=4, size=5, padding=4, tau=20)
        out = Fixture(name)
        out.put("means", torch.cat([mean for mean, _ in self.memory]))
        out.put("vars", torch.cat([var for _, var in self.memory]))
        out.put("pool", self.pool.double())
        out.put("losses", torch.tensor(found))
        out.put_all("generator_moved.", moved(self.generator))
        out.put_all("student.", self.student.named_parameters())
        out.put_all("student.", self.student.named_buffers())
        return out


def descend(adam, parameters, gradients):
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient
    adam.step()


def fast_meta(meta, name):
    """Two syntheses of warm-up: the last of them is against the student already."""
    run = Inversion(one_hot=0.4, adversarial=1.1)
    theta = list(run.generator.parameters())
    meta_adam = torch.optim.Adam(theta, lr=STEPS * 2e-3, betas=(0.5, 0.999))
    for epoch in range(3):
        rng = run.rng.fork("synthesis", epoch)
        fast = networks.Generator("datafree", LATENT, WIDTH, SMALL).double()
        fast.load_state_dict(run.generator.state_dict())
        z = rng.fork("latent").normal((COUNT, LATENT)).requires_grad_(True)
        searched = list(fast.parameters()) + [z]
        adam = torch.optim.Adam([{"params": searched[:-1], "lr": 2e-3},
                                 {"params": [z], "lr": 0.01}], betas=(0.5, 0.999))
        sums = [torch.zeros_like(p) for p in theta]

        def step(gradients):
            for total, gradient in zip(sums, gradients):
                total += gradient
            descend(adam, searched, gradients)

        labels = rng.fork("labels").integers(CLASSES, (COUNT,))
        run.search(lambda: fast(z), searched, step, labels, rng, warming=epoch < 1)
        if meta == "reptile":
            sums = [67 * (p - q).detach() for p, q in zip(theta, searched)]
        descend(meta_adam, theta, sums)
    return run.finish(name)


def uniform(module, rng):
    """PyTorch's default initialisation, each parameter from its own stream."""
    with torch.no_grad():
        for name, layer in module.named_modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.reset_parameters()
            elif hasattr(layer, "weight"):
                bound = 1 / math.sqrt(layer.weight[0].numel())
                for what in ("weight", "bias"):
                    p = getattr(layer, what)
                    if p is not None:
                        p.copy_((rng.fork(f"{name}.{what}").rand(p.shape) * 2 - 1) * bound)


def from_labels(run, name):
    """One synthesis of warm-up, random embeddings. Twelve images of ten classes are two blocks, the
    second of two images."""
    embeddings = run.rng.fork("embeddings").normal((CLASSES, 512))
    for epoch in range(2):  # the generator starts anew with the warm-up, and after it
        uniform(run.generator, run.rng.fork("generator", epoch))
        weight = torch.ones(512, dtype=torch.float64, requires_grad=True)
        bias = torch.zeros(512, dtype=torch.float64, requires_grad=True)
        for i in range(2):
            rng = run.rng.fork("synthesis", epoch).fork("search", i)
            noisy = rng.fork("noisy").normal((2, 512, LATENT)).requires_grad_(True)
            offset = torch.zeros(2, 1, LATENT, dtype=torch.float64, requires_grad=True)
            labels = torch.cat([torch.arange(CLASSES),
                                rng.fork("labels").integers(CLASSES, (COUNT - CLASSES,))])
            searched = list(run.generator.parameters()) + [noisy, offset, weight, bias]
            adam = torch.optim.Adam(searched, lr=4e-3, betas=(0.5, 0.999))

            def images():
                e = F.batch_norm(embeddings[labels], None, None, weight, bias, training=True)
                latent = [e[:CLASSES] @ noisy[0] + offset[0], e[CLASSES:] @ noisy[1] + offset[1]]
                return run.generator(torch.cat(latent))

            run.search(images, searched, lambda g: descend(adam, searched, g), labels, rng,
                       warming=epoch < 1)
    return run.finish(name)


def cut_mix(x, rng):
    """Half of the time: a box of every image is that of another. -> images, the others' indices,
    share of the pixels [N]."""
    count, _, h, w = x.shape
    if rng.fork("whether").uniform() >= 0.5:
        return x, torch.arange(count), torch.zeros(count, dtype=x.dtype)
    other = rng.fork("partners").permutation(count)
    boxes, mixed, share = rng.fork("boxes"), [], []
    for i in range(count):
        side = math.sqrt(1 - boxes.uniform())
        bh = int(side * h)
        top = boxes.below(h - bh + 1)
        bw = int(side * w)
        left = boxes.below(w - bw + 1)
        inside = torch.zeros(h, w, dtype=torch.bool)
        inside[top:top + bh, left:left + bw] = True
        mixed.append(torch.where(inside, x[other[i]], x[i]))
        share.append(bh * bw / (h * w))
    return torch.stack(mixed), other, torch.tensor(share, dtype=x.dtype)


class Coupled(Inversion):
    """CPNet. Its nodes of a WRN: the last normalisation, the first of groups 3, 2 and 1."""

    NODES = [("bn", (128, 4, 4)), ("group3.0.bn1", (64, 8, 8)), ("group2.0.bn1", (32, 16, 16)),
             ("group1.0.bn1", (16, 16, 16))]

    def __init__(self):
        super().__init__(one_hot=0.5, adversarial=1.33)
        maps = [size for _, size in self.NODES]
        generator = networks.CoupledGenerator(maps, LATENT, SMALL)
        self.generator = fill(generator, "generator")
        layers = dict(self.teacher.named_modules())
        self.nodes = [layers[name] for name, _ in self.NODES]
        self.inverse = torch.linalg.pinv(self.teacher.fc.weight.detach().T)  # [classes, features]

    def restored(self, index):
        """What normalisation `index` read, moved from the batch's statistics (blended with those
        that are remembered) to the running ones."""
        layer, x = self.seen[index]
        x = x.detach()
        var, mean = torch.var_mean(x, dim=(0, 2, 3), unbiased=True)
        if self.memory is not None:
            mean = 0.1 * mean + 0.9 * self.memory[index][0]
            var = 0.1 * var + 0.9 * self.memory[index][1]
        mean, var, to_mean, to_var = (v.view(1, -1, 1, 1) for v in
                                      (mean, var, layer.running_mean, layer.running_var))
        return (x - mean) / var.sqrt() * to_var.sqrt() + to_mean

    def alignment(self, features, labels):
        """|cos| between what is left of the features and the direction of all logits at once."""
        delta = math.log(0.9 * (CLASSES - 1) / 0.1)
        wanted = delta * F.one_hot(labels, CLASSES).double() - self.teacher.fc.bias.detach()
        along = torch.ones(1, CLASSES, dtype=torch.float64) @ self.inverse
        return F.cosine_similarity(features - wanted @ self.inverse, along).abs().mean()

    def loss(self, x, labels, rng, step, warming):
        self.seen.clear()
        view = global_view(x, rng.fork("view", step))
        mixed, other, share = cut_mix(view, rng.fork("mix", step))
        t = self.teacher(mixed)
        features = self.teacher.pooled
        order = [layer for layer, _ in self.seen]
        pulled = sum(F.mse_loss(made, self.restored(order.index(node)))
                     for made, node in zip(self.generator.made, self.nodes))
        ce = [F.cross_entropy(t, y, reduction="none") for y in (labels, labels[other])]
        total = pulled + 0.5 * ((1 - share) * ce[0] + share * ce[1]).mean()
        total = total + 10 * self.distance(*zip(*self.seen))
        if warming:
            return total
        disagreement = losses.decision_adversarial(self.student(mixed), t)  # KL(S || T)
        return total + 1.33 * (disagreement + self.alignment(features, labels))


def fixtures():
    return [fast_meta("fomaml", "fast_meta"), fast_meta("reptile", "fast_meta_reptile"),
            from_labels(Inversion(one_hot=0.5, adversarial=1.33), "nayer"),
            from_labels(Coupled(), "cpnet")]
