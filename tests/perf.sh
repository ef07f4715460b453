#!/usr/bin/env bash
# perf.sh DFKD_PERF: what bench/perf/compare.sh compares is there, on both sides; what the peers
# compute (where there is a PyTorch); what bench/perf/gpu_report.py and roofline.py make of
# measurements that were made up; that gpu.sh knows its steps, takes them in their order, and leaves
# no file that is too large to be taken home.
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
missing = {peer for peer, _ in compare.PAIRS} - theirs
missing |= {mine for _, mine in compare.PAIRS} - ours
missing |= {name for names in compare.CONVOLUTIONS.values() for name in names} - ours
missing |= {f"Convolution/c{c}_{kind}" for c in roofline.SIZES for kind in roofline.BYTES} - ours
missing |= theirs - {peer for peer, _ in compare.PAIRS}
# A round is compared under each of the two defences that have a step or a penalty in it.
missing |= {f"ZsktRound/{who}fp32" for who in ("", "sv_", "sr_")} - {
    mine for peer, mine in compare.PAIRS if peer == mine[:-4] + "reference"}
missing |= compare.LONG - theirs
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
# In a copy: it empties folders beside itself. Its dfkd notes when it was called, in the store.
fail() { echo "perf: gpu.sh: $*" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/tree/bench" "$scratch/build" "$scratch/pack/packages"
cp -r bench/perf bench/packages.sh "$scratch/tree/bench/"
cat >"$scratch/build/dfkd" <<'DFKD'
#!/usr/bin/env bash
while [ "$1" != --store ]; do shift; done
mkdir -p "$2" && echo called >>"$2/history.jsonl"
DFKD
chmod +x "$scratch/build/dfkd"
gpu() {
  bash "$scratch/tree/bench/perf/gpu.sh" --rehearse --build "$scratch/build" \
    --out "$scratch/out" "$@" >"$scratch/log" 2>&1 || fail "$* ends with $?: $(cat "$scratch/log")"
}

# Without time for any of them each step says that it was left out, in its order.
gpu --seconds 1
order=$(cut -f1 "$scratch/out/results.tsv" | tr '\n' ' ')
[ "$order" = "machine build checks rounds-fp32 concurrent-2 peers-round matrix ceiling steps-fp32 \
peers profiles matrix-again summary store " ] || fail "its order is $order"

# What the first part of the matrix has computed is there in the second, and what an earlier call
# has left is put there once.
mkdir "$scratch/matrix"
echo earlier >"$scratch/matrix/history.jsonl"
tar -C "$scratch" -cf "$scratch/pack/store.tar.aa" matrix
gpu --seconds 90 --only matrix,store --pack "$scratch/pack"
[ "$(cut -f1,2 "$scratch/out/results.tsv" | tr '\t\n' ' ;')" = \
  "matrix ok;matrix-again ok;store ok;" ] || fail "$(cat "$scratch/out/results.tsv")"
[ "$(tar -xOf "$scratch/out/store.tar.aa" matrix/history.jsonl | tr '\n' ' ')" = \
  "earlier called called " ] || fail "the store is not the one that it went on with"
tar -tzf "$scratch/out/report.tar.gz" | grep -x ./matrix-again.log >/dev/null ||
  fail "a log is not reported"

# A report that would be too large lacks its largest files, as few as have to.
. bench/perf/pack_report.sh
mkdir -p "$scratch/found/scores"
head -c 3000000 /dev/urandom >"$scratch/found/scores/large"
head -c 1000000 /dev/urandom >"$scratch/found/medium.log"
echo small >"$scratch/found/small.log"
members() {  # members <bytes>
  pack_report "$scratch/found" "$scratch/report.tar.gz" "$1" || fail "no report of $1 bytes"
  [ "$(stat -c %s "$scratch/report.tar.gz")" -le "$1" ] || fail "the report has more than $1 bytes"
  tar -tzf "$scratch/report.tar.gz" | tr '\n' ' '
}
all="./medium.log ./scores/large ./small.log "
[ "$(members 5000000)" = "$all" ] || fail "of 5 MB: $(members 5000000)"
[ "$(members 2000000)" = "./left_out.txt ./medium.log ./small.log " ] || fail "$(members 2000000)"
[ "$(tar -xOf "$scratch/report.tar.gz" ./left_out.txt)" = ./scores/large ] || fail "says not what"
[ "$(members 10000)" = "./left_out.txt ./small.log " ] || fail "of 10 KB: $(members 10000)"
[ "$(members 5000000)" = "$all" ] || fail "it still says that files are left out"
pack_report "$scratch/found" "$scratch/report.tar.gz" 10 && fail "a report of ten bytes"
[ "$(tar -tzf "$scratch/report.tar.gz" | tr '\n' ' ')" = "$all" ] || fail "the last one is gone"

status=0
/usr/bin/python3 -B tests/perf_peers.py || status=$?
[ $status = 0 ] || [ $status = 77 ] || { echo "perf: peers end with $status" >&2; exit 1; }
/usr/bin/python3 -B tests/perf_report.py
