"""WaNet (attacks_defences_metrics.md): the field that a training draws, and images that a given one
warps."""
import torch
from formula import Fixture, Rng, values
from networks import SMALL
from torch.nn import functional as F

POINTS, STRENGTH, COUNT = 4, 0.5, 4


def field(rng):
    """U[-1, 1] at k x k points over its mean size, bicubic to the image: [H,W,2], x before y."""
    points = rng.rand((1, 2, POINTS, POINTS)) * 2 - 1
    points = points / points.abs().mean()
    size = (SMALL.height, SMALL.width)
    return F.interpolate(points, size, mode="bicubic", align_corners=True)[0].permute(1, 2, 0)


def warped(images, displacement):
    down, right = torch.meshgrid(torch.linspace(-1, 1, SMALL.height, dtype=torch.float64),
                                 torch.linspace(-1, 1, SMALL.width, dtype=torch.float64),
                                 indexing="ij")
    grid = torch.stack((right, down), 2) + STRENGTH * displacement / SMALL.height
    grid = grid.clamp(-1, 1).expand(len(images), -1, -1, -1)
    found = F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    return (found + 0.5).floor()  # half rounds up, as it is stored


def fixtures():
    out = Fixture("warp")
    out.put("field", field(Rng(11)), full=True)
    images = values("warp_images", SMALL.shape(COUNT), 127, 128).floor()
    given = values("warp_field", (SMALL.height, SMALL.width, 2), 2)
    out.put("triggered", warped(images, given), full=True)
    return [out]
