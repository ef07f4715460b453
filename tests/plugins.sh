#!/usr/bin/env bash
# plugins.sh SOURCE SCRATCH [arguments of cmake]: what configuring says to plugin folders outside the tree, whether
# the examples of CONTRIBUTING.md are accepted and compile, and when the hash of a plugin's code changes. Builds nothing
# else.
set -euo pipefail
source=$1 scratch=$2
shift 2
fail() { echo "plugins: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"

configure() {  # configure <root>
  cmake -G Ninja -S "$source" -B "$scratch/build" -DDFKD_TESTS=OFF -DDFKD_PERF=OFF "-DDFKD_PLUGINS=$1" \
    "${arguments[@]}" >"$scratch/log" 2>&1
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
  tr -s ' \n' ' ' <"$scratch/log" | grep -qF "$2" || fail "$1: does not say '$2' but: $(cat "$scratch/log")"
}

copy mine mine mine Mine mine
configure "$scratch/mine" || fail "a plugin outside the tree is refused: $(cat "$scratch/log")"
grep -q '"mine"' "$scratch/build/plugins/folders.cc" || fail "mine is not in the generated list"
[ -n "$(find "$scratch/build/plugins" -name 'mine-*.cc')" ] || fail "no source is generated for mine"

copy unrenamed_namespace mine none Mine mine
refused unrenamed_namespace 'must stand in `namespace dfkd::mine`'
copy unrenamed_name mine mine Mine none
refused unrenamed_name '.name = "mine"'
copy unrenamed_class none
refused unrenamed_class 'class dfkd::none::NoDefense stands in another plugin too; rename it'
mkdir "$scratch/empty"
refused empty 'holds no plugin'
refused absent 'holds no plugin'

# Every example of CONTRIBUTING.md, in the folder that its namespace names.
mkdir -p "$scratch/example"
awk -v root="$scratch/example" '
  /^```cpp$/ { inside = 1; text = ""; name = ""; next }
  /^```$/ && inside { inside = 0; system("mkdir -p " root "/" name); print text >(root "/" name "/" name ".h"); next }
  inside { text = text $0 "\n"; if (/^namespace dfkd::/) { name = $2; sub(/^dfkd::/, "", name) } }
' "$source/CONTRIBUTING.md"
configure "$scratch/example" || fail "an example of CONTRIBUTING.md is refused: $(cat "$scratch/log")"
for example in drop_confident grey_pixel renorm_syn; do
  object=$(ninja -C "$scratch/build" -t targets all | sed -n "s/^\(.*\/$example-.*\.o\):.*/\1/p")
  [ -n "$object" ] || fail "CONTRIBUTING.md has no example $example"
  ninja -C "$scratch/build" "$object" >"$scratch/log" 2>&1 ||
    fail "the example $example of CONTRIBUTING.md does not compile: $(tail -n 30 "$scratch/log")"
done

# The hash of the example, brought up to date by the build alone.
example=$scratch/example/drop_confident
hash_now() {
  ninja -C "$scratch/build" plugins/sources.cc >"$scratch/log" 2>&1 || fail "no sources.cc: $(tail -n 30 "$scratch/log")"
  grep -A1 '"defense", "drop_confident"' "$scratch/build/plugins/sources.cc" | grep -oE '[0-9a-f]{64}' || fail "no hash"
}
first=$(hash_now)
sed -i 's|^// Drops .*|// Another comment.|; s|    return kept / kept|    return  kept /\n        kept|' "$example/drop_confident.h"
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
