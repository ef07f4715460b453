"""CLP (attacks_defences_metrics.md; BackdoorBench's clp.py): the bound of every channel, and what
is pruned. "official" walks the modules and takes the last convolution before a normalisation;
"graph" takes the convolution that it reads, or, where it reads a sum, those that read it."""
import networks
import torch
from formula import Fixture, fill
from networks import SMALL
from torch import nn

U = 1.0  # at the published 3 weights as even as the formula's lose nothing


def largest(matrix):
    return torch.linalg.svdvals(matrix)[0]


def of_filter(weight, c):
    return largest(weight[c].reshape(weight.shape[1], -1))


def of_slice(weight, c):
    return largest(weight[:, c].reshape(weight.shape[0], -1))


def scaled(norm, sigmas):
    return torch.stack(sigmas) * norm.weight.abs() / norm.running_var.sqrt()


def official(net):
    """By name. Residual joins are not looked at."""
    bounds, conv = {}, None
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            conv = module
        elif isinstance(module, nn.BatchNorm2d):
            channels = range(module.num_features)
            bounds[name] = scaled(module, [of_filter(conv.weight, c) for c in channels])
    return bounds


def behind(norm, conv):
    return scaled(norm, [of_filter(conv.weight, c) for c in range(norm.num_features)])


def before(norm, readers):
    return scaled(norm, [max(of_slice(layer.weight, c) for layer in readers)
                         for c in range(norm.num_features)])


def graph_of_wrn(net):
    """The first bn1 reads the stem; every other bn1, and the last normalisation, reads a sum."""
    bounds, first = {}, True
    for group in (1, 2, 3):
        for i, block in enumerate(getattr(net, f"group{group}")):
            readers = [block.conv1] if block.equal else [block.conv1, block.shortcut]
            name = f"group{group}.{i}"
            bounds[f"{name}.bn1"] = behind(block.bn1, net.stem) if first \
                else before(block.bn1, readers)
            bounds[f"{name}.bn2"] = behind(block.bn2, block.conv1)
            first = False
    bounds["bn"] = before(net.bn, [net.fc])
    return bounds


def prune(net, bounds, u):
    modules = dict(net.named_modules())
    for name, b in bounds.items():
        cut = b > b.mean() + u * b.std()
        modules[name].weight[cut] = 0
        modules[name].bias[cut] = 0


def case(name, network, bounds_of):
    out = Fixture(f"pruning_{name}")
    with torch.no_grad():
        net = fill(networks.make(network, SMALL), "teacher")
        bounds = bounds_of(net)
        out.put_all("bounds.", bounds.items(), full=True)
        prune(net, bounds, U)
        left = [(n, p) for n, p in net.named_parameters() if n.rsplit(".", 1)[0] in bounds]
        out.put_all("pruned.", left, full=True)
        cut = sum(int((p == 0).sum()) for n, p in left if n.endswith(".weight"))
        out.put("count", cut)
    return out


def fixtures():
    return [case("official", "wrn-16-2", official), case("graph", "wrn-16-2", graph_of_wrn),
            case("plain", "vgg-s-16", official)]
