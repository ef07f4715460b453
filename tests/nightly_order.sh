#!/usr/bin/env bash
# nightly_order.sh SCRATCH: what bench/nightly.sh asks for, and in which order, with a program that
# answers from files and computes nothing; and that its report survives what blames nobody.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
scratch=$1
fail() { echo "nightly_order: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/tree/bench" "$scratch/bin"
cd "$scratch"
cp "$source"/bench/{nightly.sh,nightly_report.py,packages.sh} tree/bench/
echo 'touch "$(dirname "$0")/../built"; exit 1' >tree/bench/quickstart.sh
cat >dfkd <<'SH'
#!/usr/bin/env bash
folder=$(dirname "$0")
echo "$*" >>"$folder/calls"
case "$1 $2" in
  'results stale') cat "$folder/stale" ;;
  'results add') echo '{"added": [], "moved": []}' ;;
  run*) exit "$(cat "$folder/ends_with")" ;;
esac
SH
chmod +x dfkd
row() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "cell-$1" "$2" "$3" ''; }  # of `dfkd results stale`
night() {  # night <exit code> <flags>
  local wanted=$1 code=0
  shift
  : >calls
  bash tree/bench/nightly.sh --matrix toy --results results --work work "$@" >night.log 2>&1 ||
    code=$?
  [ $code = "$wanted" ] || fail "a night ends with $code, not $wanted: $(cat night.log)"
}
runs() { grep '^run' calls | grep -oE -- '--defenses [a-z]+|--retry-failed' | tr '\n' ' '; }

# --- what failed is tried again, after all others

{
  row abd missing -
  row none stale 2024-01-01T00:00:00Z
  row abd failed 1970-01-01T00:00:00Z
  row sv failed 2023-01-01T00:00:00Z
} >stale
echo 1 >ends_with
orders=
for seed in 1 2 3 4 5 6 7 8; do
  night 0 --program "$PWD/dfkd" --seed $seed
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

# --- a night that cannot end leaves no report of another one

echo 7 >ends_with
night 2 --program "$PWD/dfkd"
[ ! -e work/report.md ] && [ ! -e work/report.json ] || fail "an old report is left"

# --- one night at a time, from the build on

(
  flock 9
  night 2
) 9>work/lock
grep -q 'work is in use by another nightly run' night.log || fail "says $(cat night.log)"
[ ! -e tree/built ] || fail "two nights build at once"
night 2
[ -e tree/built ] || fail "a night alone builds nothing"

# --- the report says that results have moved, whatever else goes wrong

mkdir -p work/tonight plugin
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
  GIT_COMMITTER_EMAIL=a@b
git -C plugin init -q
echo '// a plugin' >plugin/plugin.h
git -C plugin add -A && git -C plugin commit -qm 'Add it'
: >work/waiting
cat >work/tonight/verify-1.json <<JSON
{"same": [], "promoted": [], "moved": [{"cell": "a-cell", "entry": "abd", "how": "ACC moved",
  "changed": [{"plugin": "defense abd", "was": "x", "folder": "$PWD/plugin"}],
  "commit": "", "created": ""}]}
JSON
blames() {  # blames <part of the report> <PATH>
  local code=0
  rm -f work/report.md
  PATH=$2 "$python" tree/bench/nightly_report.py --work work --source "$source" --matrices toy \
    >report.log 2>&1 || code=$?
  [ $code = 3 ] || fail "the report ends with $code, not 3: $(cat report.log)"
  grep -qF -- "$1" work/report.md || fail "does not say '$1' but: $(cat work/report.md)"
}
python=$(python3 -c 'import sys; print(sys.executable)')
blames "| a-cell | ACC moved | same | unknown: [Errno 2] No such file or directory: 'git' |" /nowhere
printf '#!/bin/sh\nexit 1\n' >bin/cmake
chmod +x bin/cmake
blames 'returned non-zero exit status 1' "$PWD/bin:$PATH"
