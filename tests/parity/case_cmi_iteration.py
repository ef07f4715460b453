"""An iteration of CMI's synthesis (abd.md (e2)) before Adam: the loss of given images, its
gradients by them and by the contrastive head."""
import torch
from case_cmi import COUNT, HEAD_NAMES, Cmi
from formula import Fixture, values
from networks import SMALL


def fixtures():
    out = Fixture("cmi_iteration")
    run = Cmi()
    run.student.eval()
    x = values("inverted_images", SMALL.shape(COUNT), 0.5, 0.5).requires_grad_(True)
    views = run.rng.fork("views", 0).fork("step", 0)
    total, features = run.loss(x, torch.arange(COUNT), views)
    total.backward()
    out.put("loss", total)
    out.put("features", features)
    out.put_all("by_", ((n, p.grad) for n, p in zip(HEAD_NAMES, run.head.parameters())))
    out.put("by_images", x.grad)
    return [out]
