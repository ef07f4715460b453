"""What both sides compute from a name instead of storing it, and the fixture files. Everything is
computed in float64: see README.md.

`values(name, shape)` are the outputs of SplitMix64 seeded with FNV-1a of the name; parity.h has the
same in C++. Rng is the named stream of bench/core/rng.h, from which the C++ plugins draw.
"""
import hashlib
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch

FIXTURES = Path(__file__).parent / "fixtures"
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def fnv1a(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def hashes(name, count):
    """The first `count` outputs of SplitMix64(fnv1a(name)), uint64 [count]."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def values(name, shape, scale=1.0, offset=0.0):
    """float64, rounded to float32: offset + scale * u, u uniform in [-1, 1) in steps of 2^-23."""
    k = (hashes(name, math.prod(shape)) >> np.uint64(40)).astype(np.int64) - (1 << 23)
    u = k.astype(np.float64) / (1 << 23)
    result = torch.from_numpy((offset + scale * u).astype(np.float32))
    return result.reshape(tuple(shape)).double()


def permutation(name, count):
    return torch.from_numpy(np.argsort(hashes(name, count), kind="stable").astype(np.int64))


def weight(name, shape):
    """The value of the parameter or buffer `name` (its last word says what it is)."""
    kind = name.rsplit(".", 1)[-1]
    if len(shape) == 4:
        return values(name, shape, math.sqrt(3 / (shape[1] * shape[2] * shape[3])))
    if len(shape) == 2:
        return values(name, shape, 4 * math.sqrt(3 / shape[1]))
    if kind == "running_var" or kind == "weight":
        return values(name, shape, 0.5, 1.0)
    return values(name, shape, 0.2)  # biases, running means


def fill(module, prefix):
    """Sets every parameter and buffer of `module` by its name; returns the module."""
    module.double()
    with torch.no_grad():
        for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
            if tensor.is_floating_point():
                tensor.copy_(weight(f"{prefix}.{name}", tensor.shape))
    return module


class Rng:
    def __init__(self, seed):
        self.key = self.state = seed

    def fork(self, name, index=-1):
        digest = hashlib.sha256(f"{self.key}/{name}/{index}".encode()).hexdigest()
        return Rng(int(digest[:16], 16))

    def next(self):
        self.state = (self.state + GOLDEN) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return ((self.next() >> 32) * n) >> 32

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def normal_scalar(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())

    def gamma(self, shape):
        """Marsaglia and Tsang, shapes below 1 by the power of a uniform."""
        if shape < 1:
            return self.gamma(shape + 1) * (1 - self.uniform()) ** (1 / shape)
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            x = self.normal_scalar()
            v = (1 + c * x) ** 3
            if v > 0 and math.log(1 - self.uniform()) < 0.5 * x * x + d - d * v + d * math.log(v):
                return d * v

    def beta(self, a, b):
        x, y = self.gamma(a), self.gamma(b)
        return x / (x + y)

    def _generator(self):
        return torch.Generator().manual_seed(self.next())

    # Tensor draws: LibTorch's own generator, seeded from the stream.
    def normal(self, shape):
        return torch.randn(shape, generator=self._generator(), dtype=torch.float64)

    def rand(self, shape):
        return torch.rand(shape, generator=self._generator(), dtype=torch.float32).double()

    def integers(self, below, shape):
        return torch.randint(below, shape, generator=self._generator())

    def permutation(self, count):
        return torch.randperm(count, generator=self._generator())


PROJECTIONS = 8
FULL = 256  # tensors up to this size are stored whole


def sketch(tensor):
    """[norm, p_0 ... p_7], p_j = sum_i sign_ij x_i, sign_ij = bit j of the i-th hash."""
    x = tensor.detach().double().reshape(-1).numpy()
    bits = hashes("sketch", x.size)
    result = [np.sqrt((x * x).sum())]
    for j in range(PROJECTIONS):
        sign = ((bits >> np.uint64(j)) & np.uint64(1)).astype(np.float64) * 2 - 1
        result.append((x * sign).sum())
    return np.array(result)


class Fixture:
    """One file of expected tensors: whole (`name`) or as a sketch (`name#sketch`), float32."""

    def __init__(self, name):
        self.name = name
        self.entries = {}

    def put(self, name, tensor, full=False):
        tensor = torch.as_tensor(tensor, dtype=torch.float64).detach()
        whole = full or tensor.numel() <= FULL
        key = name if whole else name + "#sketch"
        assert key not in self.entries, key
        array = tensor.numpy() if whole else sketch(tensor)
        assert np.isfinite(array).all(), key
        self.entries[key] = np.ascontiguousarray(array, dtype="<f4")

    def put_all(self, prefix, named, full=False):
        for name, tensor in named:
            if tensor.is_floating_point():
                self.put(f"{prefix}{name}", tensor, full)

    def encode(self):
        header, data = {}, b""
        for key in sorted(self.entries):
            array = self.entries[key]
            header[key] = {"dtype": "F32", "shape": list(array.shape),
                           "data_offsets": [len(data), len(data) + array.nbytes]}
            data += array.tobytes()
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + data

    def path(self):
        return FIXTURES / f"{self.name}.safetensors"

    def write(self):
        FIXTURES.mkdir(exist_ok=True)
        self.path().write_bytes(self.encode())

    def difference(self):
        """The largest relative difference to the file, and whose."""
        stored = read(self.path())
        if stored.keys() != self.entries.keys():
            return math.inf, "names: " + ", ".join(sorted(stored.keys() ^ self.entries.keys())[:3])
        worst = (0.0, "")
        for key, array in self.entries.items():
            a, b = array.astype(np.float64), stored[key].astype(np.float64)
            if a.shape != b.shape:
                return math.inf, key
            scale = max(np.abs(b).max(), 1e-30) if b.size else 1
            worst = max(worst, (float(np.abs(a - b).max() / scale) if b.size else 0.0, key))
        return worst


def read(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    result = {}
    for key, entry in header.items():
        first, last = entry["data_offsets"]
        body = data[8 + size + first:8 + size + last]
        result[key] = np.frombuffer(body, dtype="<f4").reshape(entry["shape"])
    return result
