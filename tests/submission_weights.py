"""Whether the convolutions of a student are those of its teacher, read from files that code of a
plugin has left: nothing that they say of themselves is believed."""
import array
import json
import math
import pathlib
import re
import struct
import sys

MOST_BYTES, MOST_BYTES_OF_HEADER = 4 << 20, 1 << 20
# Of fewer weights, two networks that have nothing to do with each other may correlate by chance: of
# 500 the correlation has a standard deviation of 0.045.
LEAST_WEIGHTS = 500
KEY = re.compile(r"[0-9a-f]{64}")


def values_of(tensor, data):
    """Its numbers, or None where it is no tensor of float32 that fits its bytes."""
    shape, place = tensor.get("shape"), tensor.get("data_offsets")
    if tensor.get("dtype") != "F32" or not isinstance(shape, list):
        return None
    if not isinstance(place, list) or len(place) != 2 or not all(
            type(number) is int and 0 <= number <= MOST_BYTES for number in shape + place):
        return None
    begin, end = place
    if not begin <= end <= len(data) or end - begin != 4 * math.prod(shape):
        return None
    values = array.array("f", data[begin:end])
    if sys.byteorder == "big":
        values.byteswap()
    return values if all(map(math.isfinite, values)) else None


def tensors(path):
    """By name: (shape, numbers), of a safetensors file; none where it is none, or too large."""
    with open(path, "rb") as file:
        text = file.read(MOST_BYTES + 1)
    if not 8 <= len(text) <= MOST_BYTES:
        return {}
    size = struct.unpack("<Q", text[:8])[0]
    if size > min(MOST_BYTES_OF_HEADER, len(text) - 8):
        return {}
    try:
        header = json.loads(text[8:8 + size])
    except (ValueError, RecursionError):
        return {}
    found = {}
    for name, tensor in header.items() if isinstance(header, dict) else ():
        values = values_of(tensor, text[8 + size:]) if isinstance(tensor, dict) else None
        if values is not None:
            found[name] = (tensor["shape"], values)
    return found


def convolutions(path):
    """The same of them alone."""
    return {name: (shape, values) for name, (shape, values) in tensors(path).items()
            if len(shape) == 4}


def correlation(a, b):
    """Pearson's; 0 where one of the two is constant."""
    mean_a, mean_b = math.fsum(a) / len(a), math.fsum(b) / len(b)
    both = math.fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    spread = math.sqrt(math.fsum((x - mean_a) ** 2 for x in a)
                       * math.fsum((y - mean_b) ** 2 for y in b))
    return both / spread if spread > 0 else 0.0


def largest_correlation(teacher, student):
    """(absolute correlation, name) of the convolution that is most alike in the two files, or None
    where their networks differ or have no convolution that is large enough."""
    ours, theirs = convolutions(student), convolutions(teacher)
    if {name: shape for name, (shape, _) in ours.items()} != {
            name: shape for name, (shape, _) in theirs.items()}:
        return None
    return max(((abs(correlation(weights, theirs[name][1])), name)
                for name, (_, weights) in ours.items() if len(weights) >= LEAST_WEIGHTS),
               default=None)


def file_of(store, kind, key):
    """Of an artifact, as a store has it; None if it is not there."""
    if not KEY.fullmatch(str(key)):
        return None
    path = pathlib.Path(store) / kind / key[:2] / key / "model.safetensors"
    return path if path.is_file() and not path.is_symlink() else None


def files_of(store, score):
    """(teacher, student) of a score; None where one of them is not there. Titles of stages begin
    with their kind: "distill ood_kd none to round 40"."""
    stages = score["provenance"].get("stages", {})
    found = {"teacher": [], "distill": [], "repair": []}
    for title, key in stages.items():
        kind = title.split(" ")[0]
        if kind in found:
            round_ = re.search(r" to round (\d{1,18})\b", title)
            found[kind].append((int(round_[1]) if round_ else 0, kind, key))
    if not found["teacher"]:
        return None
    last = max(found["repair"] or found["distill"], default=None)
    files = [file_of(store, kind, key)
             for _, kind, key in (found["teacher"][0], last or (0, "distill", ""))]
    return files if all(files) else None
