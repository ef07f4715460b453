#!/usr/bin/env bash
# nightly_order.sh SCRATCH: what bench/nightly.sh asks for, and in which order, what it does when
# something fails, is short of time, stopped or killed, and what its report says, with a program
# that answers from files and computes nothing.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
scratch=$1
fail() { echo "nightly_order: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/tree/bench" "$scratch/bin" "$scratch/here you are/results/toy"
cp "$source"/bench/{nightly.sh,nightly_report.py,packages.sh} "$scratch/tree/bench/"
cd "$scratch/here you are"  # nothing of it may break at blanks
tree=$(realpath ../tree) bin=$(realpath ../bin)
echo 'touch "$(dirname "$0")/../built"; exit 1' >"$tree/bench/quickstart.sh"
: >results/toy/abd.jsonl

# --- a program that answers from files: `does` is what its runs do, `fails` what it refuses

cat >dfkd <<'SH'
#!/usr/bin/env bash
folder=$(dirname "$0")
echo "$*" >>"$folder/calls"
if [ -s "$folder/fails" ] && grep -qE -f "$folder/fails" <<<"$*"; then
  printf 'so much\nno luck with %s\n' "$2" >&2
  exit 2
fi
case "$1 $2" in
  'results stale') cat "$folder/stale" ;;
  'results sample') cat "$folder/sample" ;;
  'results add') cat "$folder/added" ;;
  'results verify') echo '{"matrix": "toy", "same": ["a-cell"], "promoted": [], "moved": []}' ;;
  run*) . "$folder/does" ;;
esac
SH
chmod +x dfkd
cat >"$bin/timeout" <<'SH'
#!/usr/bin/env bash
echo "seconds $3" >>"$(dirname "$4")/calls"
exec /usr/bin/timeout "$@"
SH
chmod +x "$bin/timeout"
row() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "cell-$1" "$2" "$3" ''; }  # of `dfkd results stale`
drawn() { printf '%s\tshapes\tnone\tood_kd\t0\t0\tcell-%s\n' "$1" "$1"; }  # of `results sample`
afresh() {
  rm -rf work
  : >stale
  : >sample
  : >fails
  echo '{"matrix": "toy", "added": [], "moved": []}' >added
  echo 'exit 0' >does
}
night() {  # night <exit code> <flags>
  local wanted=$1 code=0
  shift
  : >calls
  PATH=$bin:$PATH bash "$tree/bench/nightly.sh" --matrix 'my toy' --results results --work work \
    "$@" >night.log 2>&1 || code=$?
  [ $code = "$wanted" ] || fail "a night ends with $code, not $wanted: $(cat night.log)"
}
stub() { night "$@" --program "$PWD/dfkd"; }
runs() { grep '^run' calls | grep -oE -- '--defenses [a-z]+|--retry-failed' | tr '\n' ' ' || :; }
reports() {  # reports <line of the report>…
  local line
  for line in "$@"; do
    grep -qxF -- "$line" work/report.md || fail "does not report '$line' but: $(cat work/report.md)"
  done
}
called() { grep -q -- "$1" calls || fail "never called: $1; but: $(cat calls night.log)"; }

# --- what failed is tried again, after all others

afresh
{
  row abd missing -
  row none stale 2024-01-01T00:00:00Z
  row abd failed 1970-01-01T00:00:00Z
  row sv failed 2023-01-01T00:00:00Z
} >stale
echo 'exit 1' >does
orders=
for seed in 1 2 3 4 5 6 7 8; do
  stub 0 --seed $seed
  case $(runs) in
    '--defenses abd --defenses none --defenses abd --retry-failed --defenses sv --retry-failed ')
      orders+=a ;;
    '--defenses abd --defenses none --defenses sv --retry-failed --defenses abd --retry-failed ')
      orders+=s ;;
    *) fail "computes $(runs)" ;;
  esac
done
[[ $orders = *a* && $orders = *s* ]] || fail "the same failure is always the first: $orders"
grep -q 'Entries that still wait: 2\. Entries with failed cells: 2\.' work/report.md ||
  fail "the report: $(cat work/report.md)"

# --- what fails is told, and all else is done

afresh
{ row abd missing -; row none missing -; } >stale
drawn sv >sample
echo 'run.*--defenses abd' >fails
stub 4
[ "$(runs)" = '--defenses sv --defenses abd --defenses none ' ] || fail "computes $(runs)"
called '^results add my toy --defenses none'
called '^site '
reports '| my toy abd | 2 | no luck with my toy |'
[ "$(grep -c 'no luck' work/report.md)" = 1 ] || fail "tells more: $(cat work/report.md)"
grep -qF '"what": "my toy abd"' work/report.json || fail "report.json: $(cat work/report.json)"

echo '^results (verify|add my toy --defenses none)' >fails  # the second of them
stub 4
[ "$(runs)" = '--defenses sv --defenses abd --defenses none ' ] || fail "computes $(runs)"
reports '| my toy sv | 2 | no luck with verify |' '| my toy none | 2 | no luck with add |'

echo '^results (stale|sample) other' >fails
stub 4 --matrix other
[ "$(runs)" = '--defenses sv --defenses abd --defenses none ' ] || fail "computes $(runs)"
reports '| other | 2 | no luck with stale |' '| other | 2 | no luck with sample |'

: >fails
echo 'kill -9 $$' >does  # as the kernel does when memory is short, long before its time
stub 4
reports '| my toy abd | 137 | killed by signal 9 |'

afresh
echo '^site' >fails
stub 4
reports '| site | 2 | no luck with --results |'
rm -rf results.kept
mv results results.kept
stub 0
grep -q 'no site: there are no results yet' night.log || fail "without results: $(cat night.log)"
mv results.kept results

# Of the tree's own results the README speaks.
mkdir -p "$tree/tests" "$tree/leaderboard/results"
printf '%s\n' 'echo "a README of another age" >&2' 'exit 1' >"$tree/tests/readme.sh"
: >fails
stub 4 --results "$tree/leaderboard/results"
reports '| README | 1 | a README of another age |'

# What has moved is more than what failed.
{ row abd missing -; row none missing -; } >stale
echo 'run.*--defenses abd' >fails
cat >added <<'JSON'
{"matrix": "toy", "added": ["a-cell"], "moved": [{"cell": "a-cell", "entry": "none",
 "how": "ACC 90.00 % became 80.00 %", "changed": [], "commit": "", "created": "", "acc": -10.0,
 "asr": null}]}
JSON
stub 3
reports '| my toy abd | 2 | no luck with my toy |'
grep -q '^| toy | none | 2 | ACC -10\.00 | unknown' work/report.md ||
  fail "does not name the entry that has moved: $(cat work/report.md)"

# --- a recheck without time is told, and the next night goes on

afresh
{ drawn abd; drawn sv; } >sample
echo 'case "$*" in *"--defenses abd"*) mkdir -p work/again/begun; exit 124 ;; esac' >does
stub 0
reports '| my toy | cell-abd | the next night goes on |'
[ -d work/again/begun ] || fail "what was begun is lost"
[ "$(cat work/rechecks)" = "1"$'\t'"my toy"$'\t'"$(drawn abd)" ] ||
  fail "pending are: $(cat work/rechecks)"
drawn none >sample
stub 0
[ "$(runs)" = '--defenses abd ' ] || fail "with a recheck pending it computes $(runs)"
[ -d work/again/begun ] || fail "what was begun is lost in the second night"
stub 0
reports '| my toy | cell-abd | given up after 3 nights |'
[ ! -s work/rechecks ] && [ ! -e work/again ] || fail "what was given up is still pending"
stub 0
[ "$(runs)" = '--defenses none ' ] || fail "after what was given up it computes $(runs)"

drawn abd >sample
stub 0
echo '# another one' >>dfkd
echo '[ ! -e work/again/begun ] || exit 2' >does
stub 0  # what another program has begun is none of this one's
[ ! -s work/rechecks ] || fail "what was computed once more is still pending"
grep -q 'with the same outcome: 1\.' work/report.md || fail "compares not: $(cat work/report.md)"

# A quarter of the budget that is over before they begin.
printf '%s\n' '[ ! -e slept ] || exit 0' 'touch slept' 'sleep 2' >does
{ drawn abd; drawn sv; } >sample
stub 0 --budget 4s
reports '| my toy | cell-sv | the next night goes on |'
[ "$(tail -n 1 work/rechecks | cut -f 1,3)" = "0"$'\t'sv ] ||
  fail "a recheck that was not begun: $(cat work/rechecks)"

# A pending cell whose result is of other keys since: nothing would compare it.
afresh
drawn abd >sample
echo 'exit 124' >does
stub 0
[ "$(cut -f 3 work/rechecks)" = abd ] || fail "pending are: $(cat work/rechecks)"
row abd stale 2024-01-01T00:00:00Z >stale
drawn sv >sample
echo 'exit 0' >does
stub 0
[ "$(runs)" = '--defenses sv --defenses abd ' ] || fail "with what is stale it computes $(runs)"
[ "$(grep -c '^results verify' calls)" = 1 ] && called '^results verify my toy .*--defenses sv' ||
  fail "compares $(grep '^results verify' calls)"

# Nights of other matrices leave it alone.
afresh
drawn sv >sample
echo 'exit 124' >does
stub 0
: >sample
stub 0 --matrix other
grep -q -- '--defenses sv' calls || fail "a pending recheck waits: $(cat calls)"
afresh
drawn abd >sample
echo 'exit 124' >does
stub 0
sed -i 's/my toy/not of tonight/' work/rechecks
: >sample
stub 0
[ "$(cut -f 2 work/rechecks)" = 'not of tonight' ] || fail "lost: $(cat work/rechecks)"

# --- nobody keeps all others waiting

afresh
for entry in abd none sr sv; do row $entry missing -; done >stale
row nc failed 2023-01-01T00:00:00Z >>stale
echo 'case "$*" in *"--defenses abd"*) [ -e cut ] || { touch cut; exit 124; } ;; esac' >does
stub 0 --budget 400s
all='--defenses abd --defenses none --defenses sr --defenses sv --defenses abd --defenses nc '
[ "$(runs)" = "$all--retry-failed " ] || fail "shares: $(runs)"
mapfile -t seconds < <(sed -n 's/^seconds //p' calls)
within() { [ "$1" -gt $(($2 - 20)) ] && [ "$1" -le "$2" ] || fail "$1 seconds of $2 for $3"; }
within "${seconds[0]}" 100 'the first of four'
within "${seconds[1]}" 133 'the first of three'
within "${seconds[3]}" 400 'the last'
within "${seconds[4]}" 400 'who ran out of its share'

# --- a night that is stopped

afresh
{ row abd missing -; row none missing -; } >stale
drawn sv >sample
cat >does <<'SH'
case "$*" in *'--defenses sv'*) exit 0 ;; esac
trap 'kill $!; exit 130' TERM
sleep 60 &
kill -TERM "$(cut -d ' ' -f 4 /proc/$PPID/stat)"  # what started timeout
wait
SH
stub 130
[ "$(runs)" = '--defenses sv --defenses abd ' ] || fail "stopped, it computes $(runs)"
called '^results add my toy --defenses abd'
called '^site '
reports 'A signal stopped it before its time.'
! grep -q 'Could not be done' work/report.md || fail "a stop is no failure: $(cat work/report.md)"

# --- a night that is killed

afresh
{ drawn abd; drawn sv; } >sample
cat >does <<'SH'
kill -9 "$(cut -d ' ' -f 4 /proc/$PPID/stat)"
until [ -e go ]; do sleep 0.05; done
SH
stub 137
: >sample
! flock -n work/lock true || fail "it is killed, what it computes goes on, and another may begin"
touch go
flock -w 20 work/lock true || fail "what a killed night leaves never ends"
echo 'exit 0' >does
stub 0
[ "$(runs)" = '--defenses abd --defenses sv ' ] || fail "after a killed night: $(runs)"
[ ! -s work/rechecks ] && [ ! -e work/again ] || fail "rechecks are left"

# --- what committed results took: shared stages once, and all of their bytes

result() {  # result <defence> <CPU-seconds> <its distillation> <seconds> <total>
  printf '{"schema": "results.v1", "cell": {"defense": "%s"}, "cost": {"cpu_seconds": %s,
    "stages": {"transfer_set bank": 360, "distill it": %s}, "wall_seconds": %s,
    "total_seconds": %s}, "provenance": {"stages": {"transfer_set bank": ["bank", "d"],
    "distill it": ["%s", "d"], "teacher toy": ["teacher", "d"]}}}' \
    "$1" "$2" "$4" "$((360 + $4))" "$5" "$3" | tr -d '\n'
  echo
}
mkdir -p took/toy
{
  echo '{"schema": "results_context.v1"}'
  result abd 720 one 720 1440
  result sv 1440 two 1080 1980
} >took/toy/abd.jsonl
"$(command -v python3)" "$source/bench/results_cost.py" took >took.txt
for line in 'abd                  1 cells  720.0 CPU-s each' \
  "the defender's part, each cell by itself: 0.60 CPU-h" \
  "every stage once, on the clock: 0.60 h the defender's, at most 0.15 h teachers, at most 0.20 h\
 evaluations"; do
  grep -qxF -- "$line" took.txt || fail "does not say '$line' but: $(cat took.txt)"
done
grep -q "^2 results, .* $(stat -c %s took/toy/abd.jsonl) bytes in all" took.txt ||
  fail "the bytes: $(cat took.txt)"

# --- one night at a time, from the build on; one that cannot begin leaves no report of another one

(
  flock 9
  night 2
) 9>work/lock
grep -q 'work is in use by another nightly run' night.log || fail "says $(cat night.log)"
[ ! -e "$tree/built" ] || fail "two nights build at once"
[ -e work/report.md ] || fail "takes away the report of the night that runs"
night 2
[ -e "$tree/built" ] || fail "a night alone builds nothing"
[ ! -e work/report.md ] && [ ! -e work/report.json ] || fail "an old report is left"

refused() {  # refused <part of the message> <flags>
  local part=$1
  shift
  stub 2 "$@"
  grep -qF -- "$part" night.log || fail "$*: does not say '$part' but: $(cat night.log)"
}
refused "--budget 'soon' must be" --budget soon
refused "--percent '101' must be" --percent 101
refused "--seed '-1' must be" --seed -1
refused "unknown argument '--fast'" --fast
night 2 --program nowhere
grep -q 'nowhere: no program' night.log || fail "says $(cat night.log)"

# --- the report names every plugin that is to blame, and survives what blames nobody

mkdir -p work/tonight plugins/abd plugins/blend
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
  GIT_COMMITTER_EMAIL=a@b
commit() { git -C plugins add -A && git -C plugins commit -qm "$1"; }
git -C plugins init -q
echo '// a plugin' | tee plugins/abd/abd.h >plugins/blend/blend.h
was=$(sha256sum <plugins/abd/abd.h | cut -c 1-64)
commit 'Add them'
echo '// another one' >plugins/abd/abd.h
commit 'Change abd'
echo '// yet another' >plugins/blend/blend.h
commit 'Change blend'
cat >"$bin/cmake" <<'SH'
#!/usr/bin/env bash
for one in "$@"; do
  case $one in -DLIST=*) list=${one#*=} ;; -DUNIT=*) unit=${one#*=} ;; esac
done
echo "\"$(cat "$(cat "$list")"/* | sha256sum | cut -c 1-64)\"" >"$unit"
SH
chmod +x "$bin/cmake"
: >work/waiting
rm -f work/tonight/*
change() {  # change <plugin>: as `dfkd results` tells
  printf '{"plugin": "%s", "was": "%s", "folder": "%s/plugins/%s"}' "$1" "$was" "$PWD" "${1#* }"
}
moved() {  # moved <entry> <cell> <ACC> <changes>
  printf '{"cell": "%s", "entry": "%s", "how": "ACC moved", "changed": [%s], "commit": "",
           "created": "", "acc": %s, "asr": 1.5}' "$2" "$1" "$4" "$3"
}
cat >work/tonight/000001.json <<JSON
{"matrix": "toy", "same": [], "promoted": [], "moved": [
 $(moved abd a-cell -4.25 "$(change 'defense abd'), $(change 'attack blend')"),
 $(moved abd b-cell 0.5 "$(change 'defense abd'), $(change 'attack blend')"),
 $(moved none c-cell 1 "$(change 'attack blend')")]}
JSON
echo 'no JSON' >work/tonight/000002.json
python=$(python3 -c 'import sys; print(sys.executable)')
writes() {  # writes <PATH>
  local code=0
  rm -f work/report.md
  PATH=$1 "$python" "$tree/bench/nightly_report.py" --work work --source "$source" --matrices toy \
    >report.log 2>&1 || code=$?
  [ $code = 3 ] || fail "the report ends with $code, not 3: $(cat report.log)"
}
named() { git -C plugins log -1 --format='%h %s' --grep "$1"; }
writes "$bin:$PATH"
both="defense abd: $(named 'Change abd'); attack blend: $(named 'Change blend')"
reports "| toy | abd | 2 | ACC -4.25, ASR +1.50 | $both |" \
  "| toy | none | 1 | ACC +1.00, ASR +1.50 | attack blend: $(named 'Change blend') |" \
  "| abd | b-cell | ACC moved | same | $both |"
grep -q '^| 000002.json | - |' work/report.md || fail "an answer that was cut is passed over"

nowhere="unknown: [Errno 2] No such file or directory: 'git'"
writes /nowhere
reports "| none | c-cell | ACC moved | same | attack blend: $nowhere |"
printf '#!/bin/sh\nexit 1\n' >"$bin/cmake"
writes "$bin:$PATH"
grep -q 'attack blend: unknown: .* returned non-zero exit status 1' work/report.md ||
  fail "without CMake: $(cat work/report.md)"
