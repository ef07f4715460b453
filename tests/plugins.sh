#!/usr/bin/env bash
# plugins.sh SOURCE SCRATCH [arguments of cmake]: what configuring says to plugin folders outside
# the tree, whether the examples of the docs are accepted and compile, and when the hash of a
# plugin's code changes. Builds nothing else.
set -euo pipefail
source=$1 scratch=$2
shift 2
fail() { echo "plugins: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"

configure() {  # configure <root>
  cmake -G Ninja -S "$source" -B "$scratch/build" -DDFKD_TESTS=OFF -DDFKD_PERF=OFF \
    "-DDFKD_PLUGINS=$1" "${arguments[@]}" >"$scratch/log" 2>&1
}
arguments=("$@")

# copy <root> <name> [<namespace> <class> <registered name>]: the defence `none` as another plugin.
copy() {
  local folder=$scratch/$1/$2
  mkdir -p "$folder"
  sed -e "s/dfkd::none/dfkd::${3:-none}/" -e "s/NoDefense/${4:-NoDefense}/" \
    -e "s/\.name = \"none\"/.name = \"${5:-none}\"/" \
    "$source/methods/defenses/none/none.h" >"$folder/$2.h"
}

refused() {  # refused <root> <part of the message>
  if configure "$scratch/$1"; then fail "$1: accepted, should say: $2"; fi
  tr -s ' \n' ' ' <"$scratch/log" | grep -qF "$2" ||
    fail "$1: does not say '$2' but: $(cat "$scratch/log")"
}

copy mine mine mine Mine mine
configure "$scratch/mine" || fail "a plugin outside the tree is refused: $(cat "$scratch/log")"
grep -q '"mine"' "$scratch/build/plugins/folders.cc" || fail "mine is not in the generated list"
[ -n "$(find "$scratch/build/plugins" -name 'mine-*.cc')" ] ||
  fail "no source is generated for mine"

copy unrenamed_namespace mine none Mine mine
refused unrenamed_namespace 'must stand in `namespace dfkd::mine`'
copy unrenamed_name mine mine Mine none
refused unrenamed_name '.name = "mine"'
copy unrenamed_class none  # as a distiller: two kinds may share a name
sed -i 's/DefenseCard/DistillerCard/' "$scratch/unrenamed_class/none/none.h"
refused unrenamed_class 'class dfkd::none::NoDefense stands in another plugin too; rename it'
copy doubled abd abd Mine abd
refused doubled \
  "$scratch/doubled/abd/abd.h: defense abd stands in $source/methods/defenses/abd/abd.h too"
detectors=methods/detectors
mkdir "$scratch/watched"
cp -r "$source/$detectors/mm_bd" "$scratch/watched/mm_bd"
refused watched \
  "$scratch/watched/mm_bd/mm_bd.h: detector mm_bd stands in $source/$detectors/mm_bd/mm_bd.h too"

copy misspelt mine mine Mine mine
mkdir "$scratch/misspelt/typo"
touch "$scratch/misspelt/typo/tpyo.h"
refused misspelt "$scratch/misspelt/typo: holds tpyo.h but no typo.h"
copy headless mine mine Mine mine
mkdir "$scratch/headless/only_text"
touch "$scratch/headless/only_text/README.md"
configure "$scratch/headless" || fail "a folder without sources is refused: $(cat "$scratch/log")"
tr -s ' \n' ' ' <"$scratch/log" |
  grep -qF "$scratch/headless/only_text: no plugin, for it holds no only_text.h" ||
  fail "a folder that is no plugin is passed over without a word"

# with_line <root> <file> <line>: a good plugin, one of whose files begins with this line
with_line() {
  copy "$1" mine mine Mine mine
  { echo "$3"; cat "$scratch/$1/mine/$2" 2>/dev/null || true; } >"$scratch/$1/mine/new"
  mv "$scratch/$1/mine/new" "$scratch/$1/mine/$2"
}
number=0
for include in '"bench/stages/attack_state.h"' '<torch/torch.h>' '"methods/defenses/none/none.h"' \
  '"../other/other.h"' '<boost/any.hpp>'; do
  for file in mine.h more.cc inside.h; do
    number=$((number + 1))
    with_line "include_$number" $file "#include $include"
    name=${include#?}
    refused "include_$number" "$scratch/include_$number/mine/$file: includes ${name%?};"
  done
done
with_line allowed inside.h '#include <sys/stat.h>'
with_line allowed mine.h '#include "inside.h"'
with_line allowed more.cc '#  include <vector>'
configure "$scratch/allowed" || fail "includes that are allowed are refused: $(cat "$scratch/log")"
with_line options more.cc 'void Options::Declare(OptionTable<Options>& o) {}'
refused options "$scratch/options/mine/more.cc: declares options"
mv "$scratch/options/mine/more.cc" "$scratch/options/mine/card.cc"
configure "$scratch/options" || fail "options in card.cc are refused: $(cat "$scratch/log")"

mkdir "$scratch/empty"
refused empty 'holds no plugin'
refused absent 'holds no plugin'

# Every example of CONTRIBUTING.md and of docs/detectors.md, in the folder that its namespace names.
mkdir -p "$scratch/example"
awk -v root="$scratch/example" '
  /^```cpp$/ { inside = 1; text = ""; name = ""; next }
  /^```$/ && inside {
    inside = 0; system("mkdir -p " root "/" name); print text >(root "/" name "/" name ".h"); next
  }
  inside { text = text $0 "\n"; if (/^namespace dfkd::/) { name = $2; sub(/^dfkd::/, "", name) } }
' "$source/CONTRIBUTING.md" "$source/docs/detectors.md"
configure "$scratch/example" ||
  fail "an example of the docs is refused: $(cat "$scratch/log")"
for example in drop_confident grey_pixel renorm_syn largest_bias; do
  object=$(ninja -C "$scratch/build" -t targets all | sed -n "s/^\(.*\/$example-.*\.o\):.*/\1/p")
  [ -n "$object" ] || fail "there is no example $example"
  # Its code for the program that computes, its card for the one that plans.
  cards=$(grep -l "$example" "$scratch"/build/plugins/dfkd_plugins/cards-*.cc)
  cards=$(ninja -C "$scratch/build" -t targets all | sed -n "s/^\(.*${cards##*/}\.o\):.*/\1/p")
  ninja -C "$scratch/build" "$object" "$cards" >"$scratch/log" 2>&1 ||
    fail "the example $example does not compile: $(tail -n 30 "$scratch/log")"
done

# The hash of the example, brought up to date by the build alone.
example=$scratch/example/drop_confident
hash_now() {
  ninja -C "$scratch/build" plugins/sources.cc >"$scratch/log" 2>&1 ||
    fail "no sources.cc: $(tail -n 30 "$scratch/log")"
  grep -A1 '/drop_confident",' "$scratch/build/plugins/sources.cc" | grep -oE '[0-9a-f]{64}' ||
    fail "no hash"
}
first=$(hash_now)
sed -i -e 's|^// Drops .*|// Another comment.|' \
  -e 's|    return kept / kept|    return  kept /\n        kept|' "$example/drop_confident.h"
[ "$(hash_now)" = "$first" ] || fail "comments or layout change the hash"
sed -i 's|"images on which|"see https://a.example, images on which|' "$example/drop_confident.h"
second=$(hash_now)
[ "$second" != "$first" ] || fail "another text does not change the hash"
sed -i 's|https://a.example|https://b.example|' "$example/drop_confident.h"
[ "$(hash_now)" != "$second" ] || fail "another address in a text does not change the hash"
third=$(hash_now)
mkdir "$example/more"
echo 'inline int one = 1;' >"$example/more/one.h"
fourth=$(hash_now)
[ "$fourth" != "$third" ] || fail "a new file does not change the hash"
sed -i 's/= 1/= 2/' "$example/more/one.h"
[ "$(hash_now)" != "$fourth" ] || fail "a header below the folder does not change the hash"
