#!/usr/bin/env bash
# results.sh DFKD SCRATCH: results from a store into files, what of them is current, how they are
# promoted, and which counts when an option goes back to what it was; then settings that `dfkd tune`
# chooses, twice the same.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
dfkd=$(realpath "$1") scratch=$2
fail() { echo "results: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$PWD/data

matrix() {  # matrix <epochs of the teacher>
  cat <<JSON
{"schema": "matrix.v1", "name": "results_toy", "summary": "seconds", "demonstration": true,
 "teacher": {"epochs": $1, "batch_size": 64},
 "blocks": [{"datasets": ["shapes"], "attacks": ["none"],
   "networks": [{"teacher": "vgg-s-4", "student": "vgg-s-4"}],
   "distillers": [{"id": "ood_kd", "plugin": "ood_kd", "options":
     {"source": "bank", "bank": "solids", "count": 200, "rounds": 20, "batch_size": 32}}],
   "defenses": ["none", "abd"], "teacher_seeds": [0], "student_seeds": [0]}]}
JSON
}
matrix 1 >toy.json
results() { "$dfkd" results "$@" --results kept >out 2>err; }
level() {
  "$dfkd" results list --results kept --json | grep -o '"level": [0-9]' | tr -dc '0-9\n' |
    tr '\n' ' '
}
expect() {  # expect <exit code> <part of standard error> <arguments of results>
  local wanted=$1 part=$2 code=0
  shift 2
  results "$@" || code=$?
  [ $code = "$wanted" ] || fail "results $*: exit code $code, not $wanted: $(cat err)"
  grep -qF -- "$part" err || fail "results $*: does not say '$part' but: $(cat err)"
}

expect 0 '0 current, 0 stale, 2 missing' stale toy.json
for run in one two; do
  "$dfkd" run toy.json --store $run --out scores_$run --jobs 1 >run.log 2>&1 ||
    fail "run: $(cat run.log)"
done
# What would make the folder too large is refused in one line, and nothing is written.
mkdir -p kept/other
truncate -s 25M kept/other/large
expect 2 'at most 26214400 are allowed; nothing was written' add toy.json --store one --by a
[ ! -e kept/results_toy ] && [ "$(wc -l <err)" = 1 ] ||
  fail "no room, and yet it writes or says more: $(ls kept; cat err)"
rm -r kept
expect 0 '2 of them new' add toy.json --store one --by a
set=kept/results_toy/media/shapes-none-ood_kd.json
grep -q '1 picture added for 1 set' err && grep -q '"defense":"none"' $set ||
  fail "no samples of the undefended cell are kept: $(cat err)"
cp -r kept once
expect 0 '0 of them new' add toy.json --store one --by a
diff -r kept once || fail "what is added twice changes files"
expect 0 '2 current, 0 stale, 0 missing' stale toy.json
[ "$(level)" = '1 1 ' ] || fail "what comes from a store is L1, not $(level)"
expect 2 '--by NAME' verify toy.json --store two
expect 0 '2 the same, 0 moved, 0 promoted' verify toy.json --store two --dry-run
"$dfkd" results verify toy.json --store two --dry-run --results kept --json 2>/dev/null |
  tr -d ' \n' | grep '"confirmed":\[\].*"matrix":"results_toy"' >/dev/null ||
  fail "the JSON does not say what was confirmed, or of which matrix"
# The very same run vouches for nothing, and what compares nothing does not end well.
expect 2 'one has of it is the very run that was committed' verify toy.json --store one --by b
for flags in --dry-run '--by b'; do
  expect 2 'store nothing: there is no such folder' verify toy.json --store nothing $flags
  [ "$(wc -l <err)" = 1 ] && [ ! -e nothing ] || fail "an absent store: $(ls; cat err)"
done
mkdir bare && cp one/history.jsonl bare/  # a store without an artifact
expect 2 'nothing was compared: 2 committed, none of them computed in' \
  verify toy.json --store bare --dry-run
[ ! -s out ] || fail "what compares nothing prints $(cat out)"
expect 0 '1 the same, 0 moved, 1 promoted' verify toy.json --store two --by b --defenses abd
[ "$(level)" = '3 1 ' ] ||
  fail "the entry that was computed once more is L3, the other L1, not $(level)"
expect 0 '1 promoted' verify toy.json --store two --by b --defenses abd --elsewhere
[ "$(level)" = '4 1 ' ] || fail "computed elsewhere is L4, not $(level)"
"$dfkd" validate kept >run.log 2>&1 || fail "not valid: $(cat run.log)"
! grep -q 'without a score' run.log || fail "a cell with a result is called missing"
"$dfkd" site --results kept --out site >/dev/null 2>run.log ||
  fail "no site of results: $(cat run.log)"
grep -q '<img src="../media/' site/distillers/ood_kd.html || fail "no page shows the samples"

cp -r kept before
sed -i '$s/"acc":0\.[0-9]*/"acc":0.125/' kept/results_toy/none.jsonl
expect 2 'nothing was changed' add toy.json --store one
rm -r kept && cp -r before kept

# Sent by somebody and not true: without a second computation nothing rises, a refuted claim does
# not, and what is computed here takes its place.
cp -r scores_one forged
/usr/bin/python3 - forged/*-abd-*.json <<'PY'
import json, sys
score = json.load(open(sys.argv[1], encoding="utf-8"))
score.update(status="diverged", reason="forged", student=None, floor=None, validity=[])
score["counts"].update(student=None, floor=None)
score["media"] = {kind: None for kind in score["media"]}
json.dump(score, open(sys.argv[1], "w", encoding="utf-8"))
PY
rm -r kept
expect 0 '2 of them new' add toy.json --claimed forged --by somebody
expect 2 'nothing was compared: 2 committed, none' verify toy.json --store bare --by b
expect 3 '1 the same, 1 moved, 1 promoted' verify toy.json --store two --by b
[ "$(level)" = '0 3 ' ] || fail "a claim that was refuted is L0, not $(level)"
expect 3 'diverged became ok' add toy.json --store two --by b
grep -q '1 of them new' err || fail "what was computed does not replace the claim: $(cat err)"
[ "$(level)" = '1 3 ' ] || fail "what took the place of a claim is L1, not $(level)"
expect 0 '0 of them new' add toy.json --store two --by b

# Sent by somebody: L0 until a second computation confirms it. Other keys are refused.
rm -r kept
expect 0 '2 of them new' add toy.json --claimed scores_one --by somebody
[ "$(level)" = '0 0 ' ] || fail "a claim is L0, not $(level)"
expect 0 '2 the same, 0 moved, 2 promoted' verify toy.json --store two --by b
matrix 2 >toy.json
expect 0 "0 current, 2 stale, 0 missing" stale toy.json
grep -q "'teacher shapes none vgg-s-4 seed 0' has another key" out ||
  fail "does not say what has changed: $(cat out)"
expect 2 'other keys than the plan' add toy.json --claimed scores_one
"$dfkd" run toy.json --store one --out scores_new --jobs 1 >run.log 2>&1 ||
  fail "run: $(cat run.log)"
code=0
results add toy.json --store one || code=$?
[ $code = 0 ] || [ $code = 3 ] || fail "new keys end with $code: $(cat err)"
lines() { cat kept/results_toy/*.jsonl | grep -c '"schema":"results.v1"'; }
[ "$(lines)" = 4 ] || fail "older results are gone"

# Back to what it was: the older results count again, and nothing is computed for it.
epochs() {  # of the teachers that the site shows
  "$dfkd" site --results kept --out shown >/dev/null 2>&1 || fail "no site"
  grep -o '"teacher_recipe":{[^}]*' shown/scores.jsonl | grep -o '"epochs":[0-9]*' | sort -u
}
[ "$(epochs)" = '"epochs":2' ] || fail "the site does not show the newest: $(epochs)"
matrix 1 >toy.json
expect 0 '0 current, 2 stale' stale toy.json
grep -q 'added after that of today' out || fail "does not say what counts: $(cat out)"
code=0
results add toy.json --store nothing || code=$?
[ $code = 0 ] || [ $code = 3 ] || fail "keys that are back end with $code: $(cat err)"
grep -q '2 older ones count again' err || fail "older results do not count again: $(cat err)"
[ ! -e $set ] || fail "pictures of other keys are kept"
expect 0 '2 current, 0 stale' stale toy.json
[ "$(lines)" = 4 ] || fail "there are $(lines) lines, not 4"
[ "$(epochs)" = '"epochs":1' ] || fail "the site shows what was given up: $(epochs)"
expect 0 '0 of them new in kept' add toy.json --store nothing
! grep -q 'count again' err || fail "what counts is added once more"
"$dfkd" validate kept >run.log 2>&1 || fail "not valid: $(cat run.log)"

cat >tune.json <<'JSON'
{"schema": "tune.v1", "name": "tune_toy", "kept_acc": 0.5, "settings": 2,
 "matrix": {"teacher": {"epochs": 2, "batch_size": 64}, "blocks": [{
   "datasets": [{"id": "shapes", "plugin": "shapes", "holdout": 0.2}], "attacks": ["none", "blend"],
   "networks": [{"teacher": "vgg-s-4", "student": "vgg-s-4"}],
   "distillers": [{"id": "ood_kd", "plugin": "ood_kd", "options":
     {"source": "bank", "bank": "solids", "count": 200, "rounds": 20, "batch_size": 32}}]}]},
 "defenses": [{"id": "clp", "plugin": "clp", "grid": {"u": [2, 4]}}]}
JSON
for store in tuned tuned_again; do
  "$dfkd" tune tune.json --store $store --out $store.out --jobs 1 >$store.md 2>err ||
    fail "tune: $(cat err)"
done
cmp -s tuned.md tuned_again.md && diff -r tuned.out/chosen.json tuned_again.out/chosen.json ||
  fail "tuning is not reproducible"
[ "$(grep -c '^| \(\*\*\)\?clp u [24]' tuned.md)" = 2 ] || fail "the table: $(cat tuned.md)"
# Who has another's store at hand chooses the same and computes nothing.
if "$dfkd" tune --help | grep -e '--remote' >/dev/null; then
  . "$source/tests/serve.sh"
  serve tuned
  trap 'kill "${servers[@]}" 2>/dev/null || true' EXIT
  no_proxy=127.0.0.1 "$dfkd" tune tune.json --store tuned_fetched --out tuned_fetched.out \
    --remote "$address" >tuned_fetched.md 2>err || fail "tune --remote: $(cat err)"
  grep -L fetched_from tuned_fetched/*/*/*/manifest.json | grep . &&
    fail "tune --remote computed something"
  cmp -s tuned.md tuned_fetched.md || fail "tune --remote chooses otherwise"
fi
"$dfkd" validate "$source/bench/tunings" tune.json >out 2>err ||
  fail "a tuning is not valid: $(cat out err)"
"$dfkd" plan "$("$dfkd" tune "$source/bench/tunings/fashion.json" --plan-only --out fashion)" \
  >out 2>err ||
  grep -qi 'fashion' err || fail "the matrix of fashion's tuning: $(cat err)"
