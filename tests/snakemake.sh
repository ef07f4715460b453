#!/usr/bin/env bash
# snakemake.sh DFKD: Snakemake runs a plan that was written for it, and leaves nothing for `run` to
# do. Skipped (77) without Snakemake, which run.sh installs for --long.
set -euo pipefail
dfkd=$(readlink -f "$1")
command -v snakemake >/dev/null ||
  { echo "skipped: there is no snakemake (package snakemake)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "snakemake: $*" >&2; exit 1; }
export DFKD_STORE=$work/store DFKD_DATA=$work/data HOME=$work OMP_NUM_THREADS=1 \
  OPENBLAS_NUM_THREADS=1
chosen=(smoke --attacks blend --distillers ood_kd --defenses none,sr)

"$dfkd" plan "${chosen[@]}" --format snakemake --tasks tasks 2>log || fail "plan: $(cat log)"
(cd tasks && PATH=$(dirname "$dfkd"):$PATH snakemake --cores 2 >../snakemake.log 2>&1) ||
  fail "$(cat snakemake.log)"
"$dfkd" run "${chosen[@]}" --out scores 2>log || fail "run: $(cat log)"
grep -q ' 0 stages ran' log || fail "the tasks left something to do: $(cat log)"
(cd tasks && PATH=$(dirname "$dfkd"):$PATH snakemake --cores 2 >../again.log 2>&1) ||
  fail "again: $(cat again.log)"
grep -q 'Nothing to be done' again.log || fail "again: $(cat again.log)"
echo "ok"
