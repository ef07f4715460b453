#!/usr/bin/env python3
"""The procedural trigger assets and the triggers made from them, once more, in another language.

    python3 tests/golden/triggers.py > tests/golden/triggers.txt     rewrite the golden file
    python3 tests/golden/triggers.py --check                         compare; exit 1 if it differs

Standard library only. A picture is a dict {(y, x, c): value}; hashes are over H*W*C bytes, channels last.
"""
import hashlib
import itertools
import math
import pathlib
import sys

SIDE = 32
MASK = 2**64 - 1


def split_mix(seed):
    """SplitMix64 (Steele, Lea, Flood 2014) as a generator of 64-bit integers."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def byte(stream):
    return next(stream) >> 56


def word(stream):
    return next(stream) >> 48


def below(stream, n):
    return ((next(stream) >> 32) * n) >> 32


def clip(value):
    return min(255, max(0, value))


def places(height=SIDE, width=SIDE, channels=3):
    return itertools.product(range(height), range(width), range(channels))


def black():
    return dict.fromkeys(places(), 0)


def l2_inv():
    stream = split_mix(2)

    def value():
        g = sum(word(stream) for _ in range(12)) - 6 * 65535
        return clip((30 * 65535 + 186 * g + 327675) // 655350)

    return {place: value() for place in places()}


def trojan_8x8():
    stream = split_mix(8)
    return black() | {(y, x, c): clip(byte(stream) * 3 // 2 - 60)
                      for y in range(21, 29) for x in range(21, 29) for c in range(3)}


def trojan_3x3():
    stream = split_mix(3)
    return black() | {(y, x, c): byte(stream)
                      for y in range(25, 28) for x in range(25, 28) for c in range(3)}


def trojan_wm():
    stream = split_mix(5)
    points = [2 * k + 1 for k in range(8)]

    def coverage(y, x):
        squares = [(16 * x + i - 320)**2 + (16 * y + j - 336)**2 for i in points for j in points]
        return sum(83**2 <= d <= 96**2 for d in squares) * 255 // 64

    image = {(y, x, c): coverage(y, x) for y, x, c in places()}
    for y in range(28):
        v = byte(stream)
        if v >= 128:
            for c in range(3):
                image[y, 29 - y, c] = max(image[y, 29 - y, c], v - 64)
    for _ in range(24):
        x, y, c = below(stream, 32), below(stream, 32), below(stream, 3)
        image[y, x, c] = max(image[y, x, c], 16 + below(stream, 80))
    return image


def box_sum(plane):
    edge = lambda i: min(SIDE - 1, max(0, i))
    return {(y, x): sum(plane[edge(y + dy), edge(x + dx)]
                        for dy in range(-2, 3) for dx in range(-2, 3)) for y, x in plane}


def smooth():
    stream, image = split_mix(7), {}
    for c, top in enumerate((6, 51, 2)):
        grid = {(i, j): word(stream) for i in range(5) for j in range(5)}
        plane = {}
        for y, x, _ in places(channels=1):
            (i, fy), (j, fx) = divmod(4 * y, 31), divmod(4 * x, 31)
            corners = ((i, j, (31 - fy) * (31 - fx)), (i, j + 1, (31 - fy) * fx),
                       (i + 1, j, fy * (31 - fx)), (i + 1, j + 1, fy * fx))
            plane[y, x] = sum(w * grid[min(a, 4), min(b, 4)] for a, b, w in corners)
        plane = box_sum(box_sum(plane))
        low, high = min(plane.values()), max(plane.values())
        for (y, x), v in plane.items():
            image[y, x, c] = ((v - low) * top + (high - low) // 2) // (high - low)
    return image


def blend_geo():
    stream, image = split_mix(20), dict.fromkeys(places(), 255)
    for k in range(9):
        rectangle = below(stream, 2)
        cx, cy = 5 + below(stream, 22), 5 + below(stream, 22)
        a, b = 3 + below(stream, 5), 3 + below(stream, 5)
        colour = [byte(stream) for _ in range(3)]
        if k % 2:
            colour = [255] * 3

        def covers(x, y, w, h):
            if rectangle:
                return abs(x - cx) <= w and abs(y - cy) <= h
            return ((x - cx) * h)**2 + ((y - cy) * w)**2 <= (w * h)**2

        for y, x, c in places():
            if covers(x, y, a, b):
                image[y, x, c] = colour[c] if covers(x, y, a - 1, b - 1) else 0
    return image


def blend_rand():
    stream = split_mix(13)
    return {place: byte(stream) for place in places()}


def sig_tr():
    return {(y, x, c): math.trunc(20 * math.sin(0.8 * x)) % 256 for y, x, c in places()}


PATCHES = (trojan_8x8, trojan_3x3)
ASSETS = (l2_inv, trojan_8x8, trojan_3x3, trojan_wm, smooth, blend_geo, blend_rand, sig_tr)
SIZES = ((32, 32, 3), (28, 28, 1), (40, 48, 3))


def luma(image):
    return {(y, x, 0): (299 * image[y, x, 0] + 587 * image[y, x, 1] + 114 * image[y, x, 2] + 500) // 1000
            for y, x, c in image if c == 0}


def fit(draw, height, width, channels):
    asset = draw()
    if draw in PATCHES:
        source = lambda y, x, c: asset.get((y + SIDE - height, x + SIDE - width, c), 0)
    else:
        source = lambda y, x, c: asset[SIDE * y // height, SIDE * x // width, c]
    image = {place: source(*place) for place in places(height, width)}
    return luma(image) if channels == 1 else image


def base(kind, size):
    """What the triggers are put on: mid grey, or a ramp that meets every value."""
    ramp = lambda y, x, c: (7 * y + 13 * x + 31 * c) % 256
    return {(y, x, c): 128 if kind == "grey" else ramp(y, x, c) for y, x, c in places(*size)}


def with_patch(image, size, rows, margin):
    height, width, channels = size
    top, left = height - margin - len(rows), width - margin - len(rows[0])
    return image | {(top + i, left + j, c): value for i, row in enumerate(rows)
                    for j, value in enumerate(row) for c in range(channels)}


def blended(image, picture, millionths, half=500000):
    return {p: ((1000000 - millionths) * v + millionths * picture[p] + half) // 1000000
            for p, v in image.items()}


TRIGGERS = {
    "badnets_grid": lambda x, s: with_patch(x, s, ((0, 0, 255), (0, 255, 0), (255, 0, 255)), 0),
    "badnets_sq": lambda x, s: with_patch(x, s, ((255,) * 4,) * 4, 1),
    "blend": lambda x, s: blended(x, fit(blend_geo, *s), 200000),
    "blend_truncate": lambda x, s: blended(x, fit(blend_geo, *s), 200000, half=0),
    "blend_noise_0.1": lambda x, s: blended(x, fit(blend_rand, *s), 100000),
    "trojan_wm": lambda x, s: {p: clip(v + fit_wm(s)[p]) for p, v in x.items()},
}
_WATERMARKS = {}


def fit_wm(size):
    if size not in _WATERMARKS:
        _WATERMARKS[size] = fit(trojan_wm, *size)
    return _WATERMARKS[size]


def line(name, size, image):
    data = bytes(image[place] for place in places(*size))
    return "%s %dx%dx%d %s" % ((name,) + size + (hashlib.sha256(data).hexdigest(),))


def golden():
    for draw, size in itertools.product(ASSETS, SIZES):
        yield line(draw.__name__, size, fit(draw, *size))
    for (name, trigger), kind, size in itertools.product(TRIGGERS.items(), ("grey", "ramp"), SIZES):
        yield line(name + "/" + kind, size, trigger(base(kind, size), size))


if __name__ == "__main__":
    text = "\n".join(golden()) + "\n"
    if sys.argv[1:] == ["--check"]:
        sys.exit(text != pathlib.Path(__file__).with_suffix(".txt").read_text())
    sys.stdout.write(text)
