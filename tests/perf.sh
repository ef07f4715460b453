#!/usr/bin/env bash
# perf.sh DFKD_PERF: what bench/perf/compare.sh compares is there, on both sides; what
# bench/perf/gpu_report.py and roofline.py make of measurements that were made up; that gpu.sh knows
# its steps.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
"$1" --benchmark_list_tests | /usr/bin/python3 -c '
import ast, sys

sys.dont_write_bytecode = True
sys.path.insert(0, "bench/perf")
import compare, roofline

ours = set(sys.stdin.read().split())
tree = ast.parse(open(compare.PEERS, encoding="utf-8").read())
steps = [node.value for node in tree.body
         if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STEPS"]
theirs = {key.value for key in steps[0].keys}
missing = {name for pair in compare.PAIRS for name in pair} - ours - theirs
missing |= {name for names in compare.CONVOLUTIONS.values() for name in names} - ours
missing |= {f"Convolution/c{c}_{kind}" for c in roofline.SIZES for kind in roofline.BYTES} - ours
missing |= theirs - {peer for peer, _ in compare.PAIRS}
sys.exit("not on both sides: " + ", ".join(sorted(missing)) if missing else 0)
'
status=0
"$1" --device nowhere --benchmark_list_tests >/dev/null 2>&1 || status=$?
[ $status = 2 ] || { echo "perf: --device nowhere ends with $status, not 2" >&2; exit 1; }
# The number that is none keeps it from beginning whatever it thinks of the step.
status=0
said=$(bash bench/perf/gpu.sh --only checks,smoke --seconds none 2>&1) || status=$?
[ $status = 2 ] && [[ $said = *'--only smoke'*' checks '* ]] ||
  { echo "perf: gpu.sh --only checks,smoke ends with $status: $said" >&2; exit 1; }
exec /usr/bin/python3 -B tests/perf_report.py
