"""One round of DAFL, DFAD and DFQ (dfkd_methods.md 3.5 to 3.7), as published and as in DataFree."""
import losses
import networks
import torch
from case_zskt import moved
from formula import Fixture, Rng, fill
from networks import SMALL
from torch.nn import functional as F

BATCH, LATENT, WIDTH = 16, 10, 16


class Players:
    def __init__(self, kind, beta1, rate, decay, nesterov=False, student_rate=0.1):
        self.teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
        self.student = fill(networks.make("wrn-16-1", SMALL), "student").train()
        self.generator = fill(networks.Generator(kind, LATENT, WIDTH, SMALL), "generator").train()
        for module in self.generator.modules():  # what is not a parameter starts as in a new one
            if isinstance(module, torch.nn.BatchNorm2d):
                module.reset_running_stats()
        self.adam = torch.optim.Adam(self.generator.parameters(), lr=rate, betas=(beta1, 0.999))
        self.sgd = torch.optim.SGD(self.student.parameters(), lr=student_rate, momentum=0.9,
                                   weight_decay=decay, nesterov=nesterov)
        self.losses = []

    def images(self, step, index):
        z = Rng(7).fork("latent").fork("round", 0).fork(step, index).normal((BATCH, LATENT))
        x = self.generator(z)
        return SMALL.normalize(x) if self.generator.kind.startswith("datafree") else x

    def descend(self, optimizer, loss):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def student_step(self, x, distance):
        loss = distance(self.teacher(x), self.student(x))
        self.losses.append(loss.item())
        self.descend(self.sgd, loss)

    def finish(self, name):
        out = Fixture(f"minmax_{name}")
        out.put("losses", torch.tensor(self.losses))
        out.put_all("generator_moved.", moved(self.generator))
        out.put_all("student.", self.student.named_parameters())
        out.put_all("student.", self.student.named_buffers())
        return out


def dafl():
    """Simultaneous: one latent, one backward pass, both optimisers step; decimal logarithm."""
    p = Players("dafl", 0.9, 0.02, 5e-4)
    x = p.images("both", 0)
    t = p.teacher(x)
    pooled = p.teacher.pooled
    priors = 0.05 * F.cross_entropy(t, t.argmax(1)) + 5 * losses.balance(t, log10=True) \
        + 0.01 * losses.activation(pooled)
    p.adam.zero_grad()
    p.student_step(x.detach(), lambda t, s: losses.kl(t, s).mean())
    p.descend(p.adam, priors)
    return p.finish("dafl")


def dafl_datafree():
    p = Players("datafree_large", 0.5, 1e-3, 1e-4)
    t = p.teacher(p.images("generator", 0))
    p.descend(p.adam, F.cross_entropy(t, t.argmax(1)) + 20 * losses.balance(t)
              + 1e-3 * losses.activation(p.teacher.pooled))
    for i in range(5):
        p.student_step(p.images("student", i).detach(), losses.kl_batch)
    return p.finish("dafl_datafree")


def dfad():
    """Five student steps, each on a latent of its own, then the generator; L1 on the logits."""
    p = Players("dafl", 0.9, 1e-3, 5e-4)
    for module in (p.generator.bn1, p.generator.bn2):
        module.eps = 1e-5
    for i in range(5):
        p.student_step(p.images("student", i).detach(), losses.l1)
    x = p.images("generator", 0)
    p.descend(p.adam, -losses.l1(p.teacher(x), p.student(x)))
    return p.finish("dfad")


def dfq_datafree():
    """The student in eval mode while the generator learns; running statistics when it samples. Two
    student steps of ten, at a small rate."""
    p = Players("datafree_large", 0.5, 1e-3, 1e-4, student_rate=1e-3)
    norms = networks.watch_norms(p.teacher)
    p.student.eval()
    x = p.images("generator", 0)
    t = p.teacher(x)
    layers, inputs = zip(*norms)
    p.descend(p.adam, -losses.kl_batch(t, p.student(x)) + losses.norm_distance(inputs, layers)
              + F.cross_entropy(t, t.argmax(1)) + 20 * losses.balance(t))
    p.student.train()
    p.generator.eval()
    for i in range(2):
        p.student_step(p.images("student", i).detach(), losses.kl_batch)
    return p.finish("dfq_datafree")


def dfq():
    """The paper's: alpha 0.1 on the divergence of the statistics, the mean entropy of the answers
    and minus the entropy of the mean answer; SGD in Nesterov's form. Variances have 1e-5 added, as
    ours do (a declared deviation)."""
    p = Players("datafree_large", 0.5, 1e-3, 5e-4, nesterov=True, student_rate=1e-3)
    norms = networks.watch_norms(p.teacher)
    p.student.eval()
    x = p.images("generator", 0)
    t = p.teacher(x)
    priors = losses.entropy(t) + losses.balance(t)
    priors = priors + sum(losses.gaussian_divergence(x, layer, 1e-5) for layer, x in norms)
    p.descend(p.adam, -losses.kl_batch(t, p.student(x)) + 0.1 * priors)
    p.student.train()
    p.student_step(p.images("student", 0).detach(), losses.kl_batch)
    return p.finish("dfq")


def fixtures():
    return [dafl(), dafl_datafree(), dfad(), dfq_datafree(), dfq()]
