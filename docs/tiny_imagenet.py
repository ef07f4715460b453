#!/usr/bin/env python3
"""Rearranges the official archive of Tiny-ImageNet into what the data set image_folder reads.

    python3 docs/tiny_imagenet.py tiny-imagenet-200.zip OUT

writes OUT/train/<class>/*.JPEG and OUT/test/<class>/*.JPEG. The archive's validation images, whose
classes stand in a table, become the test set; its own test images have no published classes and are
left out. OUT must not exist, and appears when all of it is written.
"""
import pathlib
import shutil
import sys
import zipfile

ROOT = "tiny-imagenet-200"


def fail(message):
    print(f"tiny_imagenet: {message}", file=sys.stderr)
    sys.exit(2)


def places(archive):
    """Member of the archive -> its place below OUT."""
    names = set(archive.namelist())
    table = f"{ROOT}/val/val_annotations.txt"
    if table not in names:
        fail(f"{archive.filename}: {table} is missing; this is not the official archive")
    result = {}
    for name in sorted(names):  # tiny-imagenet-200/train/<class>/images/<file>
        parts = name.split("/")
        if len(parts) == 5 and parts[:2] == [ROOT, "train"] and parts[3] == "images" and parts[4]:
            result[name] = pathlib.PurePath("train", parts[2], parts[4])
    classes = {place.parts[1] for place in result.values()}
    for line in archive.read(table).decode().splitlines():
        file, label = line.split("\t")[:2]
        member = f"{ROOT}/val/images/{file}"
        if member not in names:
            fail(f"{archive.filename}: {member} is in the table and not in the archive")
        if label not in classes:
            fail(f"{archive.filename}: {file} is of class {label}, which has no training images")
        result[member] = pathlib.PurePath("test", label, file)
    return result


def main():
    if len(sys.argv) != 3:
        fail("usage: tiny_imagenet.py tiny-imagenet-200.zip OUT")
    source, out = sys.argv[1], pathlib.Path(sys.argv[2])
    if out.exists():
        fail(f"{out} is there already; name a folder that is not")
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with zipfile.ZipFile(source) as archive:
            for member, place in places(archive).items():
                if any(part in ("", ".", "..") or "\\" in part for part in place.parts):
                    fail(f"{source}: {member} is no name of a picture")
                (partial / place).parent.mkdir(parents=True, exist_ok=True)
                (partial / place).write_bytes(archive.read(member))
    except (OSError, zipfile.BadZipFile) as error:
        fail(f"{source}: {error}")
    partial.rename(out)
    counts = {part: sum(1 for _ in (out / part).glob("*/*")) for part in ("train", "test")}
    classes = sum(1 for _ in (out / "train").iterdir())
    print(f"{out}: {classes} classes, {counts['train']} training and {counts['test']} test images")


if __name__ == "__main__":
    main()
