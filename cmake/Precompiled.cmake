# Parsing the headers of others is most of what a build costs, so it is done once: for what is
# LibTorch-free, for what is not, and for the tests of each, which are compiled with flags of their
# own. A source still includes what it uses; -DDFKD_PCH=OFF builds without and so proves it.
option(DFKD_PCH "use precompiled headers (1.6 GB of disk)" ON)

# dfkd_precompiled(<name> LINK <libraries> HEADERS <headers> [OPTIONS <compile options>])
function(dfkd_precompiled name)
  cmake_parse_arguments(ARG "" "" "LINK;HEADERS;OPTIONS" ${ARGN})
  if(NOT DFKD_PCH)
    return()
  endif()
  set(unit ${PROJECT_BINARY_DIR}/precompiled/${name}.cc)
  file(CONFIGURE OUTPUT ${unit} CONTENT "// Carries the precompiled header.\n")
  add_library(${name} OBJECT ${unit})
  target_link_libraries(${name} PRIVATE dfkd_flags ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# dfkd_precompile(<target> <name>): the target uses the header of that name.
function(dfkd_precompile target name)
  if(NOT TARGET ${name})
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${name})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Further false alarms: in std::string, once it is precompiled, and (of g++ 13) of a temporary
    # that is an argument.
    target_compile_options(${target} PRIVATE
      -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
      $<$<VERSION_GREATER_EQUAL:${CMAKE_CXX_COMPILER_VERSION},13>:-Wno-dangling-reference>
      $<$<BOOL:${CCACHE}>:-fpch-preprocess>)
  endif()
endfunction()

# From 13 on, g++ refuses a header that was precompiled at -O3 where less is asked for, unless what
# -O3 implies beyond optimising is said, too.
set(dfkd_same_header "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  include(CheckCXXCompilerFlag)
  foreach(flag -munroll-only-small-loops -mvzeroupper)  # x86 has them
    string(MAKE_C_IDENTIFIER "DFKD_HAS${flag}" known)
    check_cxx_compiler_flag(${flag} ${known})
    if(${known})
      list(APPEND dfkd_same_header ${flag})
    endif()
  endforeach()
endif()

# dfkd_optimise_less(<target>): for code that waits for other code.
function(dfkd_optimise_less target)
  # Less inlining, more false alarms of std::optional.
  target_compile_options(${target} PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                         ${dfkd_same_header})
endfunction()

set(dfkd_free_headers <nlohmann/json.hpp> <fmt/format.h> <algorithm> <chrono> <filesystem> <fstream>
    <functional> <map> <memory> <optional> <set> <sstream> <string> <thread> <vector>)
set(dfkd_free_libraries nlohmann_json::nlohmann_json fmt::fmt spdlog::spdlog)
set(dfkd_torch_headers <ATen/ATen.h> <ATen/core/Tensor.h>)
