#!/usr/bin/env bash
# What a machine does every night: keeps the results of the repository current, and notices when
# they change.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/bench/packages.sh"

usage() {
  cat <<'HELP'
usage: bash bench/nightly.sh [--budget 2h] [--matrix M]... [--device D] [further flags]

Builds the program, computes some current cells once more and compares, computes what is missing or
stale, those first that wait longest, then once more what has failed, adds it to the results, and
writes the site and a report.

  --budget T      time for all of it but the build: 90s, 30m, 2h (default 2h). It stops cleanly; the
                  next night goes on
  --matrix M      a shipped matrix or a file; may be repeated (default: every matrix that has
                  results)
  --device D      as `dfkd run --device` (default cpu)
  --jobs N        as `dfkd run --jobs`
  --results DIR   default leaderboard/results
  --work DIR      store, site and report (default .dfkd/nightly)
  --percent N     share of the current cells that are computed once more, rounded up (default 2),
                  and one for every plugin whose code has changed; they may take a quarter of the
                  budget
  --seed N        which of them (default: the number of the day)
  --by NAME       promote what agrees, in the name of NAME (default: compare only)
  --program FILE  use this dfkd and build nothing

Exit code: 0 done, 2 it could not run, 3 results have moved: WORK/report.md says whose, which, by
how much and since which commit.
HELP
}

budget=2h matrices=() device=cpu jobs=() results=leaderboard/results work=.dfkd/nightly \
  percent=2 by= dfkd=
seed=$(($(date +%s) / 86400))

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --budget | --matrix | --device | --jobs | --results | --work | --percent | --seed | --by | \
        --program)
        [ $# -gt 1 ] || die "$1 needs a value" ;;
      *) die "unknown argument '$1'; bash bench/nightly.sh --help" ;;
    esac
    case $1 in
      --budget) budget=$2 ;;
      --matrix) matrices+=("$2") ;;
      --device) device=$2 ;;
      --jobs) jobs=(--jobs "$2") ;;
      --results) results=$2 ;;
      --work) work=$2 ;;
      --percent) percent=$2 ;;
      --seed) seed=$2 ;;
      --by) by=$2 ;;
      --program) dfkd=$2 ;;
    esac
    shift 2
  done
}

seconds_of() {  # seconds_of <90s, 30m, 2h>
  [[ $1 =~ ^([1-9][0-9]{0,6})([smh])$ ]] ||
    die "--budget '$1' must be a number and s, m or h: 90s, 30m, 2h"
  case ${BASH_REMATCH[2]} in
    s) echo "${BASH_REMATCH[1]}" ;;
    m) echo $((BASH_REMATCH[1] * 60)) ;;
    h) echo $((BASH_REMATCH[1] * 3600)) ;;
  esac
}

left() { echo $((deadline - $(date +%s))); }

# compute <seconds> <matrix> <store> <selection…>: 0 went to its end, 1 ran out of time. Cells that
# fail are results.
compute() {
  local most=$1 matrix=$2 store=$3 code=0
  shift 3
  [ "$most" -gt 0 ] || return 1
  timeout --signal=TERM --kill-after=60 "$most" "$dfkd" run "$matrix" "$@" --store "$store" \
    --device "$device" "${jobs[@]}" --out "$work/scores/${matrix//\//_}" >>"$work/log" 2>&1 ||
    code=$?
  case $code in
    0 | 1) ;;
    124 | 130 | 137) return 1 ;;
    *)
      tail -n 5 "$work/log" >&2
      die "dfkd run $matrix ended with exit code $code; more in $work/log" ;;
  esac
}

# ask <name> <arguments of dfkd results>: its JSON into tonight/<name>.json; 3, results have moved,
# is an answer
ask() {
  local name=$1 code=0
  shift
  "$dfkd" results "$@" --results "$results" --json >"$work/tonight/$name.json" 2>>"$work/log" ||
    code=$?
  case $code in
    0 | 3) ;;
    *)
      tail -n 5 "$work/log" >&2
      die "dfkd results $* ended with exit code $code; more in $work/log" ;;
  esac
}

# Some cells that are current, in an empty store, within a quarter of the budget.
recheck() {
  local matrix number=0 until=$((deadline - 3 * total / 4)) entry dataset attack distiller teacher \
    student id most
  local vouch=(--dry-run)
  [ -z "$by" ] || vouch=(--by "$by")
  rm -rf "$work/again"
  for matrix in "${matrices[@]}"; do
    "$dfkd" results sample "$matrix" --results "$results" --percent "$percent" --seed "$seed" \
      >"$work/sample" 2>>"$work/log" ||
      { tail -n 3 "$work/log" >&2; die "dfkd results sample $matrix failed"; }
    while IFS=$'\t' read -r entry dataset attack distiller teacher student id; do
      most=$((until - $(date +%s)))
      say "once more: $matrix $id"
      local which=(--datasets "$dataset" --attacks "$attack" --distillers "$distiller"
        --defenses "$entry" --teacher-seeds "$teacher" --student-seeds "$student")
      compute "$most" "$matrix" "$work/again" "${which[@]}" ||
        { say "no time left for it"; continue; }
      number=$((number + 1))
      ask "verify-$number" verify "$matrix" "${which[@]}" --store "$work/again" "${vouch[@]}"
    done <"$work/sample"
  done
  rm -rf "$work/again"
}

# Lines in another order every day.
shuffled() {
  local line
  while IFS= read -r line; do
    printf '%s\t%s\n' "$(printf '%s %s' "$seed" "$line" | sha256sum | cut -c 1-16)" "$line"
  done | LC_ALL=C sort | cut -f 2-
}

# since, matrix, entry: one line for each that has missing or stale cells, longest waiting first.
# Then one, with "failed" in place of since, for each that has failed cells: what fails every night
# gets the time that others leave, and the order sees to it that none always gets all of that.
waiting() {
  local matrix
  for matrix in "${matrices[@]}"; do
    "$dfkd" results stale "$matrix" --results "$results" 2>>"$work/log" >"$work/stale" ||
      { tail -n 3 "$work/log" >&2; die "dfkd results stale $matrix failed"; }
    awk -F '\t' -v matrix="$matrix" '!seen[$1, $3 == "failed"]++ {
      print ($3 == "failed" ? "failed" : $4) "\t" matrix "\t" $1}' "$work/stale"
  done >"$work/entries"
  awk -F '\t' '$1 != "failed"' "$work/entries" | LC_ALL=C sort -s -t $'\t' -k 1,1
  awk -F '\t' '$1 == "failed"' "$work/entries" | shuffled
}

catch_up() {
  local since matrix entry number=0
  waiting >"$work/waiting" || exit 2
  while IFS=$'\t' read -r since matrix entry; do
    [ "$(left)" -gt 0 ] || break
    local ended=0 again=()
    if [ "$since" = failed ]; then
      again=(--retry-failed)
      say "$matrix $entry: once more what has failed"
    else
      say "$matrix $entry: waiting since ${since/#-/ever}"
    fi
    compute "$(left)" "$matrix" "$work/store" --defenses "$entry" "${again[@]}" || ended=1
    number=$((number + 1))
    ask "add-$number" add "$matrix" --defenses "$entry" --store "$work/store" --by "${by:-nightly}"
    [ $ended = 0 ] || { say "the budget is spent; the next night goes on"; break; }
  done <"$work/waiting"
}

parse "$@"
total=$(seconds_of "$budget") || exit 2
# Before the build: two nights at once would write one build folder. What runs longer than this does
# not hold the lock.
mkdir -p "$work" || die "$work: cannot be made"
exec 9>"$work/lock"
flock -n 9 || die "$work is in use by another nightly run"
rm -f "$work/report.md" "$work/report.json"  # of another night: nobody takes it for tonight's
if [ -z "$dfkd" ]; then
  bash "$root/bench/quickstart.sh" --build-only 9>&- || exit 2
  echo 'dataset-fashion-mnist|-  images of the shipped matrices' | ensure_packages 9>&- || exit 2
  dfkd=$root/build/dfkd
fi
command -v python3 >/dev/null || echo 'python3  the report' | ensure_packages 9>&- || exit 2
if [ ${#matrices[@]} = 0 ]; then
  mapfile -t matrices < <(cd "$results" 2>/dev/null &&
    find . -mindepth 2 -maxdepth 2 -name '*.jsonl' -printf '%P\n' |
    cut -d / -f 1 | sort -u)
  for i in "${!matrices[@]}"; do  # shipped under its name, or the file that was run
    [ -e "$root/bench/matrices/${matrices[i]}.json" ] ||
      matrices[i]=$results/${matrices[i]}/matrix.json
  done
  [ ${#matrices[@]} -gt 0 ] || die "$results holds no results; --matrix says what to begin with"
fi
deadline=$(($(date +%s) + total))
rm -rf "$work/tonight" "$work/log"
mkdir -p "$work/tonight"
recheck
catch_up
waiting >"$work/waiting" || exit 2
"$dfkd" site --results "$results" --out "$work/site" >>"$work/log" 2>&1 ||
  say "no site: $(tail -n 1 "$work/log")"
# Of the repository's own results the README speaks, too.
[ "$(realpath "$results")" != "$(realpath "$root")/leaderboard/results" ] ||
  bash "$root/tests/readme.sh" "$(realpath "$dfkd")" --write >>"$work/log" 2>&1 ||
  say "README not written: $(tail -n 1 "$work/log")"
/usr/bin/env python3 "$root/bench/nightly_report.py" --work "$work" --source "$root" \
  --matrices "${matrices[@]}"
