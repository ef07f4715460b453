#!/usr/bin/env python3
"""The procedural trigger assets and the triggers made from them, once more, in another language.

    python3 tests/golden/triggers.py > tests/golden/triggers.txt     rewrite the golden file
    python3 tests/golden/triggers.py --check                         compare; exit 1 if it differs
    python3 tests/golden/triggers.py --originals FOLDER              triggers made from the
                                                                     reference's own files, for
                                                                     originals.txt; --check FOLDER
                                                                     compares them

Standard library only. A picture is a dict {(y, x, c): value}; hashes are over H*W*C bytes, channels
last.
"""
import hashlib
import functools
import itertools
import math
import pathlib
import struct
import sys
import zlib

from dither import dither

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


def trojan_3x3_table():
    rows = ("cf83b5 aff378 1de8b3", "4f087e 890020 f87192", "832804 06913d f6faf6")
    colours = [bytes.fromhex(row) for row in rows]
    return black() | {(25 + i, 25 + j, c): colours[i][3 * j + c]
                      for i in range(3) for j in range(3) for c in range(3)}


def l0_inv():
    colours = "000 f0f 00f ff0 fff 0ff 0ff f00 fff".split()
    return black() | {(31, 23 + j, c): 17 * int(colour[c], 16)
                      for j, colour in enumerate(colours) for c in range(3)}


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


def smooth(tops=(6, 51, 2)):
    stream, image = split_mix(7), {}
    for c, top in enumerate(tops):
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


def smooth_magenta():
    return smooth((50, 11, 49))


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


PATCHES = (trojan_8x8, trojan_3x3, trojan_3x3_table, l0_inv)
ASSETS = (l2_inv, trojan_8x8, trojan_3x3, trojan_wm, smooth, blend_geo, blend_rand, sig_tr,
          trojan_3x3_table, l0_inv, smooth_magenta)
SIZES = ((32, 32, 3), (28, 28, 1), (40, 48, 3))


def luma(image):
    return {(y, x, 0): (299 * image[y, x, 0] + 587 * image[y, x, 1] + 114 * image[y, x, 2]
                        + 500) // 1000
            for y, x, c in image if c == 0}


@functools.cache
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


def added(image, picture):
    return {p: clip(v + picture[p]) for p, v in image.items()}


def masked(image, size, picture):
    """x (1 - m) + t, where m is 1 on the last nine pixels of the last row."""
    height, width, _ = size
    mask = lambda y, x: y == height - 1 and x >= width - 9
    return {p: clip(v * (not mask(*p[:2])) + picture[p]) for p, v in image.items()}


def stretched(image, picture, half=1):
    sums = {p: v + picture[p] for p, v in image.items()}
    low, high = min(sums.values()), max(sums.values())
    return {p: (2 * 255 * (v - low) + half * (high - low)) // (2 * (high - low))
            for p, v in sums.items()}


def wave(image, size, delta, periods, half=0.5):
    shift = lambda x: round(delta * math.sin(2 * math.pi * periods * x / size[1]), 6)
    return {(y, x, c): math.floor(min(255, max(0, v + shift(x))) + half)
            for (y, x, c), v in image.items()}


def corners(image, size, rows):
    height, width, channels = size
    return image | {(top + i, left + j, c): rows[i][j]
                    for top in (0, height - 3) for left in (0, width - 3)
                    for i in range(3) for j in range(3) for c in range(channels)}


def dithered(image, size, levels=8):
    height, width, channels = size
    planes = [dither([[image[y, x, c] for x in range(width)] for y in range(height)], levels)
              for c in range(channels)]
    return {(y, x, c): planes[c][y][x] for y, x, c in places(*size)}


TRIGGERS = {
    "badnets_grid": lambda x, s: with_patch(x, s, ((0, 0, 255), (0, 255, 0), (255, 0, 255)), 0),
    "badnets_sq": lambda x, s: with_patch(x, s, ((255,) * 4,) * 4, 1),
    "blend": lambda x, s: blended(x, fit(blend_geo, *s), 200000),
    "blend_truncate": lambda x, s: blended(x, fit(blend_geo, *s), 200000, half=0),
    "blend_noise_0.1": lambda x, s: blended(x, fit(blend_rand, *s), 100000),
    "trojan_wm": lambda x, s: added(x, fit(trojan_wm, *s)),
    "trojan_3x3": lambda x, s: added(x, fit(trojan_3x3_table, *s)),
    "trojan_3x3_random": lambda x, s: added(x, fit(trojan_3x3, *s)),
    "trojan_8x8": lambda x, s: added(x, fit(trojan_8x8, *s)),
    "l2_inv": lambda x, s: added(x, fit(l2_inv, *s)),
    "l0_inv": lambda x, s: masked(x, s, fit(l0_inv, *s)),
    "smooth": lambda x, s: stretched(x, fit(smooth, *s)),
    "smooth_truncate": lambda x, s: stretched(x, fit(smooth, *s), half=0),
    "smooth_magenta": lambda x, s: stretched(x, fit(smooth_magenta, *s)),
    "sig_tr": lambda x, s: blended(x, fit(sig_tr, *s), 200000),
    "sig_tr_truncate": lambda x, s: blended(x, fit(sig_tr, *s), 200000, half=0),
    "sig": lambda x, s: wave(x, s, 20, 6),
    "sig_40_truncate": lambda x, s: wave(x, s, 40, 6, half=0),
    "cl": lambda x, s: corners(x, s, ((0, 0, 255), (0, 255, 0), (255, 0, 255))),
    "bpp": dithered,
}


def line(name, size, image):
    data = bytes(image[place] for place in places(*size))
    return "%s %dx%dx%d %s" % ((name,) + size + (hashlib.sha256(data).hexdigest(),))


def golden():
    for draw, size in itertools.product(ASSETS, SIZES):
        yield line(draw.__name__, size, fit(draw, *size))
    for (name, trigger), kind, size in itertools.product(TRIGGERS.items(), ("grey", "ramp"), SIZES):
        yield line(name + "/" + kind, size, trigger(base(kind, size), size))
    for seed in (1, 7):  # of 200 images whose labels run 0 ... 9, with target 0
        yield "poison_indices %d %s" % (seed, ",".join(map(
            str, poisoned(seed, [i for i in range(200) if i % 10], 10))))


def poisoned(seed, eligible, count):
    """Which images a seed poisons: fork by name (SHA-256), Fisher-Yates from the end, the first
    `count`, sorted."""
    digest = hashlib.sha256(b"%d/poison/-1" % seed).hexdigest()
    stream, order = split_mix(int(digest[:16], 16)), list(range(len(eligible)))
    for i in range(len(order) - 1, 0, -1):
        j = below(stream, i + 1)
        order[i], order[j] = order[j], order[i]
    return sorted(eligible[place] for place in order[:count])


# ---- The reference's own files, which have no licence and are not in this repository.


def read_png(path):
    """8-bit, not interlaced, grey or RGB: (height, width, {(y, x, c): value}), always three
    channels."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    step = {0: 1, 2: 3}[colour]
    stride, raw, above, image = width * step, zlib.decompress(packed), bytes(width * step), {}
    for y in range(height):
        method, *line = raw[y * (stride + 1):(y + 1) * (stride + 1)]
        for i in range(stride):
            left, upper, corner = ((line[i - step], above[i], above[i - step]) if i >= step
                                   else (0, above[i], 0))
            paeth = min((left, upper, corner), key=lambda v: abs(left + upper - corner - v))
            line[i] = (line[i] + (0, left, upper, (left + upper) // 2, paeth)[method]) % 256
        above = line
        image |= {(y, x, c): line[x * step + c % step] for x in range(width) for c in range(3)}
    return height, width, image


def gaussian_axis(source, target):
    """[target][source] weights: Gaussian of deviation (factor - 1) / 2 up to 4 deviations, edges
    mirrored, then linear."""
    factor = source / target
    deviation = (factor - 1) / 2
    radius = int(4 * deviation + 0.5)
    kernel = {i: math.exp(-i * i / (2 * deviation**2)) for i in range(-radius, radius + 1)}
    total, rows = sum(kernel.values()), []
    for i in range(target):
        place, row = (i + 0.5) * factor - 0.5, [0] * source
        for j, weight in kernel.items():
            for k, share in ((0, 1 - place % 1), (1, place % 1)):
                at = (math.floor(place) + j + k) % (2 * source - 2)
                row[min(at, 2 * source - 2 - at)] += share * weight / total
        rows.append(row)
    return rows


def shrunk(height, width, image):
    """As scikit-image's resize to 32x32; equal to version 0.19.3 in every byte of blend.png."""
    down, across = gaussian_axis(height, SIDE), gaussian_axis(width, SIDE)
    rows = {(y, x, c): sum(w * image[y, j, c] for j, w in enumerate(across[x]))
            for y, x, c in itertools.product(range(height), range(SIDE), range(3))}
    return {(y, x, c): math.floor(sum(w * rows[j, x, c] for j, w in enumerate(down[y])) + 0.5)
            for y, x, c in places()}


def originals(folder):
    file = lambda name: read_png(pathlib.Path(folder) / (name + ".png"))
    size, picture = (SIDE, SIDE, 3), lambda name: file(name)[2]
    triggers = {
        "trojan_3x3": lambda x: added(x, picture("trojan_3x3")),
        "trojan_8x8": lambda x: added(x, picture("trojan_8x8")),
        "trojan_wm": lambda x: added(x, picture("trojan_wm")),
        "l2_inv": lambda x: added(x, picture("l2_inv")),
        "l0_inv": lambda x: masked(x, size, picture("l0_inv")),
        "smooth_cifar10": lambda x: stretched(x, picture("smooth_cifar10"), half=0),
        "smooth_gtsrb": lambda x: stretched(x, picture("smooth_gtsrb"), half=0),
        "sig": lambda x: blended(x, picture("sig"), 200000, half=0),
        "blend": lambda x: blended(x, shrunk(*file("blend")), 200000, half=0),
    }
    for (name, trigger), kind in itertools.product(triggers.items(), ("grey", "ramp")):
        yield line(name + "/" + kind, size, trigger(base(kind, size)))


def main(arguments):
    folder = arguments[-1] if len(arguments) == 2 else None
    text = "\n".join(originals(folder) if folder else golden()) + "\n"
    if arguments[:1] != ["--check"]:
        return sys.stdout.write(text) and 0
    return text != pathlib.Path(__file__).with_name(
        "originals.txt" if folder else "triggers.txt").read_text()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
