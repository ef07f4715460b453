# A plugin is a folder <root>/<name>/ with <name>.h and, where a method needs it, more .cc files. No list to edit: the
# roots are globbed, one source is generated per header, and the objects go to the linker directly, because a
# self-registering object inside a static library would be dropped without a word.
set_property(GLOBAL PROPERTY dfkd_plugin_folders "")

# Refuses a header whose namespace or registered name is not the folder's: two plugins with one class name in one
# namespace would merge silently, and the wrong code would run.
function(dfkd_check_plugin header name)
  file(READ ${header} text)
  if(NOT text MATCHES "namespace dfkd::${name}[ \n{]")
    message(FATAL_ERROR "${header}: everything in it must stand in `namespace dfkd::${name}`")
  endif()
  if(NOT text MATCHES "DFKD_REGISTER\\([^;]*name = \"${name}\"")
    message(FATAL_ERROR "${header}: must end in DFKD_REGISTER(...) with .name = \"${name}\", "
                        "the name of its folder")
  endif()
endfunction()

# dfkd_plugins(<target> LINK <libraries> ROOTS <folders>): an OBJECT library with every plugin of the roots.
function(dfkd_plugins target)
  cmake_parse_arguments(ARG "" "" "LINK;ROOTS" ${ARGN})
  set(objects "")
  foreach(root IN LISTS ARG_ROOTS)
    cmake_path(ABSOLUTE_PATH root BASE_DIRECTORY ${PROJECT_SOURCE_DIR} NORMALIZE)
    file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${root}/*)
    set(found 0)
    foreach(folder IN LISTS folders)
      cmake_path(GET folder FILENAME name)
      set(header ${folder}/${name}.h)
      if(NOT EXISTS ${header})
        continue()
      endif()
      dfkd_check_plugin(${header} ${name})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
      set(unit ${PROJECT_BINARY_DIR}/plugins/${target}/${name}.cc)
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n")
      file(GLOB further CONFIGURE_DEPENDS ${folder}/*.cc)
      list(APPEND objects ${unit} ${further})
      set_property(GLOBAL APPEND PROPERTY dfkd_plugin_folders ${name})
      math(EXPR found "${found} + 1")
    endforeach()
    if(found EQUAL 0)
      message(FATAL_ERROR "plugin root ${root}: holds no plugin (<root>/<name>/<name>.h)")
    endif()
  endforeach()
  add_library(${target}_objects OBJECT ${objects})
  target_link_libraries(${target}_objects PUBLIC dfkd_flags ${ARG_LINK})
  add_library(${target} INTERFACE)
  target_sources(${target} INTERFACE $<TARGET_OBJECTS:${target}_objects>)
  target_link_libraries(${target} INTERFACE ${ARG_LINK})
endfunction()

# dfkd_list_plugins(<target>): defines PluginFolders(), which Registry::Validate compares with what registered itself.
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
