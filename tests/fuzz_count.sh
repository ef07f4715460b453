#!/usr/bin/env bash
# fuzz_count.sh SCRATCH: what tests/fuzz/count.py counts and keeps, with a stub in place of the
# programs: executions over several sittings, findings, a build that is another, merged corpora.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) scratch=$1
fail() { echo "fuzz_count: $*" >&2; exit 1; }

rm -rf "$scratch"
programs=$scratch/build/tests/fuzz
mkdir -p "$programs"

# Executes at most 40 a run, and finds an input that kills it while there is a file `bug`.
stub() {  # stub <name>
  cat >"$programs/fuzz_$1" <<'STUB'
#!/usr/bin/env bash
runs=0 merge=0 prefix= folders=()
for word in "$@"; do
  case $word in
    -runs=*) runs=${word#*=} ;;
    -merge=1) merge=1 ;;
    -artifact_prefix=*) prefix=${word#*=} ;;
    -*) ;;
    *) folders+=("$word") ;;
  esac
done
bug=$(dirname "$0")/bug
if [ -f "${folders[0]}" ]; then
  [ ! -e "$bug" ]
  exit
fi
if [ $merge = 1 ]; then
  cp -n "${folders[1]}"/* "${folders[0]}"
  exit 0
fi
[ "$runs" -le 40 ] || runs=40
if [ -e "$bug" ]; then
  echo "#7	NEW    cov: 1"
  echo bad >"${prefix}crash-0123"
  exit 77
fi
printf '%*s' "$runs" '' >"${folders[0]}/input-$runs"
echo "#2	INITED cov: 1"
echo "stat::number_of_executed_units: $runs"
STUB
  chmod +x "$programs/fuzz_$1"
}
count() {  # count <expected exit code> <arguments…>: the table is in $table
  local expected=$1 code
  shift
  table=$(/usr/bin/python3 "$root/tests/fuzz/count.py" --build "$scratch/build" \
    --corpora "$scratch/corpora" "$@" 2>"$scratch/said")
  code=$?
  [ $code = "$expected" ] || fail "$*: exit code $code, not $expected: $(cat "$scratch/said")"
}
row() {  # row <target> <executions> <corpus> <shipped> <findings>
  local got
  got=$(awk -v name="$1" '$1 == name {print $2, $4, $5, $6}' <<<"$table")
  [ "$got" = "$2 $3 $4 $5" ] || fail "$1: '$got', not '$2 $3 $4 $5'"
}

count 2 --runs 10  # there is none
stub one
stub two
count 2 --runs 10 three
grep -q "there is no target 'three'; there are: one, two" "$scratch/said" || fail "no word of it"

# Rounds add up to what is asked, and no more; a sitting goes on where the last one ended.
count 0 --runs 100 one
row one 100 2 0 0  # 40, 40, 20
count 0 --runs 130 --jobs 2
row one 130 3 0 0
row two 130 2 0 0  # 40, 40, 40, 10
count 0 --runs 50
row one 130 3 0 0

# What is found stops its target, with what it had executed; once it passes it goes on.
touch "$programs/bug"
count 1 --runs 200 one
row one 137 3 0 1
grep -q "finding: .*/findings/one/crash-0123" "$scratch/said" || fail "the finding is not told"
count 1 --runs 200 one
row one 137 3 0 1
rm "$programs/bug"
count 0 --runs 200 one
row one 200 4 0 0

# Another build is counted anew, but where all builds are asked for; its corpus stays.
echo "# another" >>"$programs/fuzz_two"
count 0 --runs 140 --any-build two
row two 140 2 0 0
echo "# and another" >>"$programs/fuzz_two"
count 0 --runs 40 two
row two 40 2 0 0

# Merged are what is there, what was found and passes, and as many of the others as fit.
mkdir -p "$scratch/corpora/one"
echo kept >"$scratch/corpora/one/kept"
for number in $(seq 60); do echo "$number" >"$programs/found/one/many-$number"; done
head -c 200000 /dev/zero >"$programs/found/two/large"
count 0 --merge
row one 200 64 50 0
row two 40 3 2 0
for file in kept crash-0123; do
  [ -f "$scratch/corpora/one/$file" ] || fail "$file is not in the corpus"
done
[ ! -e "$scratch/corpora/two/large" ] || fail "more than 100 KB are kept"
count 0 --merge one
row one 200 64 50 0

# A sitting that ends before all is done says so, and the next one goes on.
sed -i 's/^printf/sleep 0.3; printf/' "$programs/fuzz_one"
count 3 --runs 1000000 --seconds 1 one
executions=$(awk '$1 == "one" {print $2}' <<<"$table")
[ "$executions" -ge 40 ] || fail "a sitting of a second counts $executions"
count 3 --runs 1000000 --seconds 1 one
[ "$(awk '$1 == "one" {print $2}' <<<"$table")" -gt "$executions" ] || fail "it does not go on"
echo "executions are counted over sittings, and findings and corpora are kept"
