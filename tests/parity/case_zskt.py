"""Rounds of ZSKT (abd.md (e1)): a generator step, then ten student steps, on one latent."""
import math

import losses
import networks
import torch
from formula import Fixture, Rng, fill, weight
from networks import SMALL

BATCH, LATENT, WIDTH, STEPS, ROUNDS = 16, 10, 16, 10, 4


def step(optimizer, parameters, loss, clip):
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()


def rate(base, done):
    return base * (1 + math.cos(math.pi * done / ROUNDS)) / 2


def moved(generator):
    """How far each weight that a gradient moves is from where the formula put it."""
    return [(n, p - weight(f"generator.{n}", p.shape))
            for n, p in generator.named_parameters() if n not in generator.free()]


def run(name, tau, beta, clip, rounds):
    out = Fixture(f"zskt_{name}")
    teacher = networks.freeze(fill(networks.make("wrn-16-2", SMALL), "teacher"))
    student = fill(networks.make("wrn-16-1", SMALL), "student").train()
    generator = fill(networks.Generator("zskt", LATENT, WIDTH, SMALL), "generator").train()
    g_parameters, s_parameters = list(generator.parameters()), list(student.parameters())
    g_adam = torch.optim.Adam(g_parameters, lr=1e-3)
    s_adam = torch.optim.Adam(s_parameters, lr=2e-3)
    for done in range(rounds):
        for adam, base in ((g_adam, 1e-3), (s_adam, 2e-3)):
            adam.param_groups[0]["lr"] = rate(base, done)
        z = Rng(7).fork("latent").fork("round", done).normal((BATCH, LATENT))
        x = generator(z)
        step(g_adam, g_parameters, -losses.kl_mean(teacher(x), student(x), tau), clip)
        if done == 0:
            out.put("latent", z)
            out.put("images", x)
        student_losses = []
        x = generator(z).detach()
        t_groups, s_groups = [], []
        t = teacher(x, t_groups)
        for _ in range(STEPS):
            s_groups.clear()
            s = student(x, s_groups)
            loss = losses.kl_mean(t, s, tau)
            if beta > 0:
                loss = loss + beta * losses.attention_transfer(s_groups, t_groups)
            student_losses.append(loss.item())
            step(s_adam, s_parameters, loss, clip)
        out.put(f"round{done}.losses", torch.tensor(student_losses))
        out.put_all(f"round{done}.generator_moved.", moved(generator))
        out.put_all(f"round{done}.student.", student.named_parameters())
        out.put_all(f"round{done}.student.", student.named_buffers())
    return out


def fixtures():
    return [run("cifar", tau=1.0, beta=250.0, clip=5.0, rounds=2),
            run("gtsrb", tau=0.5, beta=0.0, clip=1e-3, rounds=1)]
