#!/usr/bin/env python3
"""Writes tests/parity/fixtures from an implementation that shares nothing with the C++ one.

    python3 tests/parity/make_fixtures.py            # writes them
    python3 tests/parity/make_fixtures.py --check    # computes them again and compares
"""
import importlib
import sys

import case_rounding
import formula
import torch

CASES = ["rounding", "networks", "losses", "zskt", "minmax", "cmi", "cmi_iteration", "vaccine",
         "retrospection"]
TOLERANCE = 1e-5  # between two machines; the C++ tests allow 1e-4


def rounds_alike():
    """Whether float32 gives the bits of the machine that wrote the fixtures."""
    formula.DTYPE = torch.float32
    return case_rounding.fixtures()[0].difference()[0] == 0


def main():
    torch.set_num_threads(1)
    check = sys.argv[1:2] == ["--check"]
    only = sys.argv[2:] if check else sys.argv[1:]
    alike = not check or rounds_alike()
    failed, size = 0, 0
    for case in only or CASES:
        module = importlib.import_module(f"case_{case}")
        formula.DTYPE = getattr(module, "DTYPE", torch.float64)
        if not alike and formula.DTYPE == torch.float32:
            print(f"{case}: not compared, this machine rounds differently")
            continue
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
