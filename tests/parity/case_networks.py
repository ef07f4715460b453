"""Logits, gradients and running statistics of every network (abd.md (d), dfkd_methods.md 4.1)."""
import re

import networks
from formula import Fixture, fill, values
from networks import CIFAR, SMALL

BATCH = 4
NAMES = ["wrn-16-1", "wrn-16-2", "wrn-40-1", "wrn-40-2", "vgg-s-8", "resnet-18", "resnet-34",
         "vgg-8-bn", "vgg-11-bn", "mobilenetv2-half"]


def network(name):
    out = Fixture(f"network_{name}")
    net = fill(networks.make(name, CIFAR), name)
    cotangent = values("cotangent", (BATCH, CIFAR.classes))
    for mode in ("eval", "train"):
        net.train(mode == "train")
        net.zero_grad()
        x = values("images", CIFAR.shape(BATCH)).requires_grad_(True)
        logits = net(x)
        (logits * cotangent).sum().backward()
        out.put(f"{mode}.logits", logits)
        out.put(f"{mode}.images.grad", x.grad)
        # A bias before a normalisation by the batch has gradient 0; what is computed is rounding.
        # So has the shift of a block whose sum a convolution and a normalisation read.
        free = r"conv\d\.bias|.*\.bn3\.bias" if mode == "train" else "$"
        grads = [(n, p.grad) for n, p in net.named_parameters() if not re.fullmatch(free, n)]
        out.put_all(f"{mode}.grad.", grads)
    out.put_all("after_train.", net.named_buffers())
    return out


def generator(kind):
    out = Fixture(f"generator_{kind}")
    net = fill(networks.Generator(kind, 12, 16, SMALL), "generator").train()
    z = values("latent", (8, 12)).requires_grad_(True)
    images = net(z)
    (images * values("image_cotangent", images.shape)).sum().backward()
    out.put("images", images)
    out.put("latent.grad", z.grad)
    out.put_all("grad.", [(n, p.grad) for n, p in net.named_parameters() if n not in net.free()])
    return out


def fixtures():
    kinds = ["zskt", "dafl", "datafree", "datafree_large"]
    return [network(name) for name in NAMES] + [generator(kind) for kind in kinds]
