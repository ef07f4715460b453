#!/usr/bin/env bash
# new_plugins.sh DFKD BUILD SCRATCH: `dfkd new` of every kind. What it writes is compiled and linked
# as the programs of the build folder BUILD were, and its toy cells run; then what is said when the
# code of a plugin has changed and its revision has not. Then `dfkd try`, once with what is built,
# once with a cmake that only notes what it is asked for.
set -euo pipefail
dfkd=$1 build=$2 scratch=$3
fail() { echo "new_plugins: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$scratch/data

for kind in defense attack distiller dataset; do
  "$dfkd" new "$kind" "my_$kind" --into plugins >>new.log 2>&1 ||
    fail "new $kind: exit code $?: $(cat new.log)"
done
grep -qF 'dfkd try plugins/my_defense' new.log ||
  fail "does not say what comes next: $(cat new.log)"

refused() {  # refused <part of the message> <arguments of dfkd>
  local part=$1 code=0
  shift
  "$dfkd" "$@" >refused.log 2>&1 || code=$?
  [ $code = 2 ] || fail "dfkd $*: exit code $code, should be 2: $(cat refused.log)"
  grep -qF "$part" refused.log || fail "dfkd $*: does not say '$part' but: $(cat refused.log)"
}
refused 'is there already; nothing was written' new attack my_attack --into plugins
refused "'abd' is registered already: " new defence abd
refused "small letters, digits" new defense My-Own
refused "neither a folder with a plugin" try my_defence_that_is_not_there

# The last command of a target, without the launcher of the compiler.
command_of() { ninja -C "$build" -t commands "$1" | tail -n 1; }
object_like() {
  ninja -C "$build" -t targets all | sed -n "s/^\(.*dfkd_$1\.o\):.*/\1/p" | head -n 1
}

compile() {  # compile <unit> <object> <command of another object>
  sed -E "s# -MF [^ ]+# -MF $2.d#; s# -o [^ ]+ -c [^ ]+# -o $2 -c $1#" <<<"$3" >compile.sh
  (cd "$build" && bash "$scratch/compile.sh") >compile.log 2>&1 ||
    fail "$1 does not compile: $(tail -n 30 compile.log)"
}

link_program() {  # link_program <program> <folder> <objects>
  local program=$1 folder=$2
  shift 2
  mkdir -p "$folder"
  command_of "$program" | sed -E "s# -o $program # -o $scratch/$folder/$program $* #" >link.sh
  (cd "$build" && bash "$scratch/link.sh") >link.log 2>&1 ||
    fail "$folder/$program does not link: $(cat link.log)"
}

code=$(command_of "$(object_like 'plugins_objects\.dir\/.*')") \
  cards=$(command_of "$(object_like 'cards_objects\.dir\/.*')")
objects=()
for kind in defense attack distiller dataset; do
  unit=$scratch/my_$kind.cc
  echo "#include \"$scratch/plugins/my_$kind/my_$kind.h\"" >"$unit"
  compile "$unit" "$scratch/my_$kind.o" "$code"
  objects+=("$scratch/my_$kind.o")
done
cat my_*.cc >cards.cc
compile "$scratch/cards.cc" "$scratch/cards.o" "$cards"
link_program dfkd new "$scratch/cards.o"
link_program dfkd-compute new "${objects[@]}"

"$scratch/new/dfkd" run smoke --attacks blend --distillers ood_kd --defenses my_defense,none \
  --store store --out scores/defense --ignore-gate >run.log 2>&1 ||
  fail "run my_defense: exit code $?: $(cat run.log)"
for kind in attack distiller dataset; do
  "$scratch/new/dfkd" run "plugins/my_$kind/toy.json" --store store --out "scores/$kind" \
    --ignore-gate >run.log 2>&1 ||
    fail "run my_$kind: exit code $?: $(cat run.log)"
done
"$dfkd" validate scores >run.log || fail "a score is not valid: $(cat run.log)"
grep -rlq '"defense shuffling_vaccine"' scores || fail "no score names the sources of its plugins"

# The same program after a change of code that kept its revision: another hash of one plugin.
cp "$build/plugins/sources.cc" changed.cc
sed -i '/\/shuffling_vaccine"/{n;s/[0-9a-f]\{64\}/'"$(printf '0%.0s' {1..64})"'/}' changed.cc
compile "$scratch/changed.cc" "$scratch/changed.o" "$code"
link_program dfkd changed "$scratch/changed.o" "$scratch/cards.o"
link_program dfkd-compute changed "$scratch/changed.o" "${objects[@]}"
attention='ATTENTION: defense shuffling_vaccine'
for program in new changed; do
  {
    $program/dfkd run plugins/my_attack/toy.json --store store --out scores/attack --ignore-gate
    $program/dfkd compare abd none --matrix my_attack_toy --scores scores
    $program/dfkd site --scores scores --out site
  } >$program.log 2>&1 || fail "$program: exit code $?: $(cat $program.log)"
done
! grep -F ATTENTION new.log || fail "warns of code that has not changed"
[ "$(grep -cF "$attention: its code has changed, its revision" changed.log)" = 1 ] ||
  fail "run: $(cat changed.log)"
[ "$(grep -cF "$attention, revision" changed.log)" = 1 ] ||
  fail "compare does not say it once: $(cat changed.log)"
grep -q 'Changed code.* defense shuffling_vaccine' site/matrices/*.html ||
  fail "the site does not say it"

if [ -x "$build/tests/test_conformance" ]; then
  "$dfkd" try badnets_sq --no-build >table.log 2>try.log ||
    fail "try badnets_sq: exit code $?: $(cat try.log)"
  grep -q '^  none ' table.log || fail "try badnets_sq shows no table: $(cat table.log)"
  grep -q 'conformance: ok' try.log || fail "try badnets_sq checks nothing: $(cat try.log)"
fi

# A build folder whose cmake notes its arguments, and leaves another program as the new one.
mkdir fake
cp "$dfkd" fake/dfkd
source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt")
printf '%s\n' "dfkd_bench_SOURCE_DIR:STATIC=$source" "CMAKE_HOME_DIRECTORY:INTERNAL=$source" \
  "CMAKE_COMMAND:INTERNAL=$scratch/fake/cmake" 'DFKD_PLUGINS:STRING=attacks/../attacks;gone/root' \
  >fake/CMakeCache.txt
cat >fake/cmake <<'SH'
#!/bin/bash
here=$(dirname "$0")
printf '%s\n' "$*" >>"$here/asked"
[ ! -e "$here/broken" ] || { echo 'my_defense.h:1: error'; exit 1; }
if [ "$1" = --build ]; then
  rm "$here/dfkd"
  printf '#!/bin/bash\necho "became $*"\n' >"$here/dfkd"
  chmod +x "$here/dfkd"
fi
SH
chmod +x fake/cmake
touch fake/broken
code=0
fake/dfkd try plugins/my_defense >try.log 2>&1 || code=$?
[ $code = 1 ] && grep -q 'my_defense.h:1: error' try.log ||
  fail "try with an error of the compiler: $code, $(cat try.log)"
rm fake/broken fake/asked
fake/dfkd try plugins/my_defense >try.log 2>&1 || fail "try: exit code $?: $(cat try.log)"
grep -qxF -- "-DDFKD_PLUGINS=attacks/../attacks;$scratch/plugins" <(tr ' ' '\n' <fake/asked) ||
  fail "the root does not join: $(cat fake/asked)"
grep -qF -- '--target dfkd' fake/asked || fail "the program is not built: $(cat fake/asked)"
grep -qF "became try $scratch/plugins/my_defense --no-build" try.log ||
  fail "not the new program: $(cat try.log)"
