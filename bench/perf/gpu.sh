#!/usr/bin/env bash
# Everything that a machine with a GPU is asked, in one go: build, tests, rates, and cells of a
# matrix for as long as there is time.
set -uo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
. bench/packages.sh
. bench/perf/pack_report.sh

usage() {
  cat <<'HELP'
usage: bash bench/perf/gpu.sh [--pack DIR] [--out DIR] [--build DIR] [--seconds N] [--only STEPS]
       [--rehearse]

Needs a compiler, CMake, Ninja, CUDA and a python3 whose PyTorch was built for it; what else the
build needs comes from --pack (bench/perf/gpu_pack.sh). Each step has its own time and its own log,
and one that fails stops no other. In this order: what is worth most comes first.

  machine        what is there
  build          dfkd and the tests against the LibTorch of that PyTorch
  checks         all at once: distillers, defences, attacks and detectors on the CPU and on the GPU,
                 in float64 (tests-devices); what waits for the GPU (tests-reads); the smoke matrix
                 on both devices, which must end alike and with teachers alike (smoke)
  rounds         a ZSKT round of WRN-16-2 -> WRN-16-1 in a run, in fp32; fails where two lengths
                 took almost as long, which tells nothing
  concurrent     8, 2 and 4 cells at once on one device; of one, rounds tells
  peers          the same round in eager PyTorch (bench/perf/peers), with TF32 and without
  matrix         cells of abd_cifar10_10k, for two minutes
  ceiling        matrix products, as PyTorch reaches them, in fp32, tf32 and bf16
  steps          a step of each method by itself, in fp32 (dfkd_perf)
  peers          of all methods
  rounds, steps  in tf32 and bf16
  profiles       whether bf16 and tf32 lead to the same students as fp32 (tests/profiles.sh)
  matrix         again, until the time is over; what is unfinished can be resumed
  summary        ratios of ours and peers, shares of the ceiling, cells an hour (summary.json)
  store          what the matrix has computed, in store.tar.*, as far as it fits

A call ends in less than eight minutes, into which not everything fits. Take home what is in --out,
which the next call empties, and call it again for what is skipped in results.tsv, with --build
build-gpu/build --only and the names of steps, e.g. --only steps,peers,profiles,summary.

  --pack DIR     packages, images.tar for the matrix of CIFAR-10, and store.tar.* of a run before,
                 which goes on
  --out DIR      what is to be taken home, in few files: results.tsv; report.tar.gz with logs,
                 scores and summary.json, made anew after each step, of 15 MiB at most; the store
                 in store.tar.*, three of 16 MiB at most. The largest logs and artifacts stay away
                 where it would be more (default: build-gpu/out)
  --build DIR    a build of this tree that is there already
  --seconds N    of all steps together (default: 470)
  --only STEPS   of these, e.g. build,matrix; what calls before have found stays in the report, and
                 counts in the summary
  --rehearse     on this machine's CPU and LibTorch, everything tiny: tries the script, measures
                 nothing
Exit code: 0 all steps passed, 1 one did not (results.tsv says which), 2 wrong usage.
HELP
}

pack='' out=build-gpu/out build='' seconds=470 only='' rehearse=0
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --rehearse) rehearse=1 ;;
    --pack | --out | --build | --seconds | --only)
      [ -n "${2:-}" ] || die "$1 needs a value"
      value=$2
      [ "$1" = --seconds ] || [ "$1" = --only ] || [[ $value = /* ]] || value=$called_from/$value
      printf -v "${1#--}" '%s' "$value"
      shift
      ;;
    *)
      die "unknown argument '$1'; known: --help, --pack DIR, --out DIR, --build DIR, --seconds N," \
        "--only STEPS, --rehearse"
      ;;
  esac
  shift
done
all_steps='machine build checks rounds concurrent peers matrix ceiling steps profiles summary store'
for name in ${only//,/ }; do
  [[ " $all_steps " = *" $name "* ]] || die "--only $name: there is no such step; known: $all_steps"
done
[[ $seconds =~ ^[0-9]+$ ]] || die "--seconds $seconds must be a number"
[ -z "$pack" ] || [ -d "$pack/packages" ] ||
  die "--pack $pack: no packages there; bench/perf/gpu_pack.sh makes it"
[ -z "$build" ] || [ -x "$build/dfkd" ] || die "--build $build: no dfkd there"

[[ $out = /* ]] || out=$PWD/$out
mkdir -p "$out" && rm -rf "${out:?}"/* || exit 2
work=$PWD/build-gpu/work found=$PWD/build-gpu/found libraries=$PWD/build-gpu/libraries
[ $rehearse = 0 ] || found=$found-rehearsed # its numbers are no GPU's
mkdir -p "$work" "$found" && rm -rf "${work:?}"/* || exit 2
[ -n "$only" ] || rm -rf "${found:?}"/* || exit 2
built=1
[ -n "$build" ] || build=$PWD/build-gpu/build built=0
if [ $rehearse = 1 ]; then
  device=cpu networks=vgg-s-4,vgg-s-4 profiles=(fp32) rounds=(2 6) fewer_rounds=(2 6) at_once=(2)
  least_seconds=0 smoke_jobs=2 matrix_jobs=2 matrix=smoke python=/usr/bin/python3
  steps='TeacherStep|KdStep' shortest=0.01 peers_steps=1 first_peers=KdStep/reference
  peers_names='TeacherStep/reference KdStep/reference' test_threads=1 for_checks=215
else
  # From 200 rounds on, a run of any length keeps as many values and snapshots. What the longer one
  # has more must take far longer than starts differ by, a second or so.
  device=cuda networks=wrn-16-2,wrn-16-1 profiles=(fp32 tf32 bf16) rounds=(300 1500)
  fewer_rounds=(300 900) at_once=(8 2 4) least_seconds=3 smoke_jobs=4 matrix_jobs=2
  matrix=abd_cifar10_10k python=python3 shortest=0.5 peers_steps=10
  steps='ZsktRound|KdStep|TeacherStep|OodKdStep|InversionStep|CmiRound' peers_names=
  first_peers=ZsktRound/reference test_threads=4 for_checks=150
fi
report=$PWD/bench/perf/gpu_report.py
# Where CUDA's compiler, which the CMake files of LibTorch ask for, is not in the path.
command -v nvcc >/dev/null || [ ! -x /usr/local/cuda/bin/nvcc ] || PATH=$PATH:/usr/local/cuda/bin
LD_LIBRARY_PATH=$libraries/usr/lib/$(uname -m)-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
deadline=$((SECONDS + seconds))
: >"$found/results.tsv"

# Whoever ends this script from outside has what was found until then. With three parts of a store
# it is less than 64 MiB, in five files of 16 at most: more than that is a burden to take home.
take_home() {
  cp "$found/results.tsv" "$out/"
  pack_report "$found" "$work/report.tar.gz" $((15 << 20)) &&
    cp "$work/report.tar.gz" "$out/.report.tar.gz" && mv "$out/.report.tar.gz" "$out/report.tar.gz"
}

meaning() {  # meaning <exit code>
  case $1 in
    0) echo ok ;;
    77) echo 'not here' ;;
    124 | 137) echo 'time is over' ;;
    *) echo "FAILED ($1)" ;;
  esac
}

# note <name> <exit code> <seconds>: a line of results.tsv, which ends with what was printed last.
note() {
  printf '%s\t%s\t%s\t%s\n' "$1" "$(meaning "$2")" "$3" \
    "$(grep -v '^$' "$found/$1.log" | tail -n 1)" >>"$found/results.tsv"
}

# wait_for_group <process group>: what its shell has started may still be writing when that has
# ended. A dead process that nobody has asked for (Z) is none.
wait_for_group() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    grep -qsE "\) [^ZX] [0-9]+ $1 " /proc/[0-9]*/stat || return 0
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null
}

# step <name> <most seconds> <function> <arguments>: in a process group of its own, which SIGTERM
# ends when its time is over. What is taken home has some time even where others took too much.
step() {
  local name=$1 most=$2 began=$SECONDS rest=$((deadline - SECONDS)) result
  shift 2
  [ -z "$only" ] || [[ ,$only, = *,${name%%-*},* ]] || return 0
  [ "$most" -lt $rest ] || most=$rest
  case $name in summary | store) [ "$most" -ge 10 ] || most=10 ;; esac
  if [ "$most" -lt 3 ]; then
    printf '%s\tskipped: no time left\t0\t\n' "$name" >>"$found/results.tsv"
    return
  fi
  say "== $name (at most $most s)"
  # shellcheck disable=SC2163  # the function of that name
  export -f "$1" say die build_packages build_jobs
  timeout --signal=TERM --kill-after=20 "$most" bash -c "set -uo pipefail; $*" \
    >"$found/$name.log" 2>&1 &
  group=$!
  wait $group
  result=$?
  case $result in 124 | 137) wait_for_group $group ;; esac
  group=''
  note "$name" $result $((SECONDS - began))
  take_home
  say "   $(meaning $result)"
}
group=''
trap '[ -z "$group" ] || kill -TERM -- "-$group"; exit 143' INT TERM
export -f meaning note
export device networks matrix report python out found work libraries build built pack rehearse
export steps shortest least_seconds peers_steps test_threads

look_at_machine() {
  uname -a
  head -n 1 /etc/os-release
  nproc
  g++ --version | head -n 1
  cmake --version | head -n 1
  nvcc --version | tail -n 1
  nvidia-smi || [ "$rehearse" = 1 ] || exit 1
  "$python" -c \
    'import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())' ||
    [ "$rehearse" = 1 ]
}

# What links of the packages lead to lies in the same folder, not below /.
unpack_libraries() {
  [ -n "$pack" ] || return 0
  local deb link target
  for deb in "$pack"/packages/*.deb; do
    dpkg -x "$deb" "$libraries" || return 1
  done
  find "$libraries" -type l -lname '/*' | while read -r link; do
    target=$libraries$(readlink "$link")
    [ ! -e "$target" ] || ln -sfn "$target" "$link"
  done
}

make_program() {
  [ "$built" = 0 ] || { echo "a build that was there: $build"; exit 0; }
  unpack_libraries || exit 1
  # Debian keeps a few headers beside the others (openssl/opensslconf.h, jconfig.h), where CMake's
  # modules do not look.
  local torch beside jobs
  beside=$libraries/usr/include/$(uname -m)-linux-gnu
  export CPLUS_INCLUDE_PATH=$beside${CPLUS_INCLUDE_PATH:+:$CPLUS_INCLUDE_PATH}
  # A machine with such a GPU has memory for all its cores, also where it is given more as it asks
  # for it. No kernel is compiled here: the architecture spares LibTorch's CMake files a search.
  if [ "$rehearse" = 1 ]; then
    torch=${Torch_DIR:-} jobs=$(build_jobs)
  else
    torch=$("$python" -c 'import torch; print(torch.utils.cmake_prefix_path)')/Torch || exit 1
    jobs=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
    export TORCH_CUDA_ARCH_LIST=${TORCH_CUDA_ARCH_LIST:-9.0}
  fi
  local perf=OFF targets=(dfkd test_stages) include
  for include in /usr/include "$libraries/usr/include"; do
    [ ! -f "$include/benchmark/benchmark.h" ] || perf=ON
  done
  [ $perf = OFF ] || targets+=(dfkd_perf)
  # Small units: sixteen cores are served better by many than by few. Nothing is asked of npm's
  # registry, which cannot be reached; packages older than CMake 4 are read; and what does not
  # compile costs the programs that it is part of, no others (-k 0). Nothing is done without dfkd:
  # it comes first.
  cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON \
    -DCMAKE_UNITY_BUILD_BATCH_SIZE=6 -DDFKD_FETCH=OFF -DDFKD_SITE=OFF -DDFKD_PERF=$perf \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 ${torch:+"-DTorch_DIR=$torch"} \
    ${pack:+"-DCMAKE_PREFIX_PATH=$libraries/usr"} || exit 1
  local failures=0
  cmake --build "$build" -j "$jobs" --target dfkd -- -k 0 || failures=1
  cmake --build "$build" -j "$jobs" --target "${targets[@]}" -- -k 0 && [ $failures = 0 ]
}

run_tests() {  # run_tests <suite>
  [ -x "$build/tests/test_stages" ] || exit 77
  export OMP_NUM_THREADS=$test_threads OPENBLAS_NUM_THREADS=$test_threads
  cd "$work" &&
    "$build/tests/test_stages" --run_test="$1" --log_level=message --color_output=no
}

# dfkd with a store and scores of its own.
ours() {  # ours <name> <matrix> <arguments>
  local name=$1 of=$2
  shift 2
  "$build/dfkd" run "$of" --store "$work/$name" --out "$found/scores/$name" "$@"
}
export -f ours unpack_libraries

run_smoke() {  # run_smoke <at once> <arguments>
  local jobs=$1 of_cpu=() other result
  shift
  [ "$rehearse" = 1 ] || of_cpu=(--jobs 8)
  ours smoke-cpu smoke "$@" --device cpu "${of_cpu[@]}" &
  other=$!
  ours smoke smoke "$@" --device "$device" --jobs "$jobs"
  result=$?
  wait $other && [ $result = 0 ] || exit 1
  "$python" "$report" compare "$found/scores/smoke-cpu" "$found/scores/smoke" \
    >"$found/smoke.json" || exit 1
  tr -d '\n' <"$found/smoke.json" && echo
}

run_check() {  # run_check <name> <function> <arguments>
  local name=$1 began=$SECONDS result
  shift
  ("$@") >"$found/$name.log" 2>&1
  result=$?
  note "$name" $result $((SECONDS - began))
  [ $result = 0 ] || [ $result = 77 ]
}
export -f run_tests run_smoke run_check

# Each takes some of the cores, and none keeps the device busy by itself.
run_checks() {  # run_checks <at once> <arguments of the smoke matrix>
  local children=() child failures=0
  run_check tests-devices run_tests devices &
  children+=($!)
  run_check tests-reads run_tests host_reads &
  children+=($!)
  run_check smoke run_smoke "$@" &
  children+=($!)
  for child in "${children[@]}"; do
    wait "$child" || failures=$((failures + 1))
  done
  echo "$failures of ${#children[@]} failed"
  [ $failures = 0 ]
}

measure_ceiling() {
  "$python" -c 'import torch' 2>/dev/null || exit 77
  "$python" "$report" ceiling "$device"
}

# Two lengths: their difference is free of what a start costs.
measure_rounds() {  # measure_rounds <name> <profile> <at once> <fewer> <more>
  local name=$1 profile=$2 cells=$3 count
  for count in "$4" "$5"; do
    "$python" "$report" matrix "$work/$name-$count.json" "$count" "$cells" "$networks" "$profile" &&
      ours "$name-$count" "$work/$name-$count.json" --device "$device" --jobs "$cells" || exit 1
  done
  "$python" "$report" rounds "$work/$name-$5" "$5" "$work/$name-$4" "$4" "$networks" \
    "$least_seconds" || [ "$rehearse" = 1 ]
}

# The profile tf32 is float32 under another setting of the process.
run_steps() {  # run_steps <profile>
  [ -x "$build/dfkd_perf" ] || exit 77
  local settings=() kind=$1
  [ "$1" != tf32 ] || settings=(--tf32) kind=fp32
  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$build/dfkd_perf" --device "$device" "${settings[@]}" \
    --benchmark_filter="^($steps)/(sv_|sr_)?$kind\$" --benchmark_min_time="$shortest" \
    --benchmark_out="$found/steps-$1.json" --benchmark_out_format=json
}

run_peers() {  # run_peers <names, or none: all>
  [ -f bench/perf/peers/steps.py ] || exit 77
  local need='import torch'
  [ "$device" = cpu ] || need='import torch; torch.set_default_device'  # since 2.0
  "$python" -c "$need" 2>/dev/null || exit 77
  "$python" "$report" peers "$device" "$peers_steps" "$found/peers.json" "$@"
}

run_profiles() {
  bash tests/profiles.sh "$build/dfkd" "$work/profiles" "$device" "$(command -v "$python")"
}

summarize() { "$python" "$report" summary "$found"; }

# Once a call: what the matrix has computed since is not put back.
unpack_store() {
  [ -n "$pack" ] && [ -f "$pack/store.tar.aa" ] && [ ! -e "$work/unpacked" ] || return 0
  rm -rf "$work/matrix"
  cat "$pack"/store.tar.* | tar -C "$work" -xf - && : >"$work/unpacked"
}

unpack_images() {
  [ ! -d "$work/data" ] || return 0
  rm -rf "$work/data.part"
  "$python" bench/perf/gpu_images.py "$pack/images.tar" "$work/data.part" &&
    mv "$work/data.part" "$work/data"
}
export -f unpack_store unpack_images

run_matrix() {  # run_matrix <at once> <arguments>
  local data=() jobs=$1
  shift
  unpack_store || exit 1
  if [ "$matrix" != smoke ]; then
    [ -n "$pack" ] && [ -f "$pack/images.tar" ] || exit 77
    unpack_images || exit 1
    data=(--data "$work/data")
  fi
  ours matrix "$matrix" "${data[@]}" "$@" --device "$device" --jobs "$jobs"
}

keep_store() {
  [ -d "$work/matrix" ] || exit 77
  "$python" "$report" keep "$work/matrix" "$out/store.tar." 3
}

# The first run of a shape in a process tries every kernel for it: seconds, which count here.
rounds_in() { step "rounds-$1" 90 measure_rounds "rounds-$1" "$1" 1 "${rounds[@]}"; }
steps_in() { step "steps-$1" 75 run_steps "$1"; }

# First whether it is right; then cells beside each other and beside eager PyTorch, and cells of the
# matrix, which nobody can compute without such a machine; then single steps, and what takes all the
# time that is left.
for_packing=25 for_summary=5
deadline=$((deadline - for_packing - for_summary))
step machine 20 look_at_machine
step build 240 make_program
# What was compiled until then stays.
! grep -q $'^build\ttime is over' "$found/results.tsv" || step build-again 120 make_program
if [ -x "$build/dfkd" ]; then
  smoke=()
  [ $rehearse = 0 ] || smoke=(--defenses none --distillers "ood_kd,zskt")
  step checks $for_checks run_checks "$smoke_jobs" "${smoke[@]}"
  rounds_in "${profiles[0]}"
  for count in "${at_once[@]}"; do
    lengths=("${rounds[@]}")
    [ "$count" -lt 4 ] || lengths=("${fewer_rounds[@]}")
    step "concurrent-$count" 130 measure_rounds "concurrent-$count" fp32 "$count" "${lengths[@]}"
  done
  step peers-round 30 run_peers $first_peers
  step matrix 120 run_matrix "$matrix_jobs" "${smoke[@]}"
  step ceiling 15 measure_ceiling
  steps_in "${profiles[0]}"
  # shellcheck disable=SC2086  # names
  step peers 60 run_peers $peers_names
  for profile in "${profiles[@]:1}"; do rounds_in "$profile"; steps_in "$profile"; done
  step profiles 90 run_profiles
  step matrix-again 100000 run_matrix "$matrix_jobs" "${smoke[@]}"
fi
deadline=$((deadline + for_summary))
step summary $for_summary summarize
deadline=$((deadline + for_packing))
step store $for_packing keep_store
cp "$build/CMakeCache.txt" "$found/" 2>/dev/null
take_home
say "" && cat "$out/results.tsv" >&2
say "$out (report.tar.gz is $found)"
! grep -qP '^[^\t]*\tFAILED' "$found/results.tsv"
