"""One turn of each method in eager PyTorch, contiguous float32: as the reference implementations do
it, and with what they compute again and again computed once ("reused"). `python3 steps.py NAME
[STEPS]` prints the seconds of the processor of each step, after one to warm up, as JSON."""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from networks import Generator, WideResNet, attention, kl, shuffled

BATCH, STUDENT_STEPS, AT_WEIGHT = 128, 10, 250
SEARCHES = 10  # of a perturbation, as in the reference's sweeps
CMI_STEPS = 4  # of a synthesis: CmiRound in bench/perf/method_bench.cc


def students_distance(ours, theirs):
    return sum((attention(a) - attention(b)).pow(2).mean() for a, b in zip(ours, theirs))


def descend(optimizer, loss, parameters, clip=5):
    optimizer.zero_grad()
    loss.backward()
    if clip:
        nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()


def searched(teacher, images):
    """The perturbation that moves the teacher farthest. From images that a generator has just made
    each step of the reference goes back into the generator, and keeps a graph of its pass on the
    clean ones."""
    delta = torch.zeros(1, 3, 32, 32, requires_grad=True)
    adam = torch.optim.Adam([delta], 0.1)
    for _ in range(SEARCHES):
        with torch.set_grad_enabled(images.requires_grad):
            target = teacher(images)[0].detach()
        adam.zero_grad()
        loss = -kl(target, teacher(images + delta)[0]) + 1e-3 * delta.pow(2).sum()
        loss.backward(retain_graph=images.requires_grad)
        adam.step()
    return delta.detach().requires_grad_(True)


def hypergradient(student, images, rows, delta):
    parameters = list(student.parameters())
    with torch.no_grad():
        target = student(images)[0]
    inner = 1e-3 * delta.pow(2).sum() - kl(target, student(images + delta)[0])
    point = delta - 0.1 * torch.autograd.grad(inner, delta, create_graph=True)[0]
    with torch.no_grad():
        target = student(images)[0]
    outer = kl(target, student(images + rows * delta)[0])
    along = torch.autograd.grad(outer, delta, retain_graph=True)[0]
    direct = torch.autograd.grad(outer, parameters)
    v = torch.zeros_like(delta)
    for _ in range(5):
        v = torch.autograd.grad(point, delta, v, retain_graph=True)[0] + along
    by_weights = torch.autograd.grad(point, parameters, v, allow_unused=True)
    return [d if b is None else d + b for d, b in zip(direct, by_weights)]


def perturbed_rows():
    rows = torch.zeros(BATCH, 1, 1, 1)
    rows[:2] = 1
    return rows


def add_gradients(net, gradients):
    for parameter, gradient in zip(net.parameters(), gradients):
        parameter.grad.add_(gradient)


def zskt_round(reuse, vaccine=False, retrospect=False):
    teacher, student, generator = WideResNet(16, 2).eval(), WideResNet(16, 1), Generator()
    if reuse:
        teacher.requires_grad_(False)
    copies = [shuffled(teacher) for _ in range(3)] if vaccine else []
    of_student = torch.optim.Adam(student.parameters(), 2e-3)
    of_generator = torch.optim.Adam(generator.parameters(), 1e-3)
    rows = perturbed_rows()

    def penalty(images, logits):
        if not copies:
            return 0
        other = sum(copy(images)[0] for copy in copies) / len(copies)
        suspicious = (logits.argmax(1) == other.argmax(1)).float()
        divergence = F.kl_div(F.log_softmax(other, 1), F.softmax(logits, 1),
                              reduction="none").mean(1)
        return -0.1 * (suspicious * divergence).sum() / suspicious.sum().clamp_min(1)

    def student_loss(images, logits, taps):
        ours, our_taps = student(images)
        return kl(logits, ours) + AT_WEIGHT * students_distance(our_taps, taps)

    def look_back(images, logits, taps):  # and no limit on the gradient's norm
        delta = searched(teacher, images)
        gradients = hypergradient(student, images, rows, delta)
        of_student.zero_grad()
        student_loss(images, logits, taps).backward()
        add_gradients(student, gradients)
        of_student.step()
        with torch.no_grad():  # for the log, in each step; it moves running statistics
            student(images)
            student(images + rows * delta)

    def step():
        z = torch.randn(BATCH, 100)
        images = generator(z)
        logits = teacher(images)[0]
        loss = penalty(images, logits) - kl(logits, student(images)[0])
        descend(of_generator, loss, generator.parameters())
        if reuse:
            with torch.no_grad():
                images = generator(z)
                logits, taps = teacher(images)
        for _ in range(STUDENT_STEPS):
            if not reuse:  # the reference goes back through the student into the generator
                images = generator(z)
                with torch.no_grad():
                    logits, taps = teacher(images)
            if retrospect:
                look_back(images, logits, taps)
            else:
                descend(of_student, student_loss(images, logits, taps), student.parameters())

    return step


def kd_step(retrospect):
    teacher, student = WideResNet(16, 2).eval(), WideResNet(16, 1)
    optimizer = torch.optim.Adam(student.parameters(), 1e-3)
    images, rows = torch.randn(BATCH, 3, 32, 32), perturbed_rows()

    def step():
        with torch.no_grad():
            logits = teacher(images)[0]
        optimizer.zero_grad()
        kl(logits, student(images)[0], 4).backward()
        if retrospect:
            add_gradients(student, hypergradient(student, images, rows, searched(teacher, images)))
        optimizer.step()

    return step


def teacher_step():
    net = WideResNet(16, 2)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    images, labels = torch.randn(BATCH, 3, 32, 32), torch.randint(10, (BATCH,))
    return lambda: descend(optimizer, F.cross_entropy(net(images)[0], labels),
                           net.parameters(), clip=0)


def ood_kd_step():
    teacher, student = WideResNet(16, 2).eval(), WideResNet(16, 1)
    optimizer = torch.optim.Adam(student.parameters(), 1e-3)
    images = torch.randn(512, 3, 32, 32)

    def step():
        with torch.no_grad():
            logits = teacher(images)[0]
        descend(optimizer, kl(logits, student(images)[0], 8), student.parameters(), clip=0)

    return step


def watched_norms(net):
    seen = []
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda m, inputs, _: seen.append((m, inputs[0])))
    return seen


def norm_distance(seen):
    distance = 0
    for norm, x in seen:
        mean, var = (x.mean((0, 2, 3)),
                     x.permute(1, 0, 2, 3).reshape(x.size(1), -1).var(1, unbiased=False))
        distance = distance + (norm.running_var - var).norm() + (norm.running_mean - mean).norm()
    return distance


def inversion_step():
    teacher = WideResNet(16, 2).eval()
    images = torch.randn(256, 3, 32, 32, requires_grad=True)
    labels = torch.randint(10, (256,))
    optimizer = torch.optim.Adam([images], 0.1, betas=(0.5, 0.9))
    seen = watched_norms(teacher)

    def step():
        seen.clear()
        loss = F.cross_entropy(teacher(images)[0], labels) + norm_distance(seen)
        down, right = (images[:, :, 1:] - images[:, :, :-1],
                       images[:, :, :, 1:] - images[:, :, :, :-1])
        descend(optimizer, loss + 0.1 * (down.pow(2).mean() + right.pow(2).mean()),
                [images], clip=0)

    return step


def view(images, scale, shift):
    """Each image at a scale and a place of its own, mirrored half of the time, as kornia's views
    are made."""
    n = images.size(0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = scale * (2 * torch.randint(2, (n,)) - 1)
    theta[:, 1, 1] = scale
    theta[:, :, 2] = shift * (2 * torch.rand(n, 2) - 1)
    return F.grid_sample(images, F.affine_grid(theta, images.shape, align_corners=False),
                         align_corners=False)


def contrast(head, local, everywhere, bank):
    """Each image's local features against the features of all, the remembered ones included."""
    n, cached = local.size(0), torch.cat(bank).chunk(2, 1) if bank else []
    u = F.normalize(head(torch.cat([local, *cached[:1]])))
    with torch.no_grad():
        v = F.normalize(head(torch.cat([everywhere, *cached[1:]])))
    losses = F.cross_entropy(u @ v.t() / 0.1, torch.arange(u.size(0)), reduction="none")
    return losses[:n].mean() + losses[n:].mean() if bank else losses.mean()


def cmi_round():
    teacher, student = WideResNet(16, 2).eval(), WideResNet(16, 1)
    seen, bank, pool = watched_norms(teacher), [], []
    features = sum(m.num_features for m in teacher.modules() if isinstance(m, nn.BatchNorm2d))
    head = nn.Sequential(nn.Linear(features, features), nn.ReLU(), nn.Linear(features, 256))
    of_head = torch.optim.Adam(head.parameters(), 1e-3)
    of_student = torch.optim.SGD(student.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)

    def look(images):
        seen.clear()
        logits = teacher(images)[0]
        return logits, torch.cat([x.mean((2, 3)) for _, x in seen], 1)

    def synthesis_loss(images, labels):
        normalised = (view(images, 1, 0.25) - 0.5) / 0.25
        logits, everywhere = look(normalised)
        loss = norm_distance(seen) + F.cross_entropy(logits, labels)
        answer = student(normalised)[0]
        agree = (logits.argmax(1) == answer.argmax(1)).float()
        divergence = F.kl_div(F.log_softmax(answer, 1), F.softmax(logits, 1),
                              reduction="none").sum(1)
        loss = loss - 0.5 * (agree * divergence).mean()
        local = look((view(images, 0.5 + 0.5 * torch.rand(images.size(0)), 0.25) - 0.5) / 0.25)[1]
        loss = loss + 0.8 * contrast(head, local, everywhere.detach(), bank)
        return loss, torch.cat([local, everywhere], 1).detach()

    def synthesize():
        generator, z = Generator(256, pixels=True), torch.randn(256, 256, requires_grad=True)
        labels = torch.randint(10, (256,)).sort()[0]
        adam = torch.optim.Adam([*generator.parameters(), z], 1e-3, betas=(0.5, 0.999))
        student.eval()
        best = None
        for _ in range(CMI_STEPS):
            images = generator(z)
            loss, seen_features = synthesis_loss(images, labels)
            if best is None or loss.item() < best[0]:
                best = loss.item(), images.detach(), seen_features
            adam.zero_grad()
            of_head.zero_grad()
            loss.backward()
            of_head.step()
            adam.step()
        student.train()
        pool.append((best[1] * 255).byte())
        bank.append(best[2])

    def step():
        synthesize()
        rows = torch.cat(pool)[torch.randperm(256 * len(pool))[:BATCH]].float() / 255
        images = (view(rows, 1, 0.25) - 0.5) / 0.25
        with torch.no_grad():
            logits = teacher(images)[0]
        loss = kl(logits, student(images)[0], 20) * 10 * 400
        descend(of_student, loss, student.parameters(), clip=0)

    return step


STEPS = {
    "ZsktRound/reference": lambda: zskt_round(reuse=False),
    "ZsktRound/reused": lambda: zskt_round(reuse=True),
    "ZsktRound/sv_reference": lambda: zskt_round(reuse=False, vaccine=True),
    "ZsktRound/sv_reused": lambda: zskt_round(reuse=True, vaccine=True),
    "KdStep/reference": lambda: kd_step(retrospect=False),
    "KdStep/sr_reference": lambda: kd_step(retrospect=True),
    "TeacherStep/reference": teacher_step,
    "OodKdStep/reference": ood_kd_step,
    "InversionStep/reference": inversion_step,
    "CmiRound/reference": cmi_round,
    # Last: of all the longest.
    "ZsktRound/sr_reference": lambda: zskt_round(reuse=False, retrospect=True),
}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    step = STEPS[sys.argv[1]]()
    step()
    seconds = []
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 3):
        start = time.process_time()
        step()
        seconds.append(time.process_time() - start)
    print(json.dumps({"name": sys.argv[1], "seconds": seconds, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
