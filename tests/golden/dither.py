"""Floyd-Steinberg dithering in exact fractions: the values in tests/images/dither_test.cc.

An error is never rounded here; the library counts it in 2^-20 grey values.
"""
from fractions import Fraction


def half_up(x):
    return (x + Fraction(1, 2)).__floor__()


def dither(rows, levels):
    height, width = len(rows), len(rows[0])
    wanted = [[Fraction(v) for v in row] for row in rows]
    out = [[0] * width for _ in range(height)]
    for y in range(height):
        for x in range(width):
            value = min(max(wanted[y][x], Fraction(0)), Fraction(255))
            level = half_up(value * (levels - 1) / 255)
            out[y][x] = half_up(Fraction(255 * level, levels - 1))
            error = wanted[y][x] - out[y][x]
            for dy, dx, share in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
                if y + dy < height and 0 <= x + dx < width:
                    wanted[y + dy][x + dx] += error * share / 16
    return out


if __name__ == "__main__":
    print("flat", dither([[100] * 3] * 3, 2))
    ramp = [[(37 * y + 29 * x + 5 * x * y) % 256 for x in range(7)] for y in range(5)]
    for levels in (2, 8):
        print(levels, [v for row in dither(ramp, levels) for v in row])
