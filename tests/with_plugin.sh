# To be sourced. A plugin folder compiled alone, by the commands by which a build folder compiled
# its own plugins, and linked with everything else of that build: seconds in place of a build, and
# the build folder stays as it is.

# with_plugin <build folder> <plugin folder> <out>: OUT/dfkd, OUT/dfkd-compute and, if the build has
# it, OUT/tests/test_conformance with the plugin; its object is OUT/plugin.o. What is wrong goes to
# OUT/log. 1: it does not compile.
with_plugin() {
  local build=$1 folder=$2 out=$3 name source=
  name=$(basename "$folder")
  source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt")
  mkdir -p "$out/tests"
  cp "$build/CMakeCache.txt" "$out/"
  echo "#include \"$folder/$name.h\"" >"$out/plugin.cc"
  find "$folder" -name '*.cc' -printf '#include "%p"\n' | sort >>"$out/plugin.cc"
  {
    with_plugin_sources "$build" "$folder" "$out" "$source"
    echo "#include \"$folder/$name.h\""
    [ ! -f "$folder/card.cc" ] || echo "#include \"$folder/card.cc\""
  } >"$out/cards.cc"
  with_plugin_sources "$build" "$folder" "$out" "$source" >"$out/sources.cc"
  with_plugin_compile "$build" "$out" plugin 'plugins_objects\.dir\/.*' &&
    with_plugin_compile "$build" "$out" sources 'plugins_objects\.dir\/.*' &&
    with_plugin_compile "$build" "$out" cards 'cards_objects\.dir\/.*' &&
    with_plugin_link "$build" "$out" dfkd cards.o &&
    with_plugin_link "$build" "$out" dfkd-compute plugin.o sources.o &&
    { [ ! -x "$build/tests/test_conformance" ] ||
      with_plugin_link "$build" "$out" tests/test_conformance plugin.o sources.o; }
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

# <build> <out> <unit> <an object of the build, as a pattern>: as that was compiled
with_plugin_compile() {
  local like
  like=$(ninja -C "$1" -t targets all | sed -n "s/^\(.*dfkd_$4\.o\):.*/\1/p" | head -n 1)
  with_plugin_commands "$1" "$like" |
    sed -E "s# -MF [^ ]+# -MF $2/$3.d#; s# -o [^ ]+ -c [^ ]+# -o $2/$3.o -c $2/$3.cc#" \
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
