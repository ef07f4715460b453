#!/usr/bin/env python3
"""Writes tests/parity/fixtures from an implementation that shares nothing with the C++ one.

    python3 tests/parity/make_fixtures.py            # writes them
    python3 tests/parity/make_fixtures.py --check    # computes them again and compares
"""
import importlib
import sys

import torch

CASES = ["networks", "losses", "zskt", "minmax", "cmi", "cmi_iteration", "vaccine",
         "retrospection", "unlearning", "pruning", "patches", "inversion",
         "finetune", "warp", "pool_inversion", "masks", "cleanse", "detectors", "low_frequency",
         "transport"]
TOLERANCE = 2e-7  # of what float32 stores; in float64 machines agree far better


def main():
    torch.set_num_threads(1)
    check = sys.argv[1:2] == ["--check"]
    only = sys.argv[2:] if check else sys.argv[1:]
    failed, size = 0, 0
    for case in only or CASES:
        module = importlib.import_module(f"case_{case}")
        for fixture in module.fixtures():
            size += len(fixture.encode())
            if not check:
                fixture.write()
                continue
            worst, name = fixture.difference()
            failed += worst > TOLERANCE
            print(f"{fixture.name}: {worst:.1e} {name}")
    print(f"{size} bytes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
