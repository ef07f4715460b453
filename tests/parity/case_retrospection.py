"""Self-Retrospection (abd.md (g)): the search, v after K terms, the student's gradient."""
import losses
import networks
import torch
from formula import Fixture, Rng, fill, values
from hypergradient import hypergradient
from networks import SMALL
from torch.nn import functional as F

BATCH, PENALTY, PORTION, SIGMA, ROUND, STEP = 16, 0.001, 0.125, 0.1, 399, 0

# How ZSKT (on both data sets) and CMI differ in it. At the paper's inner step of 0.1 the terms of
# v hardly differ; "strong" has a step at which they do.
FORMS = {
    "zskt": dict(loss=lambda t, s: losses.kl_mean(t, s, 1.0), search_penalty=True, detach=True),
    "gtsrb": dict(loss=lambda t, s: losses.kl_mean(t, s, 0.5), search_penalty=True, detach=True),
    "cmi": dict(loss=lambda t, s: losses.kl_batch(t, s, 20.0), search_penalty=False, detach=False),
    "strong": dict(loss=lambda t, s: losses.kl_mean(t, s, 1.0), search_penalty=True, detach=True,
                   inner_step=10.0),
}


def search(model, x, start, steps, loss, search_penalty):
    """delta after `steps` of Adam(0.1) on -KL(M(x) || M(x + delta)) [+ 0.001 |delta|^2]."""
    with torch.no_grad():
        target = model(x)
    delta = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([delta], lr=0.1)
    for _ in range(steps):
        adam.zero_grad()
        objective = -loss(target, model(x + delta))
        if search_penalty:
            objective = objective + PENALTY * delta.pow(2).sum()
        objective.backward()
        adam.step()
    return delta.detach()


def toy_values(name, shape, scale=1.0):
    return values(f"toy.{name}", shape, scale)


def toy(x):
    """A smooth model for many steps of Adam: on one of ReLUs the signs of small gradients
    decide."""
    hidden = F.softplus(x.flatten(1) @ toy_values("first", (12, 8)))
    return hidden @ toy_values("second", (8, 5))


def gradients(student, x, delta, rows, terms, loss, detach, inner_step):
    """v and, per parameter, J_theta^T v + the outer objective's own gradient."""
    delta = delta.clone().requires_grad_(True)
    clean = student(x)
    inner = -loss(clean.detach(), student(x + delta)) + PENALTY * delta.pow(2).sum()
    outer = loss(clean.detach() if detach else clean, student(x + rows * delta))
    return hypergradient(inner, outer, delta, list(student.parameters()), terms, inner_step)


class Setup:
    def __init__(self, form):
        self.loss, self.search_penalty, self.detach = (
            FORMS[form][k] for k in ("loss", "search_penalty", "detach"))
        self.inner_step = FORMS[form].get("inner_step", 0.1)
        self.teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
        self.student = fill(networks.make("wrn-16-1", SMALL), "student").train()
        self.names = [name for name, _ in self.student.named_parameters()]
        self.x = values("retrospection_images", SMALL.shape(BATCH))

    def search(self, start):
        return search(self.teacher, self.x, start, 1, self.loss, self.search_penalty)

    def gradients(self, delta, rows, terms):
        return gradients(self.student, self.x, delta, rows, terms, self.loss, self.detach,
                         self.inner_step)


def parts(form):
    """The long search on a smooth model; v and the gradient at a given perturbation."""
    out = Fixture(f"retrospection_{form}")
    setup = Setup(form)
    for steps in (1, 10, 20):
        begin = toy_values("start", (1, 3, 2, 2), 0.1)
        delta = search(toy, toy_values("images", (6, 3, 2, 2)), begin, steps, setup.loss,
                       setup.search_penalty)
        out.put(f"toy.delta{steps}", delta)
    given = values("given_delta", SMALL.shape(1), 0.3)
    rows = torch.zeros(BATCH, 1, 1, 1)
    rows[[2, 9]] = 1
    for terms in (1, 5):
        v, total = setup.gradients(given, rows, terms)
        out.put(f"v{terms}", v, full=True)
        out.put_all(f"gradient{terms}.", zip(setup.names, total))
    return out


def whole_step(form):
    """A step as the plugin takes it, draws included: sigma, then 2 of 16 rows."""
    out = Fixture(f"retrospection_step_{form}")
    setup = Setup(form)
    out.put("delta1", setup.search(values("start", SMALL.shape(1), 0.1)), full=True)

    def stream(name):
        return Rng(5).fork(name, ROUND).fork("step", STEP)
    start = SIGMA * stream("perturbation").normal(SMALL.shape(1))
    rows = torch.zeros(BATCH, 1, 1, 1)
    rows[stream("rows").permutation(BATCH)[:int(PORTION * BATCH)]] = 1
    delta = setup.search(start)
    total = setup.gradients(delta, rows, 5)[1]
    out.put("step.norm", delta.norm())
    out.put_all("step.", zip(setup.names, total))
    return out


def fixtures():
    return [make(form) for form in FORMS for make in (parts, whole_step)]
