#!/usr/bin/env python3
"""gpu_images.py TAR OUT: lays CIFAR-10 out under OUT as dfkd reads it (cifar-10-batches-bin/*.bin).

TAR is the published archive, which is unpacked as it is, or pictures as train/<class>/*,
test/<class>/* (needs Pillow): classes and pictures in the order of their names, spread over the
batches in turns so that each holds all classes.
"""
import io
import os
import sys
import tarfile


def pictures(archive):
    found = {"train": {}, "test": {}}
    for member in archive.getmembers():
        parts = member.name.lstrip("./").split("/")
        if member.isfile() and len(parts) >= 3 and parts[-3] in found:
            found[parts[-3]].setdefault(parts[-2], []).append(member)
    return found


def records(archive, classes):
    """Label, then the red, green and blue plane; one of each class in turns."""
    from PIL import Image

    if len(classes) != 10:
        sys.exit(f"gpu_images.py: {len(classes)} classes, not 10")
    rows = []
    for label, name in enumerate(sorted(classes)):
        for place, member in enumerate(sorted(classes[name], key=lambda m: m.name)):
            rows.append((place, label, member))
    rows.sort(key=lambda row: row[:2])
    for _, label, member in rows:
        picture = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
        if picture.size != (32, 32):
            sys.exit(f"gpu_images.py: {member.name} has {picture.size}, not 32 x 32 pixels")
        yield bytes([label]) + b"".join(plane.tobytes() for plane in picture.split())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = os.path.join(sys.argv[2], "cifar-10-batches-bin")
    with tarfile.open(sys.argv[1]) as archive:
        if any(name.endswith(".bin") for name in archive.getnames()):
            archive.extractall(sys.argv[2])
            return
        os.makedirs(folder, exist_ok=True)
        sets = pictures(archive)
        train = list(records(archive, sets["train"]))
        test = list(records(archive, sets["test"]))
    for part in range(5):
        size = len(train) // 5
        with open(os.path.join(folder, f"data_batch_{part + 1}.bin"), "wb") as out:
            out.write(b"".join(train[part * size : (part + 1) * size]))
    with open(os.path.join(folder, "test_batch.bin"), "wb") as out:
        out.write(b"".join(test))


main()
