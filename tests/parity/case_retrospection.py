"""Self-Retrospection (abd.md (g)): the search, v after K terms, the student's gradient."""
import losses
import networks
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL
from torch.nn import functional as F

DTYPE = torch.float32
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
    return values(f"toy.{name}", shape, scale).double()


def toy(x):
    """A smooth model in float64, on which many steps of Adam can be compared: those on a network of
    ReLUs in float32 are as far from those in float64 as they are long."""
    hidden = F.softplus(x.flatten(1) @ toy_values("first", (12, 8)))
    return hidden @ toy_values("second", (8, 5))


def gradients(student, x, delta, rows, terms, loss, detach, inner_step):
    """v and, per parameter, J_theta^T v + the outer objective's own gradient."""
    delta = delta.clone().requires_grad_(True)
    parameters = list(student.parameters())
    clean = student(x)
    inner = -loss(clean.detach(), student(x + delta)) + PENALTY * delta.pow(2).sum()
    w = delta - inner_step * torch.autograd.grad(inner, delta, create_graph=True)[0]
    outer = loss(clean.detach() if detach else clean, student(x + rows * delta))
    g = torch.autograd.grad(outer, delta, retain_graph=True)[0]
    v = torch.zeros_like(delta)
    for _ in range(terms):
        v = torch.autograd.grad(w, delta, v, retain_graph=True)[0] + g
    implicit = torch.autograd.grad(w, parameters, v, retain_graph=True, allow_unused=True)
    direct = torch.autograd.grad(outer, parameters, allow_unused=True)
    total = [(torch.zeros_like(p) if a is None else a) + (torch.zeros_like(p) if b is None else b)
             for p, a, b in zip(parameters, implicit, direct)]
    return v, total


def one(form):
    out = Fixture(f"retrospection_{form}")
    loss, search_penalty, detach = (FORMS[form][k] for k in ("loss", "search_penalty", "detach"))
    inner_step = FORMS[form].get("inner_step", 0.1)
    teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
    student = fill(networks.make("wrn-16-1", SMALL), "student").train()
    names = [name for name, _ in student.named_parameters()]
    x = values("retrospection_images", SMALL.shape(BATCH))

    start = values("start", SMALL.shape(1), 0.1)
    out.put("delta1", search(teacher, x, start, 1, loss, search_penalty), full=True)
    for steps in (1, 10, 20):
        begin = toy_values("start", (1, 3, 2, 2), 0.1)
        delta = search(toy, toy_values("images", (6, 3, 2, 2)), begin, steps, loss, search_penalty)
        out.put(f"toy.delta{steps}", delta)

    given = values("given_delta", SMALL.shape(1), 0.3)
    rows = torch.zeros(BATCH, 1, 1, 1)
    rows[[2, 9]] = 1
    for terms in (1, 5):
        v, total = gradients(student, x, given, rows, terms, loss, detach, inner_step)
        out.put(f"v{terms}", v, full=True)
        out.put_all(f"gradient{terms}.", zip(names, total))

    # The whole step as the plugin takes it, draws included: sigma, then 2 of 16 rows.
    def stream(name):
        return Rng(5).fork(name, ROUND).fork("step", STEP)
    start = SIGMA * stream("perturbation").normal(SMALL.shape(1))
    rows = torch.zeros(BATCH, 1, 1, 1)
    rows[stream("rows").permutation(BATCH)[:int(PORTION * BATCH)]] = 1
    delta = search(teacher, x, start, 1, loss, search_penalty)
    total = gradients(student, x, delta, rows, 5, loss, detach, inner_step)[1]
    out.put("step.norm", delta.norm())
    out.put_all("step.", zip(names, total))
    return out


def fixtures():
    return [one(form) for form in FORMS]
