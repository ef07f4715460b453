#!/usr/bin/env bash
# front_end.sh DFKD COMPUTE SCRATCH: the program without LibTorch knows the plugins that the full
# one has, answers alone what can be answered without computing, and hands everything else over
# unchanged.
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)
fixtures=$tests/scores/fixtures/valid
dfkd=$(realpath "$1") compute=$(realpath "$2") scratch=$3
fail() { echo "front_end: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || fail "$3: $(diff "$1" "$2" | head -n 20)"; }

rm -rf "$scratch"
mkdir -p "$scratch/alone" "$scratch/pair"
scratch=$(realpath "$scratch")
cd "$scratch"
export DFKD_DATA=$scratch/data

! [[ $(ldd "$dfkd") =~ lib(torch|c10) ]] || fail "$dfkd links LibTorch: $(ldd "$dfkd")"
[[ $(ldd "$compute") =~ libtorch ]] || fail "$compute does not link LibTorch: what is tested here?"

# fingerprints are remembered from here on
"$dfkd" plan smoke >log 2>&1 || fail "dfkd plan smoke: $(cat log)"
for arguments in "list --json" "list --options" "plan smoke --json" "plan abd_methods --json" \
  "--help" "run --help"; do
  "$dfkd" $arguments >front.out 2>front.err || true
  "$compute" $arguments >full.out 2>full.err || true
  sed -i 's/dfkd-compute/dfkd/; s|^Usage: [^ ]*/|Usage: |' front.out full.out
  same front.out full.out "$arguments: the programs differ"
  same front.err full.err "$arguments: what they tell people differs"
done

# Output that does not arrive is told in one line; that a reader has had enough is nobody's mistake.
for arguments in list "list --json" --version --help "man run" "plan smoke" "plan smoke --json" \
  "status smoke --json" "store du --json"; do
  code=0
  "$dfkd" $arguments >/dev/full 2>err || code=$?
  [ $code = 2 ] || fail "$arguments to a full disk: exit code $code"
  [ "$(grep -c . err)" = 1 ] && grep -q '^dfkd: standard output: ' err ||
    fail "$arguments to a full disk: says '$(cat err)'"
  ("$dfkd" $arguments 2>err | head -c 1 >/dev/null) || true
  [ ! -s err ] || fail "$arguments | head: says '$(cat err)'"
  (trap '' PIPE; "$dfkd" $arguments 2>err | head -c 1 >/dev/null) || true
  [ ! -s err ] || fail "$arguments | head, without SIGPIPE: says '$(cat err)'"
done

# Closed, not only unread: messages go nowhere, and output that goes nowhere is an error.
"$dfkd" plan smoke >front.out 2>&- || fail "plan smoke without a place for messages: $?"
grep -q '^cells: ' front.out || fail "plan smoke without a place for messages: $(cat front.out)"
code=0
"$dfkd" list >&- 2>err || code=$?
[ $code = 2 ] && grep -q '^dfkd: standard output: ' err ||
  fail "list without a place for output: exit code $code, says '$(cat err)'"

# The page names every member of what --json prints.
for arguments in list "plan smoke" "status smoke" "score smoke --out scores" "detectors --list" \
  "validate $fixtures" "site --scores $fixtures --out site" "fetch shapes" "store ls" "store du" \
  "store verify" "gc --dry-run" doctor "doctor --store ." "compare abd none --scores $fixtures" \
  "compare --reference abd_2023 --scores $fixtures" \
  "results list --results $tests/../leaderboard/results" \
  "results stale smoke --results $tests/../leaderboard/results"; do
  "$dfkd" $arguments --json >members.json 2>err || fail "$arguments --json: $(cat err)"
  /usr/bin/python3 "$tests/json_members.py" "$tests/../docs/json.md" "${arguments%% *}" \
    members.json || fail "$arguments --json: a member is not explained"
done

# Alone, whatever would hand over fails.
cp "$dfkd" alone/dfkd
for arguments in --version --help help "help run" list "plan smoke" "status smoke" \
  "score smoke --out scores" "validate $fixtures" "site --scores $fixtures --out site" \
  "fetch shapes" "man run" "completion bash"; do
  alone/dfkd $arguments >log 2>&1 ||
    fail "$arguments: does not work without the full program: $(cat log)"
done
alone/dfkd list detectors >log && grep -q '^  mm_bd ' log && ! grep -q '^defenses' log ||
  fail "list detectors: $(cat log)"
for arguments in "run smoke" worker doctor "check-plugin abd" \
  "distill --teacher t --network resnet-18 --out s.safetensors"; do
  alone/dfkd $arguments >log 2>&1 && fail "$arguments: works without the full program"
  grep -qF "$scratch/alone/dfkd-compute" log ||
    fail "$arguments: does not say what is missing: $(cat log)"
  grep -qF "$scratch/libexec/dfkd-bench/dfkd-compute" log ||
    fail "$arguments: does not say where else it looked"
done
alone/dfkd run smoke --jobs many >log 2>&1 && fail "a value that is refused is accepted"
[ "$(cat log)" = "dfkd: run: --jobs: 'many' must be a whole number from 1 to 4096; see\
 alone/dfkd run --help" ] || fail "a wrong command line: $(cat log)"

# Arguments, environment, descriptors, process and exit code reach it as they are.
cp "$dfkd" pair/dfkd
cat >pair/dfkd-compute <<'FULL'
#!/bin/bash
printf '%s|' "$@" >&3
printf '%s %s' "$MARK" $$ >&3
exit 7
FULL
chmod +x pair/dfkd-compute
code=0
MARK="a b" pair/dfkd run smoke --set "a=b c" --set '' 3>told & pid=$!
wait $pid || code=$?
[ $code = 7 ] || fail "exit code $code, should be 7"
[ "$(cat told)" = "run|smoke|--set|a=b c|--set||a b $pid" ] ||
  fail "the full program is told: $(cat told)"

# As installed, beside a link to the front end from elsewhere.
mkdir -p libexec/dfkd-bench bin elsewhere
mv pair/dfkd-compute libexec/dfkd-bench/
cp "$dfkd" bin/dfkd
ln -s ../bin/dfkd elsewhere/dfkd
code=0
elsewhere/dfkd doctor 3>told || code=$?
[ $code = 7 ] || fail "through a link: exit code $code, should be 7"
