"""RAdam after algorithm 2 of Liu et al. 2020, one number at a time: the values in optim_test.cc."""
import math


def radam(start, gradients, lr=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8):
    longest = 2 / (1 - beta2) - 1
    theta, mean, square = start, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        mean = beta1 * mean + (1 - beta1) * g
        square = beta2 * square + (1 - beta2) * g * g
        unbiased = mean / (1 - beta1**t)
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        if length > 5:
            root = math.sqrt(1 - beta2**t) / (math.sqrt(square) + epsilon)
            r = math.sqrt(((length - 4) * (length - 2) * longest)
                          / ((longest - 4) * (longest - 2) * length))
            theta -= lr * r * unbiased * root
        else:
            theta -= lr * unbiased
    return theta


if __name__ == "__main__":
    for steps in (5, 8):
        print(steps, *(f"{radam(s, [g[i % 3] for i in range(steps)]):.9f}"
                       for s, g in ((1.0, (0.5, 0.25, -1.0)), (-2.0, (-1.0, 0.5, 2.0)))))
