"""DHBE (attacks_defences_metrics.md; its authors' DHBE_train.py and gan.py): the patches of its
generator, and what two steps of the student get added to their gradients; the generator learns
between them."""
import losses
import networks
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL
from torch import nn
from torch.nn import functional as F

BATCH, LATENT, WIDTH, SIZE, WEIGHT, RATE, TEMPERATURE = 12, 10, 8, 5, 0.1, 1e-3, 4


class PatchGenerator(nn.Module):
    """Linear, normalisation, 3x3 convolution, normalisation without weights, tanh."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(LATENT, WIDTH * SIZE * SIZE)
        self.norm = nn.BatchNorm2d(WIDTH)
        self.convolution = nn.Conv2d(WIDTH, SMALL.channels, 3, padding=1)
        self.last = nn.BatchNorm2d(SMALL.channels, affine=False)

    def forward(self, z):
        features = self.norm(self.linear(z).view(-1, WIDTH, SIZE, SIZE))
        return self.last(self.convolution(features)).tanh()


def placed(patches, rng):
    """All at one place."""
    top, left = (rng.below(side - SIZE + 1) for side in (SMALL.height, SMALL.width))
    return F.pad(patches, (left, SMALL.width - SIZE - left, top, SMALL.height - SIZE - top))


def patched(x, generator, step, purpose):
    """Added in pixels: normalised once more, the mean falls out."""
    rng = Rng(5).fork(purpose, 0).fork("step", step)
    z = rng.fork("latent").normal((BATCH, LATENT))
    pixels = x * SMALL.std + SMALL.mean
    return SMALL.normalize(pixels + placed(generator(z), rng))


def l1(a, b):
    return (a - b).abs().mean()


def loudness(teacher_logits, student_logits):
    """1-norm of the KD loss's gradient by the logits; that of DHBE's own, mean |S - T|, is 1."""
    s = student_logits.detach().requires_grad_(True)
    loss = TEMPERATURE**2 * losses.kl(teacher_logits, s, TEMPERATURE).mean()
    return torch.autograd.grad(loss, s)[0].abs().sum()


def case(name, scaled):
    out = Fixture(f"patches_{name}")
    teacher = networks.freeze(fill(networks.make("wrn-16-1", SMALL), "teacher"))
    student = fill(networks.make("wrn-16-1", SMALL), "student").train()
    generator = fill(PatchGenerator(), "patch_generator").train()
    adam = torch.optim.Adam(generator.parameters(), lr=RATE)
    start = {n: p.detach().clone() for n, p in generator.named_parameters()}
    for step in range(2):
        x = values(f"patch_images{step}", SMALL.shape(BATCH))
        clean = student(x).detach()
        if step == 1:  # one student step for each of the generator's
            with torch.enable_grad():
                loss = -l1(clean, student(patched(x, generator, step, "generator")))
            adam.zero_grad()
            loss.backward()
            adam.step()
        student.zero_grad()
        p = patched(x, generator, step, "student").detach()
        change = l1(student(p), clean)
        factor = loudness(teacher(x), clean) if scaled else 1
        (WEIGHT * factor * change).backward()
        if step == 0:
            out.put("change", change)
        out.put_all(f"gradient{step}.", ((n, q.grad) for n, q in student.named_parameters()))
    moved = ((n, p - start[n]) for n, p in generator.named_parameters() if n not in FREE)
    out.put_all("moved.", moved)
    out.put_all("student.", student.named_buffers())
    return out


# A constant before a normalisation changes nothing, so what moves these is rounding.
FREE = {"linear.bias", "convolution.bias"}


def fixtures():
    return [case("as_loud", True), case("as_it_is", False)]
