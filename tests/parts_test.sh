#!/usr/bin/env bash
# parts_test.sh SCRATCH: what tests/parts.sh counts, and what it does not do again.
set -uo pipefail  # as run.sh
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) scratch=$1
fail() { echo "parts: $*" >&2; exit 1; }
say() { :; }
. "$root/tests/parts.sh"

rm -rf "$scratch"
mkdir -p "$scratch/tree"
cd "$scratch/tree"
git init -q .
commit() { git -c user.name=t -c user.email=t@t commit -q --allow-empty -m "$1"; }
commit one

tried=0
good() { tried=$((tried + 1)); count 3 0; }
bad() { tried=$((tried + 1)); count 2 1; }
unfit() { tried=$((tried + 1)); return 77; }
expect() {  # expect <tried> <passed> <failed>
  local got="$tried $passed $failed"
  [ "$got" = "$*" ] || fail "tried, passed, failed: $got, not $*"
  tried=0 passed=0 failed=0
}

memory=$(memory_of_commit "$scratch/memory")
part "a part" good; part "a part" good; expect 1 6 0
part "a failure" bad; part "a failure" bad; expect 2 4 2
part "no fit" check "no fit" unfit; part "no fit" check "no fit" unfit; expect 2 0 0
part "a check" check "a check" true; part "a check" check "a check" false; expect 0 2 0
commit two
memory=$(memory_of_commit "$scratch/memory")
part "a part" good; expect 1 3 0
touch unknown
memory=$(memory_of_commit "$scratch/memory")
[ -z "$memory" ] || fail "a tree that differs from its commit is remembered"
part "a part" good; part "a part" good; expect 2 6 0
echo "parts are counted, and what passed is not done again"
