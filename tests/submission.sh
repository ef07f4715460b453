#!/usr/bin/env bash
# The gate of submissions: one plugin folder, built alone, read, run in a sandbox, measured.
set -uo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$source/bench/packages.sh"

usage() {
  cat <<'HELP'
usage: bash tests/submission.sh FOLDER… [--build DIR] [--out DIR] [--full] [--draw WORD]
       [--prepare] [--read-only-text]

Checks the folder of one plugin as a pull request brings it, and writes OUT/report.md and
OUT/report.json; with several folders, OUT/<name>/report.md:
  text       files, sizes, includes; nothing that reads files, talks to a network, starts processes
             or threads, draws from the global generator, keeps state, or asks for an attack's name
  build      compiled alone against the headers of this tree, in the sandbox, whose compiler, cmake
             and ninja are those of the system
  symbols    the same of what the compiled object calls and keeps
  conforms   the conformance test, in a sandbox: no network, nothing to read but the system and this
             tree, limits of memory and time, an empty folder to write (tests/sandbox.sh)
  holds      real runs whole, again, cut and resumed, with two threads (dfkd check-plugin), in the
             sandbox
  runs       toy cells beside the undefended student and ABD, in the sandbox: ACC, ASR, cost; of a
             defence or a distiller under an attack on a drawn class as well

Of a changed folder, whose plugin this tree has already, the first three alone are made: the rest is
what the tests of a tree with the change ask.

  --build DIR         a build folder of this tree with its tests (default: build-ci, else build)
  --out DIR           default .dfkd/submission/<name>; deleted first
  --full              the matrix `quick` as well, with `dfkd compare`, and a cell of it with the
                      drawn class: minutes
  --draw WORD         the class is drawn from the folder's files and this word (default: none); who
                      gives one that nobody knew before draws what no author could choose
  --prepare           install what this needs and build the tree in build/ first (apt-get; says what
                      and why)
  --read-only-text    the first check alone; needs no build

Exit code: 0 nothing was found, 1 something was, 2 it could not run, 3 nothing was, but somebody has
to look: the report names a flag (docs/submitting.md).
HELP
}

folder= folders=() flags=() root= build= out= boxes= full= text_only= prepare= torch= readable=()
word= target=
parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --full) full=1 flags+=("$1") ;;
      --prepare) prepare=1 ;;
      --read-only-text) text_only=1 flags+=("$1") ;;
      --build | --out)
        [ -n "${2:-}" ] || die "$1 needs a folder"
        [ "$1" = --build ] && build=$2 || out=$2
        shift
        ;;
      --draw)
        [ -n "${2:-}" ] || die "$1 needs a word"
        word=$2 flags+=("$1" "$2")
        shift
        ;;
      -*) die "unknown argument '$1'; bash tests/submission.sh --help" ;;
      *) folders+=("$1") ;;
    esac
    shift
  done
  [ ${#folders[@]} -gt 0 ] || die "which folder? bash tests/submission.sh --help"
}

# Where the folder goes says what it is to be.
find_root() {
  [ -d "$folder" ] || die "$folder: no such folder"
  folder=$(realpath "$folder")
  name=$(basename "$folder")
  for root in attacks datasets methods/distillation methods/defenses ''; do
    [[ $folder != */$root/$name ]] || break
  done
  [[ $name =~ ^[a-z][a-z0-9_]{1,40}$ ]] ||
    die "$name: the name must be of small letters, digits and _"
  out=$(realpath -m "${out:-.dfkd/submission/$name}")
  boxes=$out/boxes
}

# Each by itself, the worst exit code: 2 is worse than 1, and 3 better.
check_all() {
  local result=0 one code rank=(0 2 3 1)
  [ -z "$build" ] || flags+=(--build "$build")
  for one in "${folders[@]}"; do
    code=0
    bash "$source/tests/submission.sh" "$one" "${flags[@]}" \
      --out "${out:-.dfkd/submission}/$(basename "$one")" || code=$?
    [ "${rank[$code]:-3}" -le "${rank[$result]:-3}" ] || result=$code
  done
  exit $result
}

# --- checks: each writes what it found to OUT/<check>.txt

# What code of a stranger said, for a terminal or a workflow to show and nothing else.
plain() { /usr/bin/env python3 "$source/tests/submission_report.py" plain; }

verdict() {  # verdict <check> <result of it>: one line for people, one file for the report
  local word=ok
  [ "$2" = 0 ] || word=FAILED
  echo "$word" >"$out/$1.verdict"
  say "$1: $word"
  [ "$2" = 0 ] || tail -n 12 "$out/$1.txt" | plain >&2
}

# What is read was written to be read by this, perhaps to keep it busy.
lint() {
  local result=0
  (ulimit -v 4194304 &&
    timeout 300 /usr/bin/env python3 "$source/tests/submission_lint.py" "$@") || result=$?
  [ $result != 124 ] || echo "took longer than 300 seconds to read"
  return $result
}

attacks_of_tree() {
  find "$source/attacks" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | grep -vx none
}

check_text() {
  lint "$folder" --names "$out/attacks" --doubts "$out/doubts.json" >"$out/text.txt" 2>&1
}

# boxed <check> <seconds> <command…>: in a new, empty folder, OUT/boxes/<check>, the only one that
# it can write; no check finds what another one's code has left.
boxed() {
  local check=$1 seconds=$2 more=() path
  shift 2
  mkdir -p "$boxes" && mkdir "$boxes/$check" || die "$boxes/$check: cannot be made anew"
  for path in "$source" "$build" "$torch" "$out/program" "$out/plugins" "$out/toy.json" \
    "${readable[@]}"; do
    [ -z "$path" ] || [ ! -e "$path" ] || more+=(--readable "$path")
  done
  (cd "$boxes/$check" &&
    bash "$source/tests/sandbox.sh" "${more[@]}" --writable "$boxes/$check" --seconds "$seconds" \
      --megabytes 8192 -- "$@") \
    >"$out/$check.txt" 2>&1
  local result=$?
  [ $result != 126 ] || die "$(tail -n 1 "$out/$check.txt" | plain)"
  [ $result != 124 ] || echo "took longer than $seconds seconds" >>"$out/$check.txt"
  return $result
}

# take <check> <folder> <tests of find…>: out of its box, plain files alone. Through a link that a
# plugin has left there, files of this machine would be read or written.
take() {
  local check=$1 to=$2
  shift 2
  mkdir -p "$to"
  (cd "$boxes/$check" && find . -type f "$@" -exec cp --parents -t "$to" {} +)
}

# A LibTorch of one's own lies outside of the system.
torch_of_build() {
  local config=${Torch_DIR:-$(sed -n 's/^Torch_DIR:[A-Z]*=//p' "$build/CMakeCache.txt")}
  [ -f "$config/TorchConfig.cmake" ] || return 0
  config=$(realpath "$config/../../..")
  [[ $config = /usr || $config = /usr/* ]] || echo "$config"
}

# The compiler reads and writes what an #include, an assembler or a macro says that got past the
# check of the text: it runs in the sandbox, too, and of the folder only what may be in it is there.
check_build() {
  local copy=$out/plugins${root:+/$root}/$name make=with_plugin
  [ -z "$in_tree" ] || make=with_plugin_objects  # linked, two plugins of one name would be there
  mkdir -p "$copy"
  (cd "$folder" &&
    find . -maxdepth 1 -type f \( -name '*.h' -o -name '*.cc' -o -name README.md \) \
      -exec cp -t "$copy" {} +)
  # A compiler cache has no folder there. with_plugin leaves its last log alone.
  boxed build 1800 bash -c '
    . "$1/tests/with_plugin.sh"
    export CCACHE_DISABLE=1 PATH=$PATH:/usr/local/bin
    "$4" "$2" "$3" "$PWD/program"
    result=$?
    cat program/log
    exit $result' build "$source" "$build" "$copy" $make || return 1
  take build "$out" -path './program/*'
}

# Of what computes and of what only plans: a card may have code of its own.
check_symbols() {
  local objects=() object
  for object in "$out"/program/{plugin,cards}*.o; do objects+=(--object "$object"); done
  lint "$folder" "${objects[@]}" >"$out/symbols.txt" 2>&1
}

# What the program has and the tree's own has not. Registering is code of the plugin: it runs in the
# sandbox alone.
find_kind() {
  "$build/dfkd" list --json >"$out/known.json" 2>/dev/null || die "$build/dfkd list fails"
  boxed kind 120 "$out/program/dfkd" list --json ||
    die "$name does not register: $(tail -n 3 "$out/kind.txt" | plain)"
  kind=$(/usr/bin/env python3 "$source/tests/submission_report.py" kind "$name" "$out/known.json" \
    "$out/kind.txt")
  case $kind in
    attack | defense | distiller | dataset) ;;
    *) die "$name: registers '$kind', not one new attack, defense, distiller or dataset" ;;
  esac
  case $root:$kind in
    :* | attacks:attack | datasets:dataset | methods/distillation:distiller) ;;
    methods/defenses:defense) ;;
    *) die "$name: registers a $kind in $root" ;;
  esac
}

check_conforms() {
  boxed conforms 900 "$out/program/tests/test_conformance" "--run_test=${kind}_${name}__*" \
    --color_output=no
}
check_holds() {
  boxed holds 900 "$out/program/dfkd" check-plugin "$name" --kind "$kind" \
    --data "$boxes/holds/data"
}

# scores_of <check> <name>: of its box into OUT/box, where the report looks for them
scores_of() {
  take "$1" "$out/box" -path "./$2/*.json" -size -4096k
}

# models_of <check>: what the report compares with the teachers
models_of() {
  take "$1" "$out/models/$1" -path './store/*/model.safetensors' -size -4097k \
    \( -path './store/teacher/*' -o -path './store/distill/*' -o -path './store/repair/*' \)
}

check_runs() {
  local result=0 check scores
  target=$(/usr/bin/env python3 "$source/tests/submission_report.py" target "$folder" "$word") ||
    die "no class can be drawn from $folder"
  echo "$target" >"$out/target"
  /usr/bin/env python3 "$source/tests/submission_report.py" toy "$kind" "$name" "$source" \
    "$target" >"$out/toy.json"
  for check in runs again; do
    [ $check = runs ] && scores=scores || scores=scores_again
    boxed $check 600 "$out/program/dfkd" run "$out/toy.json" --ignore-gate --jobs 1 \
      --data "$boxes/$check/data" --store "$boxes/$check/store" --out "$boxes/$check/$scores" ||
      result=1
    scores_of $check $scores
    [ $check != runs ] || models_of runs
    [ $result = 0 ] || break
  done
  [ $result = 0 ] || [ $check = runs ] || cat "$out/again.txt" >"$out/runs.txt"
  return $result
}

# What the sandbox has memory for, on however many cores.
jobs_of_quick() {
  local cores
  cores=$(nproc)
  echo $((cores < 8 ? cores : 8))
}

# With the real images readable, which is why the object was read first.
check_quick() {
  local axis=--defenses names=none,abd,$name data=${DFKD_DATA:-$HOME/.local/share/dfkd/data} path
  case $kind in
    attack) axis=--attacks names=none,$name ;;
    distiller) axis=--distillers names=$name ;;
    dataset) echo "left out: quick is of one data set" >"$out/quick.txt"; return 0 ;;
  esac
  for path in "$data" /usr/share/datasets; do
    [ ! -d "$path" ] || readable+=("$path")
  done
  boxed quick 7200 "$out/program/dfkd" run quick "$axis" "$names" --data "$data" \
    --store "$boxes/quick/store" --out "$boxes/quick/scores_quick" --jobs "$(jobs_of_quick)" ||
    return 1
  scores_of quick scores_quick
  models_of quick
  readable+=("$out/box/scores_quick")
  [ "$kind" != defense ] ||
    boxed compare 120 "$out/program/dfkd" compare "$name" abd --scores "$out/box/scores_quick" \
      --markdown
}

# One cell of `quick` with the drawn class, of which code that knows toys is asked, too.
check_drawn() {
  local axis=--defenses names=none,$name distiller=ood_kd
  case $kind in
    distiller) names=none distiller=$name ;;
    attack | dataset) echo "left out: of defences and distillers" >"$out/drawn.txt"; return 0 ;;
  esac
  boxed drawn 3600 "$out/program/dfkd" run quick --attacks blend_0.2 --distillers "$distiller" \
    "$axis" "$names" --set "attack.target=$target" --ignore-gate \
    --data "${DFKD_DATA:-$HOME/.local/share/dfkd/data}" --store "$boxes/drawn/store" \
    --out "$boxes/drawn/scores_drawn" --jobs "$(jobs_of_quick)" || return 1
  scores_of drawn scores_drawn
}

finish() {
  local result=0
  /usr/bin/env python3 "$source/tests/submission_report.py" report "$out" "$name" "$kind" ||
    result=$?
  [ $result = 0 ] || [ $result = 3 ] || result=1
  exit $result
}

run_check() {  # run_check <name>: the report, and an end, if something was found
  local result=0
  "check_$1" || result=$?
  verdict "$1" $result
  [ $result = 0 ] || finish
}

prepare() {
  printf '%s\n' 'libboost-test-dev  the conformance test' 'bubblewrap  the sandbox' \
    'python3-seccomp  its filter' 'binutils  symbols of an object' 'python3  checks and report' |
    ensure_packages || exit 2
  (cd "$source" && bash bench/quickstart.sh --build-only && cmake -B build >/dev/null &&
    cmake --build build --target test_conformance -j "$(build_jobs)") >&2 || exit 2
  build=$source/build
}

parse "$@"
[ -z "$prepare" ] || prepare
[ ${#folders[@]} = 1 ] || check_all
folder=${folders[0]}
find_root
in_tree=
[ -z "$root" ] || [ ! -d "$source/$root/$name" ] || [ "$folder" = "$source/$root/$name" ] ||
  in_tree=1
rm -rf "$out" && mkdir -p "$out" || die "$out: cannot be made anew"
attacks_of_tree >"$out/attacks"
kind=plugin
run_check text
[ -z "$text_only" ] || finish
[ -n "$build" ] ||
  { [ -x "$source/build-ci/dfkd" ] && build=$source/build-ci || build=$source/build; }
build=$(realpath "$build")
[ -x "$build/tests/test_conformance" ] ||
  die "$build: no build folder with tests; bash tests/run.sh --fast makes build-ci"
torch=$(torch_of_build)
run_check build
run_check symbols
[ -z "$in_tree" ] || finish
find_kind
for check in conforms holds runs; do run_check $check; done
[ -z "$full" ] || for check in quick drawn; do run_check $check; done
finish
