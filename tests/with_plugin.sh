# To be sourced. A plugin folder compiled alone, by the commands by which a build folder compiled
# its own plugins, and linked with everything else of that build: seconds in place of a build, and
# the build folder stays as it is.

# with_plugin <build folder> <plugin folder> <out>: OUT/dfkd, OUT/dfkd-compute and, if the build has
# it, OUT/tests/test_conformance with the plugin; its objects are OUT/plugin*.o, those of its card
# OUT/cards*.o. What is wrong goes to OUT/log. 1: it does not compile.
with_plugin() {
  local build=$1 out=$3 source= plugin=() cards=()
  with_plugin_objects "$@" || return 1
  source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt")
  with_plugin_sources "$build" "$2" "$out" "$source" >"$out/sources.cc"
  with_plugin_compile "$build" "$out" sources 'cards_objects\.dir\/.*' &&
    with_plugin_link "$build" "$out" dfkd "${cards[@]}" sources.o &&
    with_plugin_link "$build" "$out" dfkd-compute "${plugin[@]}" sources.o &&
    { [ ! -x "$build/tests/test_conformance" ] ||
      with_plugin_link "$build" "$out" tests/test_conformance "${plugin[@]}" sources.o; }
}

# with_plugin_objects <build folder> <plugin folder> <out>: the objects alone, each .cc by itself as
# the tree has it; their names are left in `plugin` and `cards`.
with_plugin_objects() {
  local build=$1 folder=$2 out=$3 name file unit more=
  name=$(basename "$folder")
  # it includes its own files as <root>/<name>/…
  for file in attacks datasets methods/distillation methods/defenses methods/detectors; do
    [[ $folder != */$file/$name ]] || more="-iquote ${folder%/$file/$name}"
  done
  mkdir -p "$out/tests"
  cp "$build/CMakeCache.txt" "$out/"
  plugin=() cards=()
  for file in "$folder/$name.h" "$folder"/*.cc; do
    [ -f "$file" ] || continue
    unit=plugin_$(basename "$file" .cc)
    [[ $file != *.h ]] || unit=plugin
    echo "#include \"$file\"" >"$out/$unit.cc"
    with_plugin_compile "$build" "$out" "$unit" 'plugins_objects\.dir\/.*' "$more" || return 1
    plugin+=("$unit.o")
    case $file in
      *.h) unit=cards ;;
      */card.cc) unit=cards_card ;;
      *) continue ;;
    esac
    echo "#include \"$file\"" >"$out/$unit.cc"
    with_plugin_compile "$build" "$out" "$unit" 'cards_objects\.dir\/.*' "$more" || return 1
    cards+=("$unit.o")
  done
}

# The hashes of the build's plugins, and of this one, as a source.
with_plugin_sources() {  # <build> <plugin folder> <out> <source tree>
  local hash
  echo "$2" >"$3/list"
  cmake "-DLIST=$3/list" "-DUNIT=$3/unit" -P "$4/cmake/HashPlugins.cmake"
  hash=$(grep -oE '[0-9a-f]{64}' "$3/unit")
  sed "s#SourcesIn({#SourcesIn({{\"$2\", \"$hash\"},#" "$1/plugins/sources.cc"
}

with_plugin_commands() { ninja -C "$1" -t commands "$2" | tail -n 1; }

# <build> <out> <unit> <an object of the build, as a pattern> [<flags>]: as that was compiled
with_plugin_compile() {
  local like
  like=$(ninja -C "$1" -t targets all | sed -n "s/^\(.*dfkd_$4\.o\):.*/\1/p" | head -n 1)
  with_plugin_commands "$1" "$like" |
    sed -E "s# -MF [^ ]+# -MF $2/$3.d#; s# -o [^ ]+ -c [^ ]+# ${5:-} -o $2/$3.o -c $2/$3.cc#" \
    >"$2/command.sh"
  (cd "$1" && bash "$2/command.sh") >"$2/log" 2>&1
}

with_plugin_link() {  # <build> <out> <program> <objects>
  local build=$1 out=$2 program=$3 objects=
  shift 3
  objects=$(printf "$out/%s " "$@")
  with_plugin_commands "$build" "$program" |
    sed -E "s# -o $program # -o $out/$program $objects #" >"$out/command.sh"
  (cd "$build" && bash "$out/command.sh") >"$out/log" 2>&1
}
