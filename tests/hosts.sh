#!/usr/bin/env bash
# hosts.sh DFKD SCRATCH: three runners on one store, each as on a host of its own: another name, no
# network in common, process ids that mean nothing to the others. One of them dies at work. Nothing
# is lost, wrong or computed twice.
set -euo pipefail
dfkd=$(readlink -f "$1") scratch=$2
fail() { echo "hosts: $*" >&2; exit 1; }
as_host=(unshare --net --uts --pid --fork --kill-child --mount-proc)
[ "$(id -u)" = 0 ] && "${as_host[@]}" hostname elsewhere 2>/dev/null ||
  { echo "skipped: only root can make hosts (unshare)"; exit 77; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$PWD/data OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
chosen=(smoke --distillers ood_kd --defenses none,sr --jobs 1)
"$dfkd" run "${chosen[@]}" --store alone --out alone-scores >alone.log 2>&1 ||
  fail "alone: $(cat alone.log)"

start() {  # start HOST: sets `pid`
  setsid "${as_host[@]}" sh -c 'hostname "$0" && exec "$@"' "$1" \
    "$dfkd" run "${chosen[@]}" --store shared --out "$1-scores" >"$1.log" 2>&1 &
  pid=$!
}
start mortal
mortal=$pid
until compgen -G 'shared/work/*/lease' >/dev/null; do
  kill -0 "$mortal" 2>/dev/null || fail "mortal had ended: $(cat mortal.log)"
  sleep 0.02
done
kill -9 -- "-$mortal" || fail "mortal had ended"
wait "$mortal" 2>/dev/null || true
# The others cannot know that its process is gone, only that it gives no sign of life: as if a
# minute had passed.
for lease in shared/work/*/lease; do
  [ ! -e "$lease" ] || touch -d '2 minutes ago' "$lease"
done
pids=()
for host in alpha beta gamma; do
  start "$host"
  pids+=("$pid")
done
for pid in "${pids[@]}"; do
  wait "$pid" || fail "exit code $?: $(cat alpha.log beta.log gamma.log)"
done

/usr/bin/python3 - <<'PY'
import collections, glob, json, os, sys

def manifests(store):
    found = {}
    for file in glob.glob(store + "/*/??/*/manifest.json"):
        if not file.startswith(store + "/damaged/"):
            found["/".join(file.split("/")[1::2][:2])] = json.load(open(file, encoding="utf-8"))
    return found

def scores(folder):
    found = {}
    for file in glob.glob(folder + "/*.json"):
        score = json.load(open(file, encoding="utf-8"))
        if "cell" in score:
            del score["cost"], score["provenance"]["created"]
            found[os.path.basename(file)] = score
    return found

problems = []
alone, shared = manifests("alone"), manifests("shared")
for ref, manifest in alone.items():
    if ref not in shared:
        problems.append(f"{ref}: missing")
    elif shared[ref]["digest"] != manifest["digest"]:
        problems.append(f"{ref}: another digest")
lines = [json.loads(line)["key"] for line in open("shared/history.jsonl", encoding="utf-8")]
problems += [f"{key}: published {n} times"
             for key, n in collections.Counter(lines).items() if n > 1]
for host in ("alpha", "beta", "gamma"):
    if not scores(host + "-scores") or scores(host + "-scores") != scores("alone-scores"):
        problems.append(f"{host}: other scores")
by = collections.Counter(manifest["facts"]["host"] for manifest in shared.values())
if not set(by) <= {"mortal", "alpha", "beta", "gamma"}:
    problems.append(f"computed by {by}")
print(f"{len(shared)} artifacts, computed by {dict(by)}")
sys.exit("\n".join(problems) or 0)
PY
# Two that meet at a store are two hosts, or are told that they are one.
mkdir meeting
doctor=("$dfkd" doctor --store meeting --meet 20)
"${doctor[@]}" >one.log 2>&1 & pid=$!
"${doctor[@]}" >two.log 2>&1 && wait $pid ||
  fail "nobody is met on one host: $(cat one.log two.log)"
grep -q '^  with this host, another process ' one.log || fail "one host: $(cat one.log)"
named=(sh -c 'hostname "$0" && exec "$@"')
"${as_host[@]}" "${named[@]}" alpha "${doctor[@]}" >one.log 2>&1 & pid=$!
"${as_host[@]}" "${named[@]}" beta "${doctor[@]}" >two.log 2>&1 && wait $pid ||
  fail "two hosts do not meet: $(cat one.log two.log)"
grep -q '^  with beta ' one.log || fail "two hosts: $(cat one.log)"

left=$(find shared/work -mindepth 1 -maxdepth 1 ! -name '.guard' | wc -l)
[ "$left" = 0 ] || fail "left in work/: $(ls -A shared/work)"
echo "ok"
