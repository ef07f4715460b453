#!/usr/bin/env python3
"""Expected values of tests/images/resample_test.cc, from Pillow itself, which no test needs when it
runs.

    python3 tests/golden/resample.py
"""
import io
import math

from PIL import Image

WIDTH, HEIGHT = 40, 30


def picture():
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([((7 * x * x + 3 * y) % 256, (11 * y * y + x * y) % 256,
                    (x * y * 5 + 13 * x) % 256)
                   for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def show(name, image):
    values = list(image.tobytes())
    print(name, "sum", sum(values), "first row", values[:15], "middle",
          values[len(values) // 2:][:6])


def turned(image, angle, shear, margin, side):
    """torchvision's RandomAffine for an x-shear, then its CenterCrop."""
    rotation, shear, centre = math.radians(angle), math.radians(shear), image.size[0] * 0.5
    a, b = math.cos(rotation), -math.cos(rotation) * math.tan(shear) - math.sin(rotation)
    c, d = math.sin(rotation), -math.sin(rotation) * math.tan(shear) + math.cos(rotation)
    matrix = [d, -b, 0, -c, a, 0]  # the inverse: its determinant is 1
    matrix[2] = centre - matrix[0] * centre - matrix[1] * centre
    matrix[5] = centre - matrix[3] * centre - matrix[4] * centre
    image = image.transform(image.size, Image.AFFINE, matrix, Image.BILINEAR)
    return image.crop((margin, margin, margin + side, margin + side))


for left, top, width, height, size in ((3, 5, 9, 7, 12), (0, 0, 40, 30, 5), (10, 2, 25, 25, 25)):
    box = picture().crop((left, top, left + width, top + height))
    show(f"bicubic {left} {top} {width} {height} {size}", box.resize((size, size), Image.BICUBIC))
frame = picture().crop((0, 0, 30, 30))
for angle, shear in ((0, 0), (25, 0), (0, -20), (-17, 28)):
    show(f"turned {angle} {shear}", turned(frame, angle, shear, 4, 21))
stored = io.BytesIO()
picture().save(stored, "JPEG")
show("jpeg", Image.open(stored))
