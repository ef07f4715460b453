# A plugin is a folder <root>/<name>/ with <name>.h and, where a method needs it, more .cc files. No
# list to edit: the roots are globbed, one source is generated per header, and the objects go to the
# linker directly, because a self-registering object inside a static library would be dropped
# without a word. Mistakes that would cost an author a build to see, or that nothing would ever
# show, are refused here.
set_property(GLOBAL PROPERTY dfkd_plugin_folders "")

# What a plugin may include besides its own folder: what is made for plugins, ATen, the standard
# library (names without a folder) and the two libraries that the headers for plugins show.
set(dfkd_may_include "^bench/(core|io|nn|images|recipes)/" "^(ATen|c10|fmt|nlohmann|sys)/"
    "^[^/]+$")

# Refuses options that are declared in a source which programs that plan do not have.
function(dfkd_check_card)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} lines REGEX "Options::Declare *\\(")
    if(lines AND file MATCHES "\\.cc$" AND NOT file MATCHES "/card\\.cc$")
      message(FATAL_ERROR "${file}: declares options; these belong to the card, so to the header "
                          "or to a card.cc beside it")
    endif()
  endforeach()
endfunction()

# Refuses includes of anything else in the sources of the folder.
function(dfkd_check_includes folder)
  cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE own)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^<\"]*[<\"]([^>\"]*).*" "\\1" include "${line}")
      string(FIND "${include}" "${own}/" within)
      set(allowed FALSE)
      if(within EQUAL 0 OR (NOT include MATCHES "\\.\\." AND EXISTS ${folder}/${include}))
        set(allowed TRUE)
      endif()
      foreach(pattern IN LISTS dfkd_may_include)
        if(include MATCHES "${pattern}")
          set(allowed TRUE)
        endif()
      endforeach()
      if(NOT allowed)
        message(FATAL_ERROR "${file}: includes ${include}; a plugin may include bench/core, "
                            "bench/io, bench/nn, bench/images, bench/recipes, ATen, the standard "
                            "library and its own folder")
      endif()
    endforeach()
  endforeach()
endfunction()

# Refuses a folder that looks like a plugin and is none; warns of one that holds no source at all.
function(dfkd_check_folder folder name)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.h ${folder}/*.cc)
  file(GLOB content ${folder}/*)
  if(sources)
    list(TRANSFORM sources REPLACE ".*/" "")
    list(JOIN sources ", " names)
    message(FATAL_ERROR "${folder}: holds ${names} but no ${name}.h; the header of a plugin has "
                        "the name of its folder")
  elseif(content AND NOT name MATCHES "^\\.")
    message(WARNING "${folder}: no plugin, for it holds no ${name}.h")
  endif()
endfunction()

# Refuses a header whose namespace or registered name is not the folder's: two plugins with one
# class name in one namespace would merge silently, and the wrong code would run.
function(dfkd_check_plugin header name)
  file(READ ${header} text)
  if(NOT text MATCHES "namespace dfkd::${name}[ \n{]")
    message(FATAL_ERROR "${header}: everything in it must stand in `namespace dfkd::${name}`")
  endif()
  if(NOT text MATCHES "DFKD_REGISTER\\([^;]*name = \"${name}\"")
    message(FATAL_ERROR "${header}: must end in DFKD_REGISTER(...) with .name = \"${name}\", "
                        "the name of its folder")
  endif()
  if(text MATCHES "DFKD_REGISTER\\([^;]*[ (,\n](Dataset|Attack|Distiller|Defense|Detector)Card *<")
    string(TOLOWER ${CMAKE_MATCH_1} kind)
    get_property(first GLOBAL PROPERTY dfkd_plugin_${kind}_${name})
    if(first)
      message(FATAL_ERROR "${header}: ${kind} ${name} stands in ${first} too; give one of them "
                          "another name")
    endif()
    set_property(GLOBAL PROPERTY dfkd_plugin_${kind}_${name} ${header})
  endif()
  # Two kinds may share a name ("none"), but then not a class name as well.
  string(REGEX MATCH "DFKD_REGISTER\\( *([A-Za-z0-9_]+)" unused "${text}")
  set(symbol "${name}::${CMAKE_MATCH_1}")
  get_property(symbols GLOBAL PROPERTY dfkd_plugin_symbols)
  if(symbol IN_LIST symbols)
    message(FATAL_ERROR "${header}: class dfkd::${symbol} stands in another plugin too; rename it")
  endif()
  set_property(GLOBAL APPEND PROPERTY dfkd_plugin_symbols ${symbol})
endfunction()

# dfkd_plugins(<target> LINK <libraries> ROOTS <folders>): an OBJECT library with every plugin of
# the roots. And, with CARDS <target>, one with their cards alone, for programs that plan: a source
# per root, so that an author's edit compiles his own, and what of a card does not fit its header
# (card.cc of the plugin).
function(dfkd_plugins target)
  cmake_parse_arguments(ARG "" "CARDS" "LINK;ROOTS" ${ARGN})
  set(objects "")
  set(cards "")
  foreach(given IN LISTS ARG_ROOTS)
    set(root ${given})
    cmake_path(ABSOLUTE_PATH root BASE_DIRECTORY ${PROJECT_SOURCE_DIR} NORMALIZE)
    file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${root}/*)
    set(found 0)
    set(card_text "")
    foreach(folder IN LISTS folders)
      cmake_path(GET folder FILENAME name)
      set(header ${folder}/${name}.h)
      if(NOT EXISTS ${header})
        dfkd_check_folder(${folder} ${name})
        continue()
      endif()
      dfkd_check_plugin(${header} ${name})
      file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.h ${folder}/*.cc)
      dfkd_check_includes(${folder} ${sources})
      dfkd_check_card(${sources})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
      string(MD5 place ${folder})
      string(SUBSTRING ${place} 0 8 place)
      set(unit ${PROJECT_BINARY_DIR}/plugins/${target}/${name}-${place}.cc)
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n")
      file(GLOB further CONFIGURE_DEPENDS ${folder}/*.cc)
      list(APPEND objects ${unit} ${further})
      if(given IN_LIST DFKD_PLUGINS)  # an author's edit compiles his own
        set_source_files_properties(${unit} ${further} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
      if(EXISTS ${folder}/card.cc)
        list(APPEND cards ${folder}/card.cc)
      endif()
      string(APPEND card_text "#include \"${header}\"\n")
      set_property(GLOBAL APPEND PROPERTY dfkd_plugin_folders ${name})
      set_property(GLOBAL APPEND PROPERTY dfkd_plugin_paths ${folder})
      math(EXPR found "${found} + 1")
    endforeach()
    if(found EQUAL 0)
      message(FATAL_ERROR "plugin root ${root}: holds no plugin (<root>/<name>/<name>.h)")
    endif()
    string(MD5 place ${root})
    string(SUBSTRING ${place} 0 8 place)
    set(unit ${PROJECT_BINARY_DIR}/plugins/${target}/cards-${place}.cc)
    file(CONFIGURE OUTPUT ${unit} CONTENT "${card_text}")
    list(APPEND cards ${unit})
  endforeach()
  if(ARG_CARDS)
    add_library(${ARG_CARDS}_objects OBJECT ${cards})
    target_compile_definitions(${ARG_CARDS}_objects PRIVATE DFKD_CARDS_ONLY)
    dfkd_optimise_less(${ARG_CARDS}_objects)
    target_link_libraries(${ARG_CARDS}_objects PUBLIC dfkd_flags ${ARG_LINK})
    dfkd_precompile(${ARG_CARDS}_objects ${dfkd_pch})
    add_library(${ARG_CARDS} INTERFACE)  # links none of LINK
    target_sources(${ARG_CARDS} INTERFACE $<TARGET_OBJECTS:${ARG_CARDS}_objects>)
  endif()
  add_library(${target}_objects OBJECT ${objects})
  dfkd_optimise_less(${target}_objects)
  target_link_libraries(${target}_objects PUBLIC dfkd_flags ${ARG_LINK})
  dfkd_precompile(${target}_objects ${dfkd_pch})
  add_library(${target} INTERFACE)
  target_sources(${target} INTERFACE $<TARGET_OBJECTS:${target}_objects>)
  target_link_libraries(${target} INTERFACE ${ARG_LINK})
endfunction()

# dfkd_list_plugins(<target>): defines PluginFolders(), which Registry::Validate compares with what
# registered itself.
function(dfkd_list_plugins target)
  get_property(folders GLOBAL PROPERTY dfkd_plugin_folders)
  list(TRANSFORM folders REPLACE "(.+)" "\"\\1\"")
  list(JOIN folders ", " names)
  set(unit ${PROJECT_BINARY_DIR}/plugins/folders.cc)
  file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"bench/core/registry.h\"\n
std::vector<std::string> dfkd::PluginFolders() { return {@names@}; }\n" @ONLY)
  add_library(${target} STATIC ${unit})
  target_link_libraries(${target} PUBLIC dfkd_core)
endfunction()

# dfkd_hash_plugins(<target>): defines PluginSources() in the target, anew whenever a source of a
# plugin changes.
function(dfkd_hash_plugins target)
  get_property(folders GLOBAL PROPERTY dfkd_plugin_paths)
  list(JOIN folders "\n" lines)
  set(list ${PROJECT_BINARY_DIR}/plugins/paths.txt)
  file(CONFIGURE OUTPUT ${list} CONTENT "@lines@\n" @ONLY)
  set(sources "")
  foreach(folder IN LISTS folders)
    file(GLOB_RECURSE more CONFIGURE_DEPENDS ${folder}/*.h ${folder}/*.cc)
    list(APPEND sources ${more})
  endforeach()
  set(unit ${PROJECT_BINARY_DIR}/plugins/sources.cc)
  set(script ${PROJECT_SOURCE_DIR}/cmake/HashPlugins.cmake)
  add_custom_command(OUTPUT ${unit}
                     COMMAND ${CMAKE_COMMAND} -DLIST=${list} -DUNIT=${unit} -P ${script}
                     DEPENDS ${list} ${script} ${sources}
                     COMMENT "Hashing the sources of plugins" VERBATIM)
  target_sources(${target} PRIVATE ${unit})
  set_source_files_properties(${unit} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
