"""OTBR (attacks_defences_metrics.md 2.2; the authors' code): a copy unlearns noise, the neurons
that change most are pruned, and each layer is fused with the pruned one along an optimal
transport."""
import networks
import torch
from formula import Fixture, Rng, fill
from networks import SMALL
from torch.nn import functional as F

NETWORK, STEPS, BATCH, LR, MOMENTUM = "vgg-s-4", 3, 6, 0.05, 0.9
SHARE, PRUNED_WEIGHT, GUARD = 0.13, 0.5, 1e-9


def unlearned(rng):
    """SGD up the cross entropy of uniform noise with random labels, in train mode."""
    model = fill(networks.make(NETWORK, SMALL), "teacher").train()
    sgd = torch.optim.SGD(model.parameters(), LR, MOMENTUM)
    for step in range(STEPS):
        x = rng.fork("images", step).rand(SMALL.shape(BATCH))
        y = rng.fork("labels", step).integers(SMALL.classes, (BATCH,))
        sgd.zero_grad()
        (-F.cross_entropy(model(x), y)).backward()
        sgd.step()
    return model


def transport(supply, demand, cost):
    """argmin <P, cost>: mass flows along shortest paths (Bellman, Ford) of the residual graph."""
    m, n = cost.shape
    plan = torch.zeros(m, n, dtype=torch.float64)
    supply, demand = supply.clone(), demand.clone()
    while supply.max() > 1e-13 and demand.max() > 1e-13:
        far = torch.full((m + n,), torch.inf, dtype=torch.float64)
        far[:m][supply > 1e-13] = 0
        before = [-1] * (m + n)
        for _ in range(m + n):
            moved = False
            for i in range(m):
                for j in range(n):
                    if far[i] + cost[i, j] < far[m + j] - 1e-14:
                        far[m + j], before[m + j], moved = far[i] + cost[i, j], i, True
                    if plan[i, j] > 1e-13 and far[m + j] - cost[i, j] < far[i] - 1e-14:
                        far[i], before[i], moved = far[m + j] - cost[i, j], m + j, True
            if not moved:
                break
        ends = torch.where(demand > 1e-13, far[m:], torch.inf)
        path = [m + int(ends.argmin())]
        while before[path[-1]] >= 0:
            path.append(before[path[-1]])
        path.reverse()
        mass = min(float(supply[path[0]]), float(demand[path[-1] - m]))
        for a, b in zip(path, path[1:]):
            if a >= m:
                mass = min(mass, float(plan[b, a - m]))
        for a, b in zip(path, path[1:]):
            if a < m:
                plan[a, b - m] += mass
            else:
                plan[b, a - m] -= mass
        supply[path[0]] -= mass
        demand[path[-1] - m] -= mass
    return plan


def share_of(change):
    p = change / change.sum() + GUARD
    return p / p.sum()


def fused(weights, pruned, changes):
    """W = w T1 W_pruned T0 + (1 - w) W_own, from the first layer with a pruned neuron on; T0 brings
    the inputs over as the layer before did its outputs."""
    result, inputs = [], None
    for own, rows, change in zip(weights, pruned, changes):
        if inputs is None and not rows:
            result.append(own)
            continue
        if inputs is None:
            inputs = torch.eye(own.shape[1], dtype=torch.float64)
        cut = own.clone()
        cut[rows] = 0
        demand = share_of(change)
        supply = torch.full_like(demand, 1 / len(demand))
        plan = transport(supply, demand, torch.cdist(cut.flatten(1), own.flatten(1)))
        aligned = torch.einsum("po,pckl,ci->oikl", plan / demand, cut, inputs)
        result.append(PRUNED_WEIGHT * aligned + (1 - PRUNED_WEIGHT) * own)
        inputs = plan / demand
    return result


def fixtures():
    out = Fixture("transport")
    model = fill(networks.make(NETWORK, SMALL), "teacher")
    names = [n for n, p in model.named_parameters() if p.dim() == 4]
    before, after = dict(model.named_parameters()), dict(unlearned(Rng(8)).named_parameters())
    weights = [before[n].detach() for n in names]
    changes = [(after[n] - before[n]).detach().abs().flatten(1).sum(1) for n in names]
    flat = torch.cat(changes)
    most = flat.sort(descending=True).values
    count = int(SHARE * len(flat))
    assert most[count - 1] / most[count] > 1.001
    pruned = [(c >= most[count - 1]).nonzero().flatten().tolist() for c in changes]
    assert all(len(rows) == 1 for rows in pruned)  # rows of zeros tie, and more have many plans
    for name, weight in zip(names, fused(weights, pruned, changes)):
        out.put(name, weight)
    out.put("count", count)
    return [out]
