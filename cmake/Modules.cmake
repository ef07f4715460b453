# The modules, lowest first: each may use those above it in this file and nothing else. IN: the
# folder, if it is not bench. NUMBERS: it has loops of its own over pixels and numbers. The others
# read and write text, or hand tensors from one call to the next: optimising them fully costs
# minutes of compilation and saves nothing.
function(dfkd_module name)
  cmake_parse_arguments(ARG "NUMBERS" "IN" "LINK" ${ARGN})
  if(NOT ARG_IN)
    set(ARG_IN bench)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${ARG_IN}/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(NOT DFKD_FETCH)
    list(FILTER sources EXCLUDE REGEX "/io/(download|archive|fetch|pack)\\.cc$")
    list(FILTER sources EXCLUDE REGEX "/store/(remote|remote_cache|transfer)\\.cc$")
  endif()
  if(NOT sources)
    add_library(dfkd_${name} INTERFACE)
    target_link_libraries(dfkd_${name} INTERFACE dfkd_flags ${ARG_LINK})
    return()
  endif()
  add_library(dfkd_${name} STATIC ${sources})
  target_link_libraries(dfkd_${name} PUBLIC dfkd_flags ${ARG_LINK})
  if(NOT ARG_NUMBERS)
    dfkd_optimise_less(dfkd_${name})
  endif()
  dfkd_precompile(dfkd_${name} ${dfkd_pch})
endfunction()

# dfkd_version: what bench/cli/version.h declares, looked up at every build.
set(dfkd_version_source ${PROJECT_BINARY_DIR}/version/version.cc)
add_custom_target(dfkd_version_text
                  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR}
                          -DVERSION=${PROJECT_VERSION} -DFILE=${dfkd_version_source}
                          -P ${PROJECT_SOURCE_DIR}/cmake/Version.cmake
                  BYPRODUCTS ${dfkd_version_source}
                  COMMENT "Looking up the commit")
add_library(dfkd_version STATIC ${dfkd_version_source})
target_include_directories(dfkd_version PRIVATE ${PROJECT_SOURCE_DIR})
add_dependencies(dfkd_version dfkd_version_text)

dfkd_precompiled(dfkd_pch_free LINK ${dfkd_free_libraries} HEADERS ${dfkd_free_headers})
set(dfkd_pch dfkd_pch_free)  # of the modules below

dfkd_module(core NUMBERS LINK nlohmann_json::nlohmann_json fmt::fmt spdlog::spdlog OpenSSL::Crypto)
dfkd_module(io LINK dfkd_core dfkd_fetch_libraries dfkd_valijson PNG::PNG JPEG::JPEG ZLIB::ZLIB
            Threads::Threads)
dfkd_embed(dfkd_io SchemaFiles leaderboard/schema/*.json)
dfkd_module(store LINK dfkd_io)
dfkd_module(matrix LINK dfkd_store)
dfkd_embed(dfkd_matrix MatrixFiles bench/matrices/*.json)
dfkd_module(engines LINK dfkd_matrix Threads::Threads)
dfkd_module(scores LINK dfkd_matrix)
dfkd_module(standings IN leaderboard LINK dfkd_scores Boost::headers)
dfkd_embed(dfkd_standings ReferenceFiles leaderboard/reference/*.json)
dfkd_module(pages IN leaderboard LINK dfkd_standings dfkd_ctemplate SQLite::SQLite3)
dfkd_site(dfkd_site_files)
dfkd_embed(dfkd_pages SiteFiles ${dfkd_site_files}/*)
dfkd_embed(dfkd_pages TemplateFiles leaderboard/pages/*.tpl)
dfkd_embed(dfkd_pages PaperFiles leaderboard/pages/papers.json)
dfkd_module(cli LINK dfkd_engines dfkd_pages dfkd_version CLI11::CLI11)
dfkd_embed(dfkd_cli CompletionFiles bench/cli/completion/*)
dfkd_embed(dfkd_cli ScaffoldFiles bench/cli/scaffold/*)
dfkd_module(front LINK dfkd_store)

# dfkd_program(<name> <libraries>): bench/cli/main.cc with what the commands of dfkd_cli need from
# elsewhere.
function(dfkd_program name)
  add_executable(${name} bench/cli/main.cc)
  target_link_libraries(${name} PRIVATE dfkd_cli ${ARGN} dfkd_folders)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()

if(NOT DFKD_TORCH)
  # The commands call the stages, which are not here; tests of the others link if each is an object
  # of its own.
  set_target_properties(dfkd_cli PROPERTIES UNITY_BUILD OFF)
  dfkd_plugins(dfkd_datasets LINK dfkd_io ROOTS datasets)
  return()
endif()

dfkd_plugins(dfkd_datasets LINK dfkd_io ROOTS datasets)
dfkd_precompiled(dfkd_pch_torch LINK ${dfkd_free_libraries} dfkd_torch
                 HEADERS ${dfkd_free_headers} ${dfkd_torch_headers})
set(dfkd_pch dfkd_pch_torch)
dfkd_module(nn NUMBERS LINK dfkd_io dfkd_torch)
dfkd_module(images NUMBERS LINK dfkd_nn)
dfkd_module(recipes NUMBERS LINK dfkd_images)
dfkd_plugins(dfkd_plugins CARDS dfkd_cards LINK dfkd_recipes
             ROOTS attacks methods/distillation methods/defenses methods/detectors
                   ${DFKD_PLUGINS})
dfkd_module(stages LINK dfkd_recipes dfkd_store)
dfkd_list_plugins(dfkd_folders)
dfkd_hash_plugins(dfkd_folders)

# Two programs of one main: what the commands use of stages and plugins, the full one has; the
# other, which answers without loading LibTorch, has the cards of the plugins and hands over to the
# full one.
dfkd_program(dfkd dfkd_front dfkd_cards dfkd_datasets)
dfkd_program(dfkd-compute dfkd_stages dfkd_plugins dfkd_datasets)
add_dependencies(dfkd dfkd-compute)
include(cmake/Install.cmake)

if(DFKD_PERF)
  file(GLOB perf CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/perf/*.cc)
  find_package(benchmark REQUIRED)
  add_executable(dfkd_perf ${perf})
  target_link_libraries(dfkd_perf PRIVATE dfkd_stages dfkd_plugins dfkd_standings
                        benchmark::benchmark)
  dfkd_precompile(dfkd_perf dfkd_pch_torch)
  set_target_properties(dfkd_perf PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
                        UNITY_BUILD OFF)

  # What a large matrix costs before, between and after its stages.
  file(GLOB grid CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/perf/grid/*.cc)
  add_executable(dfkd_perf_grid ${grid})
  target_link_libraries(dfkd_perf_grid PRIVATE dfkd_engines dfkd_pages dfkd_cards dfkd_datasets
                                               dfkd_folders benchmark::benchmark)
  set_target_properties(dfkd_perf_grid PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
                        UNITY_BUILD OFF)
endif()
