#!/usr/bin/env bash
# Everything that continuous integration checks, from packages to the closing count.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. bench/packages.sh
. tests/parts.sh
# The checkout may belong to another user, as in containers: for git in here and in what this
# starts.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

usage() {
  cat <<'HELP'
usage: bash tests/run.sh [--fast | --long] [--no-install] [--jobs N]

Installs what building and testing need (apt-get; says what and why first), builds the ci preset in
build-ci/ with warnings as errors and runs the format check, the script checks and every test.

  --fast        without the end-to-end tests
  --long        in addition: 1,000 random kills (else 200), 1,000 faults against runs that share a
                store (DFKD_FAULT_SEED draws others), sanitizers, a minute of fuzzing per parser
                (with DFKD_FUZZ_RUNS=N as many executions of each, too; tests/fuzz/CMakeLists.txt),
                what computes in every way in which this machine can round, a rehearsal of what is
                run on a GPU, a check that results moved only where a revision says so, and all
                tests on other releases of Debian and a build for CUDA (tests/platforms.sh; as root,
                else skipped). Takes hours: called again on the same commit, it goes on behind the
                parts that passed (to begin anew: rm -r build-ci/long)
  --no-install  install nothing; the packages are there already
  --jobs N      compile jobs (default: as many as cores and memory allow)

The last line counts what passed and what failed. Exit code: 0 all passed, 1 something failed, 2 it
could not run.
HELP
}

mode=all install=1 jobs=
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --fast) mode=fast ;;
    --long) mode=long ;;
    --no-install) install=0 ;;
    --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--jobs needs a number"
      jobs=$2
      shift
      ;;
    *) die "unknown argument '$1'; known: --help, --fast, --long, --no-install, --jobs N" ;;
  esac
  shift
done

test_packages() {
  build_packages
  cat <<'LIST'
git                          which files are tracked
python3-torch                a second implementation, with which ours is compared
python3-scipy                the same of the statistics
libboost-test-dev            unit tests
python3                      a local HTTP server, checks of JSON files
python3-yaml                 checks of the workflows
bubblewrap                   submissions run in a sandbox
python3-seccomp              its filter of system calls
dataset-fashion-mnist        tests on real images
slurm-wlm|-                  workers on a real cluster of two nodes
munge|-                      the same
clang-format-14|-            format check
chromium|google-chrome-stable|-  pages of the leaderboard in a browser
LIST
  [ ! -d bench/perf ] || echo "libbenchmark-dev             benchmarks"
  [ "$mode" != long ] || echo "clang-14|clang               fuzzing"
  [ "$mode" != long ] || echo "snakemake                    a plan that another runner drives"
  [ "$mode" != long ] || echo "debootstrap                  other releases of Debian"
}

# --- checks of the text of the tree

format_check() {
  local tool
  for tool in clang-format-14 clang-format; do
    if command -v $tool >/dev/null && $tool --version | grep -q 'version 14\.'; then
      git ls-files -z '*.cc' '*.h' | xargs -0 -r $tool --dry-run -Werror
      return
    fi
  done
  say "no clang-format 14 here (other versions format differently)"
  return 77
}

script_check() {
  local file bad=0
  while read -r file; do
    bash -n "$file" || bad=1
  done < <(git ls-files '*.sh' .ci/run)
  while read -r file; do
    /usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1], "rb").read(), sys.argv[1])' \
      "$file" || bad=1
  done < <(git ls-files '*.py')
  return $bad
}

# --- programs

# Counts the cases of every Boost program and one for every other test, from the log of ctest.
count_cases() {  # count_cases <build folder>
  awk '
    /^[0-9]+\/[0-9]+ Testing: / {name = $3; cases = 0}
    /^  [0-9]+ test cases? out of [0-9]+ (passed|failed)/ {
      if ($0 ~ / passed/) ok += $1; else bad += $1
      if ($0 ~ / failed/) failures = 1
      cases += $1
    }
    /^Test (Passed|Failed)\./ {
      if (cases == 0) { if ($2 == "Passed.") ok++; else bad++ }
      else if ($2 == "Failed." && !failures) bad++
      failures = 0
    }
    END {print ok + 0, bad + 0}' "$1/Testing/Temporary/LastTest.log"
}

run_ctest() {  # run_ctest <build folder> [further arguments of ctest]
  local folder=$1 ok bad
  shift
  rm -f "$folder/Testing/Temporary/LastTest.log"
  BOOST_TEST_REPORT_LEVEL=short ctest --test-dir "$folder" --output-on-failure --no-tests=error \
    --timeout 3000 "$@" >&2 </dev/null
  local result=$?
  [ -f "$folder/Testing/Temporary/LastTest.log" ] ||
    { say "FAILED  ctest in $folder"; count 0 1; return; }
  read -r ok bad < <(count_cases "$folder")
  [ $result = 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$ok" "$bad"
}

build() {  # build <folder> <arguments of cmake>
  local folder=$1
  shift
  mkdir -p "$folder"
  if ! cmake -B "$folder" "$@" >"$folder/configure.log" 2>&1; then
    tail -n 15 "$folder/configure.log" >&2
    return 1
  fi
  cmake --build "$folder" -j "$jobs" >&2
}

build_and_test() {  # build_and_test <name> <folder> <arguments of cmake> [-- <arguments of ctest>]
  local name=$1 folder=$2 configure=()
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    configure+=("$1")
    shift
  done
  [ $# = 0 ] || shift
  say "== $name"
  if build "$folder" "${configure[@]}"; then
    run_ctest "$folder" "$@"
  else
    say "FAILED  $name: does not build"
    count 0 1
  fi
}

say "== packages"
if [ "$install" = 1 ]; then
  test_packages | ensure_packages || exit 2
else
  say "Not checked (--no-install)."
fi
check_torch_dir
jobs=${jobs:-$(build_jobs)}
mapfile -t torch < <(torch_arguments)
perf=OFF
[ ! -d bench/perf ] || perf=ON

# One thread a process unless told otherwise: 64 of them for toy tensors cost more than they bring.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}

say "== machine"
bash tests/machine.sh >&2

say "== text"
[ -n "$(git ls-files tests/run.sh)" ] || die "git does not know this tree; the tests need a clone"
check "format" format_check
check "scripts" script_check

chosen=()
[ "$mode" != fast ] || chosen=(-LE e2e -E '^e2e$')
lanes=$jobs memory=
# The 1,000 random kills on Slurm wait for most of their ten minutes.
if [ "$mode" = long ]; then
  export DFKD_LONG=1
  lanes=$((jobs + 1)) memory=$(memory_of_commit build-ci/long)
fi
part "ci" build_and_test "ci" build-ci --preset ci -DDFKD_PERF=$perf "${torch[@]}" -- \
  -j "$lanes" "${chosen[@]}"

if [ "$mode" = long ]; then
  # What computes with tensors, but for scripts that drive the whole program to other ends.
  rounded='attacks|conformance|e2e|engines|methods|nn|parity|recipes|smoke|stages|verify'
  checked() { part "$1" check "$@"; }
  built() { part "$1" build_and_test "$@" -j "$jobs"; }
  built "AddressSanitizer and UBSan" build-asan --preset asan-ubsan --
  built "ThreadSanitizer" build-tsan --preset tsan --
  clang=$(command -v clang++-14 || command -v clang++)
  built "fuzzing" build-fuzz -G Ninja -DCMAKE_CXX_COMPILER="$clang" -DDFKD_FUZZ=ON \
    -DDFKD_TORCH=OFF -DDFKD_PERF=OFF -- -L fuzz
  [ -z "${DFKD_FUZZ_RUNS:-}" ] || checked "fuzzing, $DFKD_FUZZ_RUNS executions of each parser" \
    /usr/bin/python3 tests/fuzz/count.py --build build-fuzz --runs "$DFKD_FUZZ_RUNS" \
    --jobs "$jobs"
  checked "every other rounding" bash tests/roundings.sh --others --each build-ci \
    env BOOST_TEST_REPORT_LEVEL=short ctest --test-dir build-ci --output-on-failure -j "$jobs" \
    -R "^($rounded)\$"
  checked "1,000 faults" bash tests/faults.sh build-ci/dfkd build-ci/tests/scratch/long_faults \
    --faults 1000
  checked "rehearsal of bench/perf/gpu.sh" bash bench/perf/gpu.sh --rehearse --build build-ci \
    --seconds 480
  checked "revisions" bash tests/revision_check.sh build-ci/dfkd
  checked "other releases of Debian" bash tests/platforms.sh
  checked "LibTorch for CUDA" bash tests/platforms.sh --cuda
fi
close
