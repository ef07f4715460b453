#!/usr/bin/env bash
# perf.sh DFKD_PERF: what bench/perf/compare.sh compares is there, on both sides.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
"$1" --benchmark_list_tests | /usr/bin/python3 -c '
import ast, sys

sys.dont_write_bytecode = True
sys.path.insert(0, "bench/perf")
import compare

ours = set(sys.stdin.read().split())
tree = ast.parse(open(compare.PEERS, encoding="utf-8").read())
steps = [node.value for node in tree.body
         if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STEPS"]
theirs = {key.value for key in steps[0].keys}
missing = {name for pair in compare.PAIRS for name in pair} - ours - theirs
missing |= {name for names in compare.CONVOLUTIONS.values() for name in names} - ours
missing |= theirs - {peer for peer, _ in compare.PAIRS}
sys.exit("not on both sides: " + ", ".join(sorted(missing)) if missing else 0)
'
