"""I-BAU (attacks_defences_metrics.md; BackdoorBench's i-bau.py): the search over batches against
the model's own answers, and the gradient of a step with the perturbation on some images."""
import networks
import torch
from formula import Fixture, fill, values
from hypergradient import hypergradient
from networks import SMALL
from torch.nn import functional as F

BATCHES, BATCH, PENALTY, ROWS = 3, 8, 0.001, [1, 6]


def search(model, batches, rate):
    """One step of SGD a batch, of -CE(f(x + d), argmax f(x)) + 0.001 |d|^2, from 0."""
    delta = torch.zeros_like(batches[0][:1], requires_grad=True)
    sgd = torch.optim.SGD([delta], lr=rate)
    for x in batches:
        answers = model(x).argmax(1).detach()
        sgd.zero_grad()
        loss = -F.cross_entropy(model(x + delta), answers) + PENALTY * delta.pow(2).sum()
        loss.backward()
        sgd.step()
    return delta.detach()


def gradients(model, first, batch, delta, terms, inner_step):
    """Per parameter: J_theta^T v and the outer objective's own gradient; labels are the data's."""
    delta = delta.clone().requires_grad_(True)
    inner = -F.cross_entropy(model(first[0] + delta), first[1]) + PENALTY * delta.pow(2).sum()
    patch = torch.zeros_like(batch[0])
    patch[ROWS] = delta
    outer = F.cross_entropy(model(batch[0] + patch), batch[1])
    return hypergradient(inner, outer, delta, list(model.parameters()), terms, inner_step)[1]


def fixtures():
    out = Fixture("unlearning")
    model = fill(networks.make("wrn-16-1", SMALL), "student").eval()
    images = [values(f"unlearning_images{i}", SMALL.shape(BATCH)) for i in range(BATCHES)]
    labels = [(torch.arange(BATCH) * (i + 1)) % SMALL.classes for i in range(BATCHES)]
    out.put("delta", search(model, images, 10.0), full=True)
    given = values("given_delta", SMALL.shape(1), 0.3)
    names = [name for name, _ in model.named_parameters()]
    for form, terms, step in (("paper", 5, 0.1), ("strong", 3, 2.0)):
        total = gradients(model, (images[0], labels[0]), (images[2], labels[2]), given, terms, step)
        out.put_all(f"{form}.", zip(names, total))
    return [out]
