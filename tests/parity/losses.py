"""The losses of the distillers: spec/dfkd_methods.md 0 and 2.3, spec/abd.md (Notation, e1, e2)."""
import torch
from torch.nn import functional as F


def kl(t, s, tau=1.0):
    """[N]: sum_c p_T (log p_T - log p_S) at temperature tau."""
    p, q = F.log_softmax(t / tau, 1), F.log_softmax(s / tau, 1)
    return (p.exp() * (p - q)).sum(1)


def kl_mean(t, s, tau=1.0):
    """KLmean(S,T): divided by the batch and by the classes, no factor of tau squared."""
    return kl(t, s, tau).mean() / t.shape[1]


def kl_batch(t, s, tau=1.0):
    return tau**2 * kl(t, s, tau).mean()


def attention(f):
    a = f.pow(2).mean(1).flatten(1)
    return a / a.norm(dim=1, keepdim=True)


def attention_transfer(student, teacher):
    return sum((attention(s) - attention(t)).pow(2).mean() for s, t in zip(student, teacher))


def statistics(x):
    """Mean and biased variance of each channel over batch and plane."""
    mean = x.mean((0, 2, 3))
    return mean, ((x - mean.view(1, -1, 1, 1)) ** 2).mean((0, 2, 3))


def norm_distance(inputs, norms):
    """L_bn: sum over layers of ||rv - var||_2 + ||rm - mean||_2, not squared."""
    total = 0
    for x, bn in zip(inputs, norms):
        mean, var = statistics(x)
        total = total + (bn.running_var - var).norm() + (bn.running_mean - mean).norm()
    return total


def decision_adversarial(t, s):
    """-(1/B) sum 1[argmax S = argmax T] KL: divided by the batch, not by the count."""
    agree = (t.argmax(1) == s.argmax(1)).to(t.dtype)
    return -(agree * kl(t, s)).mean()


def jensen_shannon(t, s, tau=3.0):
    """[N]: of softmax(./3) clamped to [.01, .99], summed over classes."""
    p, q = F.softmax(t / tau, 1), F.softmax(s / tau, 1)
    m = ((p + q) / 2).clamp(0.01, 0.99)
    p, q = p.clamp(0.01, 0.99), q.clamp(0.01, 0.99)
    return 0.5 * (m * (m.log() - p.log())).sum(1) + 0.5 * (m * (m.log() - q.log())).sum(1)


def l1(t, s):
    return (s - t).abs().mean()


def activation(pooled):
    return -pooled.abs().mean()


def balance(t, log10=False):
    p = F.softmax(t, 1).mean(0)
    return (p * (p.log10() if log10 else p.log())).sum()


def differences(x):
    """Horizontal, vertical and the two diagonal differences of neighbours."""
    return [x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :],
            x[..., 1:, 1:] - x[..., :-1, :-1], x[..., 1:, :-1] - x[..., :-1, 1:]]


def tv_l2(x):
    return sum(d.norm() for d in differences(x))


def contrastive(local, glob, batch, temperature):
    """CMI: unit rows, `glob` constant; mean over the batch's rows plus mean over the bank's."""
    logits = local @ glob.detach().t() / temperature
    loss = F.cross_entropy(logits, torch.arange(logits.shape[0]), reduction="none")
    if logits.shape[0] == batch:
        return loss.mean()
    return loss[:batch].mean() + loss[batch:].mean()


def entropy(t):
    """Mean over the batch of the entropy of softmax(t)."""
    p = F.log_softmax(t, 1)
    return -(p.exp() * p).sum(1).mean()


def gaussian_divergence(x, bn, epsilon):
    """DFQ: sum over channels of KL(N(mean, var) of the batch || N(running mean, running var))."""
    mean, var = statistics(x)
    var, running = var + epsilon, bn.running_var + epsilon
    return (0.5 * (running.log() - var.log())
            + (var + (mean - bn.running_mean) ** 2) / (2 * running) - 0.5).sum()
