"""A convolution in float32, bit by bit: whether two machines round alike."""
import torch
from formula import FULL, Fixture, values, weight
from torch.nn import functional as F

DTYPE = torch.float32


def fixtures():
    out = Fixture("rounding")
    x = values("rounding_images", (4, 32, 8, 8)).requires_grad_(True)
    w = weight("rounding.weight", (32, 32, 3, 3)).requires_grad_(True)
    y = F.conv2d(x, w, padding=1)
    y.square().sum().backward()
    for name, tensor in (("output", y), ("by_images", x.grad), ("by_weight", w.grad)):
        out.put(name, tensor.reshape(-1)[:FULL])
    return [out]
