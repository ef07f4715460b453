#!/usr/bin/env bash
# nightly.sh DFKD BUILD SCRATCH: bench/nightly.sh on a matrix of seconds, with a plugin of its own
# that lies in a repository of its own. Twice: the same results, the same site. Then the plugin is
# worsened: the report names it and the commit. The plugin is compiled and linked as the programs of
# the build folder BUILD were.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
dfkd=$(realpath "$1") build=$(realpath "$2") scratch=$3
fail() { echo "nightly: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
scratch=$(realpath "$scratch")
bash "$source/tests/nightly_order.sh" "$scratch/order"
cd "$scratch"
export DFKD_DATA=$scratch/data GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b \
  GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

# --- a plugin and its history

mkdir -p plugins/wobble
cat >plugins/wobble/wobble.h <<'CPP'
// Weighs all images of a batch alike.
#pragma once
#include <ATen/Functions.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd::wobble {

struct Wobble final : Defense {
  explicit Wobble(const NoOptions&) {}
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override {
    const auto rows = batch.images.size(0);
    return at::full({rows}, 1.0 / static_cast<double>(rows), batch.teacher_logits.options());
  }
};

inline Rounds Always(const NoOptions&, const DistillerTraits& d) { return {0, d.rounds}; }
inline bool OnStudent(const NoOptions&, const DistillerTraits&) { return true; }
DFKD_REGISTER(Wobble, DefenseCard<NoOptions>{.name = "wobble",
                                             .summary = "weighs images alike",
                                             .revision = 1,
                                             .active = Always,
                                             .sets_coefficients = OnStudent});

}  // namespace dfkd::wobble
CPP
commit() { git -C plugins add -A && git -C plugins commit -qm "$1"; }
git -C plugins init -q
commit "Add wobble"
cp -r plugins good
sed -i 's/1\.0 \/ static/-1.0 \/ static/' plugins/wobble/wobble.h
commit "Turn the weights around"
sed -i 's/^\/\/ Weighs.*/\/\/ Weighs images./' plugins/wobble/wobble.h
commit "Say it shorter"
cp -r plugins bad

# --- programs with it

. "$source/tests/with_plugin.sh"
for version in good bad; do
  with_plugin "$build" "$scratch/$version/wobble" "$scratch/program_$version" ||
    fail "$version does not compile: $(tail -n 30 "program_$version/log")"
done

# --- nights

cat >toy.json <<'JSON'
{"schema": "matrix.v1", "name": "nightly_toy", "summary": "seconds", "demonstration": true,
 "teacher": {"epochs": 1, "batch_size": 64},
 "blocks": [{"datasets": ["shapes"], "attacks": ["none"],
   "networks": [{"teacher": "vgg-s-4", "student": "vgg-s-4"}],
   "distillers": [{"id": "ood_kd", "plugin": "ood_kd", "options":
     {"source": "bank", "bank": "solids", "count": 200, "rounds": 20, "batch_size": 32}}],
   "defenses": ["none", "wobble"], "teacher_seeds": [0], "student_seeds": [0, 1]}]}
JSON
night() {  # night <program> <flags>: its exit code
  local program=$1 code=0
  shift
  bash "$source/bench/nightly.sh" --program "$scratch/program_$program/dfkd" --matrix toy.json \
    --results results --work work --jobs 1 "$@" >night.log 2>&1 || code=$?
  return $code
}
expect() {  # expect <exit code> <program> <flags>
  local wanted=$1 code=0
  shift
  night "$@" || code=$?
  [ $code = "$wanted" ] ||
    fail "a night ends with $code, not $wanted: $(cat night.log work/log 2>/dev/null)"
}

expect 0 good --budget 30m
grep -q '^Results added: 4\.' work/report.md ||
  fail "not all cells were added: $(cat work/report.md)"
[ "$(cat results/nightly_toy/*.jsonl | grep -c '"schema":"results.v1"')" = 4 ] ||
  fail "not four results"
cp -r results first_results
cp -r work/site first_site
expect 0 good --budget 30m
grep -q '^Results added: 0\. Computed once more with the same outcome: 1\.' work/report.md ||
  fail "the second night: $(cat work/report.md)"
diff -r results first_results >/dev/null || fail "results change from night to night"
diff -r work/site first_site >/dev/null ||
  fail "the site changes from night to night: $(diff -rq work/site first_site)"

expect 3 bad --budget 30m
blamed='defense wobble: [0-9a-f]+ Turn the weights around'
grep -Eq "^\| wobble \| [^|]*-wobble-t0-s[01] \| ACC .* became .* \| same \| $blamed \|\$" \
  work/report.md ||
  fail "the report does not name plugin, cell, size and commit: $(cat work/report.md)"
grep -Eq "^\| nightly_toy \| wobble \| 1 \| ACC [-+][0-9.]+[^|]* \| $blamed \|\$" \
  work/report.md ||
  fail "the report does not name the entry: $(cat work/report.md)"
diff -r results first_results >/dev/null ||
  fail "results that have moved under the same keys were overwritten"

# Without --matrix: those that have results.
bash "$source/bench/nightly.sh" --program program_good/dfkd --results results --work other_work \
  --jobs 1 >night.log 2>&1 ||
  fail "a night of what has results: exit code $?: $(cat night.log)"
grep -q '^Results added: 0\.' other_work/report.md ||
  fail "a night of what has results: $(cat other_work/report.md)"

# A budget that is too small for anything: a clean stop, and the next night goes on from there.
rm -rf results work
expect 0 good --budget 1s
expect 0 good --budget 30m
[ "$(cat results/nightly_toy/*.jsonl | grep -c '"schema":"results.v1"')" = 4 ] ||
  fail "a short night loses results"

# Results that somebody has changed by hand: nothing is computed on them, and the report says why.
sed -i '$s/"acc":0/"acc":1/' results/nightly_toy/none.jsonl
cp -r results forged
expect 4 good --budget 30m
grep -Eq '^\| toy\.json \| 2 \| .*lines are not valid; nothing was changed \|$' work/report.md ||
  fail "the report does not say that results are not valid: $(cat work/report.md)"
diff -r results forged >/dev/null || fail "results that are not valid were changed"
