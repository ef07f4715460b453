"""Fine-tuning (attacks_defences_metrics.md; BackdoorBench's ft.py): two passes over given images by
SGD on the cross entropy, the rate a cosine of the pass."""
import math

import networks
import pool
import torch
from formula import Fixture, Rng, fill, values
from networks import SMALL
from torch.nn import functional as F

COUNT, BATCH, EPOCHS, PADDING = 10, 6, 2, 4


def fixtures():
    out = Fixture("finetune")
    model = fill(networks.make("wrn-16-1", SMALL), "student").train()
    images = pool.stored(values("finetune_images", SMALL.shape(COUNT), 0.5, 0.5))
    labels = torch.arange(COUNT) % SMALL.classes
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    steps = EPOCHS * math.ceil(COUNT / BATCH)
    rng = Rng(5)
    for step, rows in enumerate(pool.batches(rng.fork("order"), COUNT, BATCH, steps)):
        epoch = step * EPOCHS // steps
        x = pool.cropped(images[rows], rng.fork("crop", step), PADDING)
        x = pool.read(pool.mirrored(x, rng.fork("flip", step)), SMALL)
        loss = F.cross_entropy(model(x), labels[rows])
        sgd.param_groups[0]["lr"] = 0.01 * (1 + math.cos(math.pi * epoch / EPOCHS)) / 2
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        if step % 2 == 0:  # the first batch of a pass
            out.put(f"loss{epoch}", loss)
    out.put_all("", model.named_parameters())
    out.put_all("", model.named_buffers())
    return [out]
