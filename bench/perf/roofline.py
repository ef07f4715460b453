#!/usr/bin/env python3
"""roofline.py FILE [--bandwidth GB/S] [--peak GFLOP/S]: a table of the convolutions in FILE, the
JSON of

    build/dfkd_perf --benchmark_filter=Convolution --benchmark_format=json

Operations, bytes and their quotient are computed by formula (work.py), rates are measured. With the
bandwidth of this machine's memory and its best rate (of one core, as the benchmark runs) also what
the roofline allows: the lower of the two limits, and the share of it that is reached.
"""
import argparse
import json
import re
import sys

sys.dont_write_bytecode = True

import work  # noqa: E402

SIZES = {16: 32, 32: 32, 64: 16, 128: 8}  # of images, by channels: bench/perf/teacher_bench.cc
BYTES = {"fp32": 4, "bf16": 2}


def rows_of(benchmarks):
    rows = []
    for run in benchmarks:
        found = re.fullmatch(r"Convolution/c(\d+)_(fp32|bf16)", run["name"])
        if not found:
            continue
        channels, kind = int(found[1]), found[2]
        operations, size = work.convolution_benchmark(channels, SIZES[channels], BYTES[kind])
        rows.append({"channels": channels, "kind": kind, "gflop": operations / 1e9,
                     "mb": size / 1e6, "intensity": operations / size, "rate": run["GFLOP/s"]})
    return rows


def table(rows, bandwidth, peak):
    limits = bandwidth is not None and peak is not None
    head = ["channels", "pixels", "profile", "GFLOP", "MB", "FLOP a byte", "GFLOP/s"]
    lines = ["| " + " | ".join(head + (["roofline", "share"] if limits else [])) + " |",
             "|--:|--:|---|" + "--:|" * (6 if limits else 4)]
    for row in rows:
        size = SIZES[row["channels"]]
        cells = [str(row["channels"]), f"{size} × {size}", f"`{row['kind']}`",
                 f"{row['gflop']:.2f}", f"{row['mb']:.1f}", f"{row['intensity']:.0f}",
                 f"{row['rate']:.0f}"]
        if limits:
            limit = min(peak, row["intensity"] * bandwidth)
            cells += [f"{limit:.0f}", f"{100 * row['rate'] / limit:.0f} %"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="roofline.py")
    parser.add_argument("file")
    parser.add_argument("--bandwidth", type=float)
    parser.add_argument("--peak", type=float)
    given = parser.parse_args()
    with open(given.file, encoding="utf-8") as file:
        rows = rows_of(json.load(file)["benchmarks"])
    if not rows:
        parser.error(f"{given.file} holds no benchmark called Convolution/c<channels>_<profile>")
    print(table(rows, given.bandwidth, given.peak))


if __name__ == "__main__":
    main()
