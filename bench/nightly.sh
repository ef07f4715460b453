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
writes the site and a report. What cannot be done is told, and the rest goes on.

  --budget T      time for all of it but the build: 90s, 30m, 2h (default 2h). It stops cleanly; the
                  next night goes on. While others wait, an entry may take an equal share of it
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

Exit code: 0 done; 2 it could not begin; 3 results have moved; 4 nothing has moved, but an entry,
the site or the README failed; 130 neither, but a signal stopped it. After all but 2 WORK/report.md
says which, by how much and since which commit, and what failed with which line.
HELP
}

budget=2h matrices=() device=cpu jobs=() results=leaderboard/results work=.dfkd/nightly \
  percent=2 by= dfkd=
seed=$(($(date +%s) / 86400))
most_nights=3  # of a recheck that takes more time than it is given
stopped= child= answers=0

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
  [[ $percent =~ ^[0-9]{1,3}$ ]] && [ "$percent" -le 100 ] ||
    die "--percent '$percent' must be a whole number from 0 to 100"
  [[ $seed =~ ^[0-9]{1,18}$ ]] || die "--seed '$seed' must be a whole number, not negative"
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

# Seconds on a clock that nobody sets: a budget outlives a change of the time of day.
clock() {
  local up
  read -r up _ </proc/uptime
  echo "${up%.*}"
}
left() { echo $((deadline - $(clock))); }

# A signal is answered as a spent budget is: checkpoints, what has been computed, site and report.
stop() {
  stopped=1 deadline=0
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}

# --- what fails is told, and the night goes on

end_of_log() { stat -c %s "$work/log"; }

# failed <what> <exit code> <where in the log its lines begin>
failed() {
  local line
  [ -z "$stopped" ] || return 0  # it did not fail by itself
  line=$(tail -c "+$(($3 + 1))" "$work/log" | tr '\t\r' ' \n' |
    awk 'NF {line = $0} END {print line}')
  [ "$2" -le 128 ] || line="killed by signal $(($2 - 128))"
  say "FAILED: $1: exit code $2: $line"
  printf '%s\t%s\t%s\n' "$1" "$2" "$line" >>"$work/tonight/errors"
}

# attempt <what> <command…>: its standard error into the log. 3, results have moved, is an answer.
attempt() {
  local what=$1 code=0 begin
  shift
  begin=$(end_of_log)
  "$@" 2>>"$work/log" </dev/null || code=$?
  [ $code != 0 ] && [ $code != 3 ] || return 0
  failed "$what" $code "$begin"
  return 1
}

# ask <what> <arguments of dfkd results>: its JSON into tonight, whole or not at all
ask() {
  local what=$1 file
  shift
  answers=$((answers + 1))
  file=$work/tonight/$(printf '%06d' $answers).json
  attempt "$what" "$dfkd" results "$@" --results "$results" --json >"$file.part" &&
    mv "$file.part" "$file"
}

# compute <what> <seconds> <matrix> <store> <selection…>: 0 went to its end, 1 ran out of time, 2
# failed. Cells that fail are results.
compute() {
  local what=$1 most=$2 matrix=$3 store=$4 code=0 begin began
  shift 4
  [ -z "$stopped" ] && [ "$most" -gt 0 ] || return 1
  begin=$(end_of_log) began=$(clock)
  # It holds the lock, too: if this script is killed, no night begins beside what it leaves running.
  timeout --signal=TERM --kill-after=60 "$most" "$dfkd" run "$matrix" "$@" --store "$store" \
    --device "$device" "${jobs[@]}" --out "$work/scores/${matrix//\//_}" \
    >>"$work/log" 2>&1 </dev/null &
  child=$!
  [ -z "$stopped" ] || stop  # the signal came before there was a child
  wait "$child" || code=$?
  while kill -0 "$child" 2>/dev/null; do  # a signal ended the waiting alone
    code=0
    wait "$child" || code=$?
  done
  child=
  case $code in
    0 | 1) [ -z "$stopped" ]; return ;;
    124) return 1 ;;
  esac
  # Killed: by its time limit, or by what was short of memory.
  [ -z "$stopped" ] && [ $(($(clock) - began)) -lt "$most" ] || return 1
  failed "$what" $code "$begin"
  return 2
}

# --- some cells that are current, once more

# What is pending lies in WORK/rechecks, a line each: in how many nights it ran out of time, matrix,
# and its row of `dfkd results sample`. A night that is killed leaves it so, too.
save_rechecks() {
  { [ $# = 0 ] || printf '%s\n' "$@"; } >"$work/rechecks.new"
  mv "$work/rechecks.new" "$work/rechecks"
}

# Of what is pending those cells whose results are of today's keys no more: there is nothing left to
# compare them with.
forget_stale() {
  local matrix
  [ -s "$work/rechecks" ] || return 0
  for matrix in "${matrices[@]}"; do
    attempt "$matrix" "$dfkd" results stale "$matrix" --results "$results" >"$work/stale" ||
      continue
    matrix=$matrix awk -F '\t' '
      FILENAME == ARGV[1] {stale[$2]; next}
      $2 != ENVIRON["matrix"] || !($NF in stale)' "$work/stale" "$work/rechecks" \
      >"$work/rechecks.new" && mv "$work/rechecks.new" "$work/rechecks"
  done
}

# Those of other nights, then a new draw of matrices that have none: what never fits lengthens no
# list.
draw() {
  local matrix
  cat "$work/rechecks" 2>/dev/null
  for matrix in "${matrices[@]}"; do
    matrix=$matrix awk -F '\t' '$2 == ENVIRON["matrix"] {found = 1} END {exit !found}' \
      "$work/rechecks" 2>/dev/null && continue
    attempt "$matrix" "$dfkd" results sample "$matrix" --results "$results" --percent "$percent" \
      --seed "$seed" >"$work/sample" || continue
    matrix=$matrix awk '{print "0\t" ENVIRON["matrix"] "\t" $0}' "$work/sample"
  done
}

# The store of rechecks is empty, or has what was begun by this very program: stages of other code
# would pass for those of today.
prepare_store_again() {
  local program
  program=$(cat "$dfkd" "$(dirname "$dfkd")/dfkd-compute" 2>/dev/null | sha256sum)
  [ ! -s "$work/rechecks" ] || [ "$program" != "$(cat "$work/again.of" 2>/dev/null)" ] || return 0
  rm -rf "$work/again"
  printf '%s\n' "$program" >"$work/again.of"
}

# recheck_one <seconds> <line of WORK/rechecks>: as compute
recheck_one() {
  local most=$1 entry dataset attack distiller teacher student id matrix which result=0
  local vouch=(--dry-run)
  [ -z "$by" ] || vouch=(--by "$by")
  IFS=$'\t' read -r _ matrix entry dataset attack distiller teacher student id <<<"$2"
  which=(--datasets "$dataset" --attacks "$attack" --distillers "$distiller" --defenses "$entry"
    --teacher-seeds "$teacher" --student-seeds "$student")
  say "once more: $matrix $id"
  compute "$matrix $entry" "$most" "$matrix" "$work/again" "${which[@]}" || result=$?
  [ $result = 0 ] || return $result
  ask "$matrix $entry" verify "$matrix" "${which[@]}" --store "$work/again" "${vouch[@]}" ||
    return 2
}

# no_time_for <nights> <line of WORK/rechecks>: the report says it; 1: and that was the last night
no_time_for() {
  local matrix id then='the next night goes on' result=0
  matrix=$(cut -f 2 <<<"$2") id=${2##*$'\t'}
  [ "$1" -lt $most_nights ] || { then="given up after $1 nights" result=1; }
  say "no time left for it; $then"
  printf '%s\t%s\t%s\n' "$matrix" "$id" "$then" >>"$work/tonight/unchecked"
  return $result
}

# Within a quarter of the budget.
recheck() {
  local until=$((deadline - 3 * total / 4)) rows=() kept=() i nights row most result
  forget_stale
  prepare_store_again
  draw >"$work/rechecks.drawn"
  mapfile -t rows <"$work/rechecks.drawn"
  save_rechecks "${rows[@]}"
  for i in "${!rows[@]}"; do
    nights=${rows[i]%%$'\t'*} row=${rows[i]#*$'\t'} most=$((until - $(clock))) result=0
    if is_tonight "${row%%$'\t'*}"; then
      recheck_one "$most" "${rows[i]}" || result=$?
      [ "$most" -le 0 ] || [ -n "$stopped" ] || nights=$((nights + 1))
      [ $result != 1 ] || no_time_for "$nights" "${rows[i]}" || result=0
    else
      result=1  # a matrix of another night
    fi
    [ $result != 1 ] || kept+=("$nights"$'\t'"$row")
    save_rechecks "${kept[@]}" "${rows[@]:i+1}"
  done
  [ ${#kept[@]} -gt 0 ] || rm -rf "$work/again"
}

is_tonight() {
  local matrix
  for matrix in "${matrices[@]}"; do [ "$matrix" != "$1" ] || return 0; done
  return 1
}

# --- what is missing, stale or failed

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
    attempt "$matrix" "$dfkd" results stale "$matrix" --results "$results" >"$work/stale" ||
      continue
    matrix=$matrix awk -F '\t' '!seen[$1, $3 == "failed"]++ {
      print ($3 == "failed" ? "failed" : $4) "\t" ENVIRON["matrix"] "\t" $1}' "$work/stale"
  done >"$work/entries"
  awk -F '\t' '$1 != "failed"' "$work/entries" | LC_ALL=C sort -s -t $'\t' -k 1,1
  awk -F '\t' '$1 == "failed"' "$work/entries" | shuffled
}

# serve <seconds> <line of waiting>: 1 if it ran out of time
serve() {
  local since matrix entry again=() result=0
  [ "$1" -gt 0 ] || return 1
  IFS=$'\t' read -r since matrix entry <<<"$2"
  if [ "$since" = failed ]; then
    again=(--retry-failed)
    say "$matrix $entry: once more what has failed"
  else
    say "$matrix $entry: waiting since ${since/#-/ever}"
  fi
  compute "$matrix $entry" "$1" "$matrix" "$work/store" --defenses "$entry" "${again[@]}" ||
    result=$?
  ask "$matrix $entry" add "$matrix" --defenses "$entry" --store "$work/store" \
    --by "${by:-nightly}" || :
  [ $result != 1 ]
}

# Each gets an equal share of the time that is left, so that a new attack whose teachers take nights
# does not keep all others waiting. Then those that ran out of theirs get the rest, in the same
# order.
serve_all() {
  local rows=("$@") cut=() i row
  for i in "${!rows[@]}"; do
    serve $(($(left) / (${#rows[@]} - i))) "${rows[i]}" || cut+=("${rows[i]}")
  done
  for row in "${cut[@]}"; do serve "$(left)" "$row" || :; done
}

catch_up() {
  local rows
  waiting >"$work/waiting"
  mapfile -t rows < <(grep -v $'^failed\t' "$work/waiting")
  serve_all "${rows[@]}"
  mapfile -t rows < <(grep $'^failed\t' "$work/waiting")
  serve_all "${rows[@]}"
  [ "$(left)" -gt 0 ] || say "the budget is spent; the next night goes on"
}

# --- the night

prepare() {
  if [ -z "$dfkd" ]; then
    bash "$root/bench/quickstart.sh" --build-only 9>&- || exit 2
    echo 'dataset-fashion-mnist|-  images of the shipped matrices' | ensure_packages 9>&- || exit 2
    dfkd=$root/build/dfkd
  fi
  [ -f "$dfkd" ] && [ -x "$dfkd" ] || die "$dfkd: no program"
  dfkd=$(realpath "$dfkd")
  command -v python3 >/dev/null || echo 'python3  the report' | ensure_packages 9>&- || exit 2
}

files_of_results() {
  find "$results" -mindepth 2 -maxdepth 2 -name '*.jsonl' -printf '%P\n' 2>/dev/null
}

find_matrices() {
  local i
  [ ${#matrices[@]} = 0 ] || return 0
  mapfile -t matrices < <(files_of_results | cut -d / -f 1 | LC_ALL=C sort -u)
  for i in "${!matrices[@]}"; do  # shipped under its name, or the file that was run
    [ -e "$root/bench/matrices/${matrices[i]}.json" ] ||
      matrices[i]=$results/${matrices[i]}/matrix.json
  done
  [ ${#matrices[@]} -gt 0 ] || die "$results holds no results; --matrix says what to begin with"
}

show() {
  if [ -n "$(files_of_results | head -n 1)" ]; then
    attempt site "$dfkd" site --results "$results" --out "$work/site" >>"$work/log"
  else
    say "no site: there are no results yet"
  fi
  # Of the repository's own results the README speaks, too.
  [ "$(realpath -m "$results")" != "$(realpath "$root")/leaderboard/results" ] ||
    attempt README bash "$root/tests/readme.sh" "$dfkd" --write >>"$work/log"
}

# The report's exit code is that of the night.
report() {
  local code=0
  [ -z "$stopped" ] || : >"$work/tonight/stopped"
  /usr/bin/env python3 "$root/bench/nightly_report.py" --work "$work" --source "$root" \
    --matrices "${matrices[@]}" || code=$?
  case $code in
    0 | 3 | 4 | 130) return $code ;;
  esac
  say "no report: it ended with exit code $code"
  return 4
}

night() {
  parse "$@"
  total=$(seconds_of "$budget") || exit 2
  # Before the build: two nights at once would write one build folder. What a build leaves running
  # does not hold the lock.
  mkdir -p "$work" || die "$work: cannot be made"
  exec 9>"$work/lock"
  flock -n 9 || die "$work is in use by another nightly run"
  rm -f "$work/report.md" "$work/report.json"  # of another night: nobody takes it for tonight's
  prepare
  find_matrices
  rm -rf "$work/tonight"
  mkdir -p "$work/tonight" && : >"$work/log" || die "$work: cannot be written"
  deadline=$(($(clock) + total))
  trap stop INT TERM HUP
  recheck
  catch_up
  waiting >"$work/waiting"
  show
  report
}

night "$@"; exit  # read to its end before it begins: the file may change meanwhile
