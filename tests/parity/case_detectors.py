"""MM-BD and FreeEagle (attacks_defences_metrics.md 2.2; the authors' codes): the largest margins
after some steps, and what the rest of a network says to activations made for each class."""
import networks
import torch
from formula import Fixture, Rng, fill
from networks import SMALL, freeze
from torch.nn import functional as F

IMAGES, MARGIN_LR, MARGIN_STEPS, EARLY = 4, 0.1, 8, 0.12
STEPS, LR, DECAY = 6, 0.05, 0.005


def margins(logits, target):
    others = torch.cat((logits[:, :target], logits[:, target + 1:]), 1)
    return logits[:, target] - others.max(1).values


def largest_margins(model, tolerance):
    """Plain gradient descent on minus the sum of the margins, pixels clamped where they are read;
    ends when the loss moves by less than its share. The margins are those of the last pass, before
    its step. The second result: after how many passes each class ended."""
    found, passes = [], []
    for target in range(SMALL.classes):
        x = Rng(7).fork("images", target).rand(SMALL.shape(IMAGES)).requires_grad_()
        last = 1000.0
        for step in range(MARGIN_STEPS):
            margin = margins(model(SMALL.normalize(x.clamp(0, 1))), target)
            loss = -margin.sum()
            slope, = torch.autograd.grad(loss, x)
            x = (x - MARGIN_LR * slope).detach().requires_grad_()
            moved = abs(last - loss.item()) / abs(last)
            assert tolerance == 0 or abs(moved / tolerance - 1) > 1e-3
            if moved < tolerance:
                break
            last = loss.item()
        found.append(margin.max().item())
        passes.append(step + 1)
    return torch.tensor(found, dtype=torch.float64), passes


def vgg_rest(net, x):
    """From the output of the second of four convolutions (with its BN and ReLU)."""
    for i in (3, 4):
        x = F.relu(getattr(net, f"bn{i}")(getattr(net, f"conv{i}")(x)))
    return net.fc(x.mean((2, 3)))


def wrn_rest(net, x):
    """From the output of the second group, a sum that has negative values."""
    for block in net.group3:
        x = block(x)
    return net.fc(F.relu(net.bn(x)).mean((2, 3)))


def made_classes(rest, shape, rectified):
    """An activation for each class, from U[0, 1]; Adam with L2 decay on its cross entropy; row s of
    the result are the probabilities of that of class s."""
    made = Rng(7).fork("activations").rand((SMALL.classes, *shape)).requires_grad_()
    adam = torch.optim.Adam([made], LR, weight_decay=DECAY)
    for _ in range(STEPS):
        adam.zero_grad()
        F.cross_entropy(rest(made), torch.arange(SMALL.classes), reduction="sum").backward()
        adam.step()
        if rectified:
            made.data.clamp_(min=0)
    return rest(made).softmax(1)


def fixtures():
    out = Fixture("detectors")
    vgg = freeze(fill(networks.make("vgg-s-8", SMALL), "teacher"))
    wrn = freeze(fill(networks.make("wrn-16-1", SMALL), "teacher"))
    out.put("margins", largest_margins(vgg, 0)[0])
    early, passes = largest_margins(vgg, EARLY)
    assert min(passes) > 1 and len(set(passes)) > 1 and min(passes) < MARGIN_STEPS
    out.put("margins_early", early)
    out.put("classes_vgg", made_classes(lambda x: vgg_rest(vgg, x), (8, 8, 8), True))
    out.put("classes_wrn", made_classes(lambda x: wrn_rest(wrn, x), (32, 8, 8), False))
    return [out]
