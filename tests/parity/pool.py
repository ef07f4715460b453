"""Student steps on a pool of images with 8 bits (abd.md (e2); dfkd_methods.md 3.8)."""
import losses
import torch
from torch.nn import functional as F


def stored(pixels):
    """Of pixels in [0, 1] what an image file holds: clamped, times 255, truncated."""
    return (pixels.detach().clamp(0, 1) * 255).floor().to(torch.uint8)


def read(images, spec):
    """Normalised in float32, as the student reads what was stored."""
    unit = images.float() / 255
    return ((unit - spec.mean.float()) / spec.std.float()).double()


def cropped(images, rng, padding):
    """A window of each image on a black ground."""
    h, w = images.shape[2:]
    padded = F.pad(images, (padding,) * 4)
    shape = (images.shape[0], 1)
    tops = rng.fork("rows").integers(2 * padding + 1, shape)
    lefts = rng.fork("columns").integers(2 * padding + 1, shape)
    return torch.cat([padded[i:i + 1, :, t:t + h, l:l + w]
                      for i, (t, l) in enumerate(zip(tops, lefts))])


def mirrored(images, rng):
    mask = rng.rand((images.shape[0], 1, 1, 1)) < 0.5
    return torch.where(mask, images.flip(3), images)


def batches(rng, count, size, steps):
    """Rows of `steps` batches: a permutation for each pass, its rest a short batch."""
    rows, epoch = [], 0
    while len(rows) < steps:
        rows += rng.fork("epoch", epoch).permutation(count).split(size)
        epoch += 1
    return rows[:steps]


def distil(teacher, student, images, spec, rng, steps, size, padding, tau):
    """SGD at 0.1 on tau^2 KL summed over classes, the student in train mode; the losses."""
    sgd = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    student.train()
    found = []
    for step, rows in enumerate(batches(rng, len(images), size, steps)):
        x = mirrored(cropped(images[rows], rng.fork("crop", step), padding), rng.fork("flip", step))
        x = read(x, spec)
        with torch.no_grad():
            t = teacher(x)
        loss = losses.kl_batch(t, student(x), tau)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        found.append(loss.item())
    return found
