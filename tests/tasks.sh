#!/bin/bash
# tasks.sh DFKD: a plan that is run task by task, by somebody else, ends in what `run` would have
# left; a store is looked after.
set -u
dfkd=$(readlink -f "$1")
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1"; exit 1; }
export DFKD_STORE=$work/store OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
chosen=(smoke --attacks blend --distillers ood_kd --defenses none,sr)

"$dfkd" plan "${chosen[@]}" --format tsv --tasks tasks 2>planned || fail "plan: $(cat planned)"
tail -n +2 tasks/tasks.tsv | cut -f1 >keys
[ -s keys ] || fail "no tasks"
while read -r key; do
  "$dfkd" stage-run "$key" --tasks tasks 2>log || fail "stage-run $key: $(cat log)"
  "$dfkd" stage-run "$key" --tasks tasks 2>log || fail "stage-run $key, once more: $(cat log)"
done <keys
"$dfkd" run "${chosen[@]}" --out scores 2>log || fail "run: $(cat log)"
grep -q ' 0 stages ran' log || fail "the tasks left something to do: $(cat log)"

"$dfkd" store verify 2>log || fail "verify: $(cat log)"
grep -q ' 0 damaged' log || fail "verify: $(cat log)"
[ "$("$dfkd" store ls | wc -l)" = "$(wc -l <keys)" ] || fail "ls: $("$dfkd" store ls)"
"$dfkd" gc --dry-run --superseded 2>log || fail "gc: $(cat log)"
"$dfkd" doctor --store "$work/store" >log || fail "doctor: $(cat log)"
"$dfkd" doctor --store "$work/store" --meet 20 >one 2>&1 &
"$dfkd" doctor --store "$work/store" --meet 20 >two 2>&1 && wait $! ||
  fail "two hosts do not meet: $(cat one two)"

# What a task reads and finds damaged is computed again by its own task; nobody is blamed for it.
model=$(find store/teacher -name model.safetensors | head -n 1)
teacher=$(basename "$(dirname "$model")")
reader=$(awk -F'\t' -v key="$teacher" 'NR > 1 && $4 ~ key { print $1; exit }' tasks/tasks.tsv)
[ -n "$reader" ] || fail "nobody reads the teacher $teacher: $(cat tasks/tasks.tsv)"
rm -r store/*/"${reader:0:2}/$reader"
printf x >>"$model"
for try in 1 2 3; do
  "$dfkd" stage-run "$reader" --tasks tasks 2>log && fail "try $try: a damaged input is read"
  grep -q 'not tried again' log && fail "try $try: $(cat log)"
done
for key in "$teacher" "$reader"; do
  "$dfkd" stage-run "$key" --tasks tasks 2>log || fail "stage-run $key, mended: $(cat log)"
done
rm -r store/damaged

find store -name model.safetensors | head -1 | while read -r file; do printf x >>"$file"; done
"$dfkd" store verify >log 2>&1 && fail "a damaged file is not noticed"
grep -q 'damaged: expected SHA-256' log || fail "verify: $(cat log)"
echo "ok"
