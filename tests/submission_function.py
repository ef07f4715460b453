"""Whether a student computes what its teacher computes, in whatever order its channels stand: both
are run on noise that is drawn here. Read from files that code of a plugin has left, of the networks
of the gate's own matrices alone (VGG-S)."""
import hashlib
import math
import operator
import random

from submission_weights import tensors

STRIDES = (2, 1, 2, 2)
SIZE, EPSILON = 16, 1e-5  # of the noise, in pixels; of a batch normalisation
# vgg-s-16 has 25,488 in its convolutions on one channel, 25,776 on three.
MOST_WEIGHTS = 60_000
IMAGES = 48  # of each kind of noise: more than an affine function of ten logits can fit by chance
LARGEST = 2.0  # where pixels of 0 to 1 are normalised by 0.5 and 0.25


def rows(values, count):
    size = len(values) // count
    return [list(values[i * size:(i + 1) * size]) for i in range(count)]


class VggSmall:
    """Throws KeyError or ValueError where the tensors are of something else."""

    def __init__(self, found):
        self.layers = []
        channels = None
        for number, stride in enumerate(STRIDES, 1):
            shape, weights = found[f"conv{number}.weight"]
            if len(shape) != 4 or shape[2:] != [3, 3] or 0 in shape or channels not in (
                    None, shape[1]):
                raise ValueError("no VGG-S")
            if number == 1:
                self.inputs = shape[1]
            channels = shape[0]
            scale, shift, mean, variance = (
                self.vector(found, f"bn{number}.{name}", channels)
                for name in ("weight", "bias", "running_mean", "running_var"))
            scale = [s / math.sqrt(v + EPSILON) for s, v in zip(scale, variance, strict=True)]
            shift = [b - m * s for b, m, s in zip(shift, mean, scale, strict=True)]
            self.layers.append((stride, rows(weights, channels), scale, shift))
        shape, weights = found["fc.weight"]
        if len(shape) != 2 or shape[1] != channels or shape[0] < 2:
            raise ValueError("no VGG-S")
        self.last = list(zip(rows(weights, shape[0]), self.vector(found, "fc.bias", shape[0]),
                             strict=True))
        if sum(len(row) for _, weights, _, _ in self.layers for row in weights) > MOST_WEIGHTS:
            raise ValueError("too large to be run here")

    @staticmethod
    def vector(found, name, size):
        shape, values = found[name]
        if shape != [size]:
            raise ValueError("no VGG-S")
        return values

    def logits(self, image):
        """`image`: SIZE x SIZE numbers for each channel."""
        maps, size = image, SIZE
        for stride, weights, scale, shift in self.layers:
            patches, size = patches_of(maps, size, stride)
            maps = [[max(0.0, s * math.fsum(map(operator.mul, row, patch)) + b)
                     for patch in patches]
                    for row, s, b in zip(weights, scale, shift, strict=True)]
        pooled = [math.fsum(one) / len(one) for one in maps]
        return [math.fsum(map(operator.mul, row, pooled)) + bias for row, bias in self.last]


def patches_of(maps, size, stride):
    """3x3 of every channel around each position that the stride leaves, with a border of zeros."""
    width = size + 2
    border = [0.0] * width
    padded = []
    for one in maps:
        lines = list(border)
        for y in range(size):
            lines += [0.0, *one[y * size:(y + 1) * size], 0.0]
        padded.append(lines + border)
    starts = [y * width + x for y in range(0, size, stride) for x in range(0, size, stride)]
    return [[value for lines in padded for line in (start, start + width, start + 2 * width)
             for value in lines[line:line + 3]] for start in starts], (size + stride - 1) // stride


def noise(draw, channels, block):
    """Blocks of so many pixels of one colour."""
    side = SIZE // block
    image = []
    for _ in range(channels):
        coarse = [draw.uniform(-LARGEST, LARGEST) for _ in range(side * side)]
        image.append([coarse[y // block * side + x // block]
                      for y in range(SIZE) for x in range(SIZE)])
    return image


def relative(logits):
    """Without what all classes of an image have in common, which no softmax sees."""
    return [[one - math.fsum(row) / len(row) for one in row] for row in logits]


def columns(logits):
    """By class, without their mean over the images."""
    return [[one - math.fsum(column) / len(column) for one in column]
            for column in zip(*logits, strict=True)]


def dot(a, b):
    return math.fsum(map(operator.mul, a, b))


def without(column, basis):
    for _ in range(2):  # once more for what rounding has left
        for one in basis:
            part = dot(column, one)
            column = [x - part * y for x, y in zip(column, one, strict=True)]
    return column


def explained(teacher, student):
    """Share of the variance of the student's logits that an affine function of the teacher's gives;
    0 where one of the two says the same of all images."""
    ours, theirs = columns(relative(student)), columns(teacher)
    total, largest = sum(dot(c, c) for c in ours), max(dot(c, c) for c in theirs)
    if not (total > 1e-12 and largest > 1e-12 and math.isfinite(total + largest)):
        return 0.0
    basis = []
    for column in theirs:
        rest = without(column, basis)
        length = math.sqrt(dot(rest, rest))
        if length > 1e-6 * math.sqrt(largest):
            basis.append([x / length for x in rest])
    left = [without(column, basis) for column in ours]
    return 1 - sum(dot(c, c) for c in left) / total


def function_shared(teacher, student):
    """The smaller share that is explained on two kinds of noise, or None where one of the two files
    has no network that can be run here, or they are for other images."""
    try:
        networks = [VggSmall(tensors(path)) for path in (teacher, student)]
        if networks[0].inputs != networks[1].inputs:
            return None
        # Nobody who wrote the plugin could know what is drawn; who asks again sees the same.
        text = b"".join(open(path, "rb").read() for path in (teacher, student))
        draw = random.Random(hashlib.sha256(text).hexdigest())
        shares = []
        for block in (1, 4):
            images = [noise(draw, networks[0].inputs, block) for _ in range(IMAGES)]
            shares.append(explained(*([one.logits(image) for image in images]
                                      for one in networks)))
        return min(shares)
    except (KeyError, ValueError, ArithmeticError):
        return None
