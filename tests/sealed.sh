#!/usr/bin/env bash
# sealed.sh DFKD: held-out values of a matrix are bound before they are known, and drawn the same by
# everybody.
set -euo pipefail
cd "$(dirname "$0")/.."
dfkd=$(realpath "$1") scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "sealed: $*" >&2; exit 1; }
refused() {  # refused WORDS COMMAND...: in one line, with exit code 2
  local words=$1 code=0
  shift
  "$@" 2>"$scratch/why" >"$scratch/said" || code=$?
  [ $code = 2 ] && [ "$(wc -l <"$scratch/why")" = 1 ] && grep -q "$words" "$scratch/why" ||
    fail "$*: exit code $code: $(cat "$scratch/why")"
}
sealed() { /usr/bin/python3 bench/sealed.py "$@"; }

# The draw by hand: SHA-256 of "00ff", a line feed, "toy", a line feed and "side" is 4 modulo 7.
cat >"$scratch/toy.json" <<'JSON'
{"schema": "sealed.v1", "name": "toy", "matrix": {
  "attack": {"size": {"sealed": "side", "between": [10, 16]}},
  "again": {"sealed": "side", "between": [10, 16]},
  "one": {"sealed": "kind", "from": [{"x": {"sealed": "side", "between": [10, 16]}}]}}}
JSON
echo 00ff >"$scratch/secret"
hash=$(printf 00ff | sha256sum | cut -d' ' -f1)
cp "$scratch/toy.json" "$scratch/bound.json"
sed -i "s/\"toy\",/\"toy\", \"commitment\": \"$hash\",/" "$scratch/bound.json"
sealed peek "$scratch/bound.json" "$scratch/secret" >"$scratch/toy_matrix.json"
/usr/bin/python3 - "$scratch/toy_matrix.json" <<'PY'
import json, sys
matrix = json.load(open(sys.argv[1]))
assert matrix == {"schema": "matrix.v1", "name": "toy", "attack": {"size": 14}, "again": 14,
                  "one": {"x": 14}}, matrix
PY

# Another secret is refused, a second commitment, a secret that would be overwritten, and what
# cannot be drawn from.
echo 00fe >"$scratch/other"
refused 'is not the commitment' sealed peek "$scratch/bound.json" "$scratch/other"
sealed new "$scratch/toy.json"
[ "$(stat -c %a "$scratch/toy.secret")" = 600 ] || fail "others may read the secret"
refused 'has a commitment already' sealed new "$scratch/toy.json"
sed 's/10, 16/16, 10/g; s/, "commitment": "[^"]*"//' "$scratch/bound.json" >"$scratch/wrong.json"
refused 'needs "from"' sealed new "$scratch/wrong.json"
rm "$scratch/wrong.secret"
cp "$scratch/bound.json" "$scratch/toy2.json" && touch "$scratch/toy2.secret"
sed -i 's/"commitment": "[^"]*", //' "$scratch/toy2.json"
refused 'File exists' sealed new "$scratch/toy2.json"

# Published: everybody can draw again, and an edited matrix is noticed.
mkdir "$scratch/matrices"
sealed open "$scratch/toy.json" "$scratch/toy.secret" "$scratch/matrices"
sealed check "$scratch/toy.json" "$scratch/matrices" | grep -q '^opened' ||
  fail "what was opened does not hold"
sed -i "0,/$(grep -om1 '1[0-6]' "$scratch/matrices/toy.json")/s//9/" "$scratch/matrices/toy.json"
! sealed check "$scratch/toy.json" "$scratch/matrices" >/dev/null || fail "an edited matrix passes"

# The templates of this tree: bound, what was opened holds, and whatever is drawn, the program takes
# it.
for template in bench/sealed/*.json; do
  grep -q '"commitment"' "$template" || fail "$template is bound to nothing"
  for seed in 1 2 3; do
    echo $seed >"$scratch/secret"
    sed "s/\"commitment\": \"[^\"]*\"/\"commitment\": \"$(
      printf $seed | sha256sum | cut -d' ' -f1)\"/" "$template" >"$scratch/bound.json"
    sealed peek "$scratch/bound.json" "$scratch/secret" >"$scratch/matrix.json"
    "$dfkd" plan "$scratch/matrix.json" >/dev/null ||
      fail "$template, drawn with '$seed', is no matrix"
  done
done
sealed check bench/sealed/*.json bench/matrices
/usr/bin/python3 - <<'PY'
import json
sealed, open_ = (json.load(open(path))
                 for path in ("bench/sealed/fashion_held_out.json", "bench/matrices/fashion.json"))
for matrix in sealed["matrix"], open_:
    matrix.pop("summary"), [block.pop("attacks") for block in matrix["blocks"]]
same = {"schema": open_["schema"], "name": open_["name"], **sealed["matrix"]} == open_
assert same or "secret" in sealed, "fashion_held_out differs from fashion in more than its attacks"
PY
echo ok
