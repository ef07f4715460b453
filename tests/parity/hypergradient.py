"""The gradient of an outer objective whose perturbation a step of an inner one has moved
(abd.md (g); I-BAU): v after `terms` of the Neumann series, then through the inner step."""
import torch


def hypergradient(inner, outer, delta, parameters, terms, inner_step):
    """v, and per parameter J_theta^T v + the outer objective's own gradient."""
    w = delta - inner_step * torch.autograd.grad(inner, delta, create_graph=True)[0]
    g = torch.autograd.grad(outer, delta, retain_graph=True)[0]
    v = torch.zeros_like(delta)
    for _ in range(terms):
        v = torch.autograd.grad(w, delta, v, retain_graph=True)[0] + g
    implicit = torch.autograd.grad(w, parameters, v, retain_graph=True, allow_unused=True)
    direct = torch.autograd.grad(outer, parameters, allow_unused=True)
    total = [(torch.zeros_like(p) if a is None else a) + (torch.zeros_like(p) if b is None else b)
             for p, a, b in zip(parameters, implicit, direct)]
    return v, total
