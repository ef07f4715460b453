# The application of the leaderboard's pages (leaderboard/site) becomes app.js and style.css in the
# build folder, which are embedded. It takes node and npm, and packages from npm's registry. Without
# them, or offline, the pages are as they are written, without interaction, and say so: that is a
# warning and never a failed build.
find_program(DFKD_NODE node)
find_program(DFKD_NPM npm)
mark_as_advanced(DFKD_NODE DFKD_NPM)
set(dfkd_site_default OFF)
if(DFKD_NODE AND DFKD_NPM)
  set(dfkd_site_default ON)
endif()
option(DFKD_SITE "bundle the leaderboard's application (node, npm)" ${dfkd_site_default})

# What the bundle is made of.
file(GLOB_RECURSE dfkd_site_sources CONFIGURE_DEPENDS
     RELATIVE ${PROJECT_SOURCE_DIR}/leaderboard/site
     ${PROJECT_SOURCE_DIR}/leaderboard/site/src/*.ts)
list(APPEND dfkd_site_sources plain.js build.mjs tsconfig.json package.json package-lock.json .npmrc
     style.css app.css)

# dfkd_site_run(<problem> <folder> <command…>): <problem> is set to the end of what the command said
# if it fails.
function(dfkd_site_run problem folder)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${folder} RESULT_VARIABLE result TIMEOUT 180
                  OUTPUT_VARIABLE said ERROR_VARIABLE said)
  set(${problem} "" PARENT_SCOPE)
  if(NOT result EQUAL 0)
    string(STRIP "${said}" said)
    string(REGEX MATCH "[^\n]*$" said "${said}")
    list(GET ARGN 0 program)
    cmake_path(GET program FILENAME program)
    set(${problem} "${program}: ${result}: ${said}" PARENT_SCOPE)
  endif()
endfunction()

# dfkd_site_bundle(<problem> <folder>): packages and bundle in a copy of the sources, so that
# nothing is written to them.
function(dfkd_site_bundle problem folder)
  file(REMOVE_RECURSE ${folder}/src ${folder}/out)
  foreach(name IN LISTS dfkd_site_sources)
    configure_file(${PROJECT_SOURCE_DIR}/leaderboard/site/${name} ${folder}/${name} COPYONLY)
  endforeach()
  dfkd_site_run(failed ${folder} ${DFKD_NPM} ci --omit=dev --ignore-scripts --prefer-offline
                --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=30000)
  if(failed STREQUAL "")
    dfkd_site_run(failed ${folder} ${DFKD_NODE} build.mjs)
  endif()
  set(${problem} "${failed}" PARENT_SCOPE)
endfunction()

# dfkd_site_plain(<folder>): the files without the application.
function(dfkd_site_plain folder)
  file(MAKE_DIRECTORY ${folder}/out)
  configure_file(${PROJECT_SOURCE_DIR}/leaderboard/site/style.css ${folder}/out/style.css COPYONLY)
  configure_file(${PROJECT_SOURCE_DIR}/leaderboard/site/plain.js ${folder}/out/app.js COPYONLY)
endfunction()

# dfkd_site(<variable>): the folder that holds app.js and style.css. They are made anew when a
# source changed, or when they could not be made before.
function(dfkd_site variable)
  set(folder ${PROJECT_BINARY_DIR}/site)
  set(${variable} ${folder}/out PARENT_SCOPE)
  set(state "${DFKD_SITE}")
  foreach(name IN LISTS dfkd_site_sources)
    set(file ${PROJECT_SOURCE_DIR}/leaderboard/site/${name})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(SHA256 ${file} hash)
    string(APPEND state " ${hash}")
  endforeach()
  string(SHA256 state "${state}")
  set(before "")
  if(EXISTS ${folder}/state)
    file(READ ${folder}/state before)
  endif()
  if(before STREQUAL state)
    return()
  endif()
  file(MAKE_DIRECTORY ${folder})
  if(DFKD_SITE)
    message(STATUS "Bundling the leaderboard's application")
    dfkd_site_bundle(problem ${folder})
  else()
    message(STATUS "DFKD_SITE is off or node and npm are missing: the leaderboard has no "
                   "interaction")
    set(problem "it is off")
  endif()
  if(problem STREQUAL "")
    file(WRITE ${folder}/state "${state}")
    return()
  endif()
  dfkd_site_plain(${folder})
  if(DFKD_SITE)
    message(WARNING "The leaderboard has no interaction, because its application was not built: "
                    "${problem}")
  else()
    file(WRITE ${folder}/state "${state}")
  endif()
endfunction()
