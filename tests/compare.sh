#!/usr/bin/env bash
# compare.sh DFKD SCRATCH: the formats of `dfkd compare`, what it refuses, that equal scores give
# equal bytes, and that no site is written among scores.
set -euo pipefail
dfkd=$1 scratch=$2
scores=$(cd "$(dirname "$0")" && pwd)/scores/fixtures/valid
fail() { echo "compare: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
compare() { "$dfkd" compare abd none --scores "$scores" "$@"; }

# refused PATTERN ARGUMENTS: exit code 2 and one line that matches.
refused() {
  local pattern=$1 rc=0
  shift
  "$dfkd" compare "$@" --scores "$scores" >out.log 2>err.log || rc=$?
  [ $rc = 2 ] || fail "$*: exit code $rc, not 2"
  [ ! -s out.log ] || fail "$*: something is printed all the same"
  [ "$(wc -l <err.log)" = 1 ] || fail "$*: not one line: $(cat err.log)"
  grep -q -- "$pattern" err.log || fail "$*: $(cat err.log)"
}

for format in '' --json --csv --latex --markdown; do
  compare $format >"one$format" || fail "'$format' ended with exit code $?"
  compare $format --distiller zskt >"two$format"
  cmp "one$format" "two$format" || fail "'$format': other bytes for equal scores"
done
grep -q '^overall .*-61.0' one || fail "no overall difference: $(cat one)"
grep -q '^\\bottomrule' one--latex || fail "no table: $(cat one--latex)"
/usr/bin/python3 - <<'PY'
import csv, json, sys

whole = json.load(open("one--json", encoding="utf-8"))
rows = list(csv.DictReader(open("one--csv", encoding="utf-8")))
problems = []
if [row["attack"] for row in rows] != [s["attack"] for s in whole["strata"]] + ["overall"]:
    problems.append(f"other rows: {rows}")
if float(rows[-1]["asr_difference"]) != whole["asr"]["difference"]:
    problems.append(f"other overall differences: {rows[-1]}")
if not all(None not in row and None not in row.values() for row in rows):
    problems.append("rows of different length")
sys.exit("\n".join(problems) or 0)
PY

refused 'one of --json, --csv' abd none --json --csv
refused '--reference is written as text' --reference abd_2023 --latex
refused "--distiller 'zsk': no score is of it; did you mean zskt" abd none --distiller zsk
refused "no score is of it; did you mean none" abd nona

# A site among the scores, by whatever name of the folder.
cp -r "$scores" kept
mkdir -p above
ln -s ../kept above/link
find kept >before.log
for folders in 'kept kept' 'kept ./kept/' 'kept above/../kept' 'above/link kept' 'kept/toy kept' \
  'kept .'; do
  read -r from out <<<"$folders"
  rc=0
  "$dfkd" site --scores "$from" --out "$out" >out.log 2>err.log || rc=$?
  [ $rc = 2 ] || fail "site of $from in $out: exit code $rc, not 2"
  [ "$(wc -l <err.log)" = 1 ] || fail "site of $from in $out: not one line: $(cat err.log)"
  grep -q "the scores of '$from' are in it" err.log || fail "site of $from: $(cat err.log)"
done
[ ! -e index.html ] || fail 'a site around the scores'
find kept | cmp - before.log || fail 'a site among the scores'
"$dfkd" site --scores kept --out kept-site >/dev/null 2>err.log ||
  fail "a site beside the scores is refused: $(cat err.log)"

# One teacher of another machine: the same key and other bits.
! grep -q ATTENTION err.log || fail "warns of one teacher for all: $(cat err.log)"
cp -r "$scores" twins
sed -i '/"artifacts"/,/}/s/"teacher": "[0-9a-f]*"/"teacher": "'"$(printf '0%.0s' {1..64})"'"/' \
  twins/toy/*-zskt-abd-t0-s0.json
"$dfkd" compare abd none --scores twins >/dev/null 2>err.log || fail "twins: $(cat err.log)"
grep -q 'ATTENTION: not the same bits in all rows.*: teacher (.*Where rows are' err.log ||
  fail "does not warn of twins: $(cat err.log)"
