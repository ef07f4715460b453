#!/usr/bin/env bash
# hosts.sh DFKD SCRATCH: three runners on one store, each as on a host of its own: another name, no
# network in common, process ids that mean nothing to the others. One of them dies at work. Nothing
# is lost, wrong or computed twice.
set -euo pipefail
dfkd=$(readlink -f "$1") scratch=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
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
# A host whose clock is two hours ahead of the file server's collects nothing that is new.
if g++ -shared -fPIC -o ahead.so "$here/skewed_clock.cc"; then
  ahead=(env "LD_PRELOAD=$PWD/ahead.so" SKEW=7200)
  now=$(date +%s)
  [ "$("${ahead[@]}" date +%s)" -ge $((now + 7000)) ] || fail "no clock was moved"
  mkdir -p shared/work/.trash-new
  "${ahead[@]}" "$dfkd" gc --store shared >ahead.log 2>&1 || fail "gc: $(cat ahead.log)"
  [ -d shared/work/.trash-new ] || fail "gc took what is new for old: $(cat ahead.log)"
  "${ahead[@]}" "$dfkd" run "${chosen[@]}" --store shared --out ahead-scores >ahead.log 2>&1 ||
    fail "ahead: $(cat ahead.log)"
  [ -d shared/work/.trash-new ] || fail "a run took what is new for old: $(cat ahead.log)"
  touch -d '2 hours ago' shared/work/.trash-new
  "$dfkd" gc --store shared >ahead.log 2>&1 || fail "gc: $(cat ahead.log)"
  [ ! -e shared/work/.trash-new ] || fail "gc leaves what is old: $(cat ahead.log)"

  # A clock that is put two hours ahead in the middle of a run, and then two hours behind.
  published() { find "$1" -mindepth 4 -maxdepth 4 -name manifest.json | wc -l; }
  digests() { cat "$1"/*/??/*/manifest.json | grep '^ "digest": ' | sort; }
  step() {  # step SECONDS COUNT: once so many artifacts are there
    until [ "$(published stepped)" -ge "$2" ]; do
      kill -0 "$pid" 2>/dev/null || fail "no time for a step of $1 s: $(cat stepped.log)"
      sleep 0.02
    done
    echo "$1" >next && mv next skew
  }
  all=$(published alone)
  mkdir -p stepped
  echo 0 >skew
  env "LD_PRELOAD=$PWD/ahead.so" "SKEW=$PWD/skew" \
    "$dfkd" run "${chosen[@]}" --store stepped --out stepped-scores >stepped.log 2>&1 &
  pid=$!
  step 7200 $((all / 4))
  [ "$(env "LD_PRELOAD=$PWD/ahead.so" "SKEW=$PWD/skew" date +%s)" -ge $((now + 7000)) ] ||
    fail "no clock was stepped"
  step -7200 $((all / 2))
  wait "$pid" || fail "stepped: exit code $?: $(cat stepped.log)"
  [ "$(digests stepped)" = "$(digests alone)" ] || fail "stepped: other digests"
  [ -z "$(grep -o '"key":"[0-9a-f]*"' stepped/history.jsonl | sort | uniq -d)" ] ||
    fail "stepped: something was computed twice"
fi
# The clock of one of them is half a minute ahead of the file server's, and it lists a file only two
# seconds after it was made; the store is small and may hold few files.
told() { grep -q -- "$2" "$1.log" || fail "doctor on $1 does not say '$2': $(cat "$1.log")"; }
mkdir small
if g++ -shared -fPIC -o clock.so "$here/skewed_clock.cc" &&
  g++ -shared -fPIC -o late.so "$here/late_listing.cc" &&
  mount -t tmpfs -o size=64m,nr_inodes=5000 small small; then
  trap 'umount -l "$PWD/small"' EXIT
  odd=(env "LD_PRELOAD=$PWD/clock.so $PWD/late.so" SKEW=30 LATE_NAME=made LATE_SECONDS=2.2)
  pids=()
  doctor=("$dfkd" doctor --store small --meet 20)
  "${as_host[@]}" "${named[@]}" even "${doctor[@]}" >even.log 2>&1 & pids+=($!)
  "${as_host[@]}" "${named[@]}" odd "${odd[@]}" "${doctor[@]}" >odd.log 2>&1 & pids+=($!)
  for pid in "${pids[@]}"; do
    code=0
    wait "$pid" || code=$?
    [ $code = 1 ] || fail "doctor: exit code $code, not 1: $(cat even.log odd.log)"
  done
  told even '^  with odd (clock -\(29\|30\)\.'
  told odd '^  with even (clock [-+]0\.'
  told odd '^  problem: its clock is -30 s off that of this host'
  ! grep -q 'its clock' even.log || fail "doctor on even: $(cat even.log)"
  for host in even odd; do
    told $host '^  problem: only 6[0-9] MB are free'
    told $host '^  problem: only 4[0-9]* more files can be made'
    told $host '^  problem: what one host makes is seen by the other, .*, after [2-9]\.[0-9] s'
    ! grep -q 'what one host re' $host.log || fail "doctor on $host: $(cat $host.log)"
  done
  [ -z "$(ls -A small)" ] || fail "doctor leaves $(ls -A small)"
else
  echo "no compiler, or no small disk: no host with another clock"
fi

left=$(find shared/work -mindepth 1 -maxdepth 1 ! -name '.guard' | wc -l)
[ "$left" = 0 ] || fail "left in work/: $(ls -A shared/work)"
echo "ok"
