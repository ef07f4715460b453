#!/usr/bin/env python3
"""Goldens of cmi_test.cc and adi_test.cc, written from the formulas of the spec in plain Python."""
from math import exp, log, sqrt


def softmax(row, tau=1.0):
    weights = [exp(x / tau) for x in row]
    return [w / sum(weights) for w in weights]


def contrastive(u, v, current, temperature, bank):
    losses = []
    for i, row in enumerate(u):
        logits = [sum(a * b for a, b in zip(row, other)) / temperature for other in v]
        losses.append(-log(softmax(logits)[i]))
    if not bank:
        return sum(losses) / len(losses)
    rest = losses[current:]
    return sum(losses[:current]) / current + sum(rest) / len(rest)


def adversarial(teacher, student):
    total = 0.0
    for p, q in zip(teacher, student):
        if p.index(max(p)) == q.index(max(q)):
            total += sum(a * log(a / b) for a, b in zip(p, q))
    return -total / len(teacher)


def neighbours(image):
    h, w = len(image), len(image[0])
    def norm(dy, dx):
        pairs = [(y, x) for y in range(h) for x in range(w) if 0 <= y + dy < h and 0 <= x + dx < w]
        return sqrt(sum((image[y][x] - image[y + dy][x + dx]) ** 2 for y, x in pairs))
    return norm(0, 1) + norm(1, 0) + norm(1, -1) + norm(1, 1)


U, V = [[1, 0], [0, 1]], [[1, 0], [0.6, 0.8]]
print("contrastive, no bank      %.7f" % contrastive(U, V, 2, 0.5, False))
print("contrastive, one cached   %.7f" % contrastive(U, V, 1, 0.5, True))
print("adversarial               %.7f" %
      adversarial([[0.25, 0.75]] * 2, [[1 / 3, 2 / 3], [2 / 3, 1 / 3]]))
print("neighbour distance        %.6f" % neighbours([[1, 2, 0], [4, 8, 3]]))
