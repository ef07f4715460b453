# Everything third-party, found once. Nothing is downloaded or vendored.
find_program(CCACHE ccache)
if(CCACHE)  # what it asks for where headers are precompiled (see also Precompiled.cmake)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      ${CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers: Boost.Math
find_path(VALIJSON_INCLUDE valijson/schema.hpp REQUIRED)
add_library(dfkd_valijson INTERFACE)
target_include_directories(dfkd_valijson SYSTEM INTERFACE ${VALIJSON_INCLUDE})
find_path(CTEMPLATE_INCLUDE ctemplate/template.h REQUIRED)
find_library(CTEMPLATE_LIBRARY ctemplate REQUIRED)
add_library(dfkd_ctemplate INTERFACE)
target_include_directories(dfkd_ctemplate SYSTEM INTERFACE ${CTEMPLATE_INCLUDE})
target_link_libraries(dfkd_ctemplate INTERFACE ${CTEMPLATE_LIBRARY} Threads::Threads)
add_library(dfkd_fetch_libraries INTERFACE)
if(DFKD_FETCH)
  find_package(CURL REQUIRED)
  find_package(LibArchive REQUIRED)
  target_link_libraries(dfkd_fetch_libraries INTERFACE CURL::libcurl LibArchive::LibArchive)
  target_compile_definitions(dfkd_fetch_libraries INTERFACE DFKD_WITH_FETCH=1)
endif()

add_library(dfkd_flags INTERFACE)  # warnings and sanitizers, linked by every target of ours
target_compile_options(dfkd_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # false alarms of g++ 12 at -O3 in std::string
  target_compile_options(dfkd_flags INTERFACE -Wno-restrict)
endif()
if(DFKD_WERROR)
  target_compile_options(dfkd_flags INTERFACE -Werror)
endif()
if(DFKD_SANITIZE)
  target_compile_options(dfkd_flags INTERFACE -fsanitize=${DFKD_SANITIZE} -fno-omit-frame-pointer
                                              -fno-sanitize-recover=all -g)
  target_link_options(dfkd_flags INTERFACE -fsanitize=${DFKD_SANITIZE})
endif()
target_include_directories(dfkd_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})

if(DFKD_TORCH)
  find_package(Torch REQUIRED)
  # LibTorch 2.5 to 2.7 links a target that CMake does not make of CUDA 12.9 and later, where NVTX
  # is headers alone.
  if(TARGET torch::nvtoolsext AND NOT TARGET CUDA::nvToolsExt)
    add_library(CUDA::nvToolsExt INTERFACE IMPORTED)
  endif()
  if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "${Torch_DIR}: this LibTorch has the old ABI of std::string "
                        "(_GLIBCXX_USE_CXX11_ABI=0), fmt, spdlog and ctemplate of this system the "
                        "new one. Take a LibTorch with cxx11-abi in its name, or one of 2.7 or "
                        "later")
  endif()
  # LibTorch as PyTorch publishes it carries headers of libraries that we link as the system has
  # them.
  set(dfkd_headers_first ${PROJECT_BINARY_DIR}/headers_first)
  file(REMOVE_RECURSE ${dfkd_headers_first})
  foreach(header fmt/format.h nlohmann/json.hpp spdlog/spdlog.h)
    cmake_path(GET header PARENT_PATH library)
    find_path(DFKD_${library}_HEADERS ${header})
    foreach(folder ${TORCH_INCLUDE_DIRS})
      if(EXISTS ${folder}/${library} AND NOT folder STREQUAL DFKD_${library}_HEADERS)
        file(MAKE_DIRECTORY ${dfkd_headers_first})
        file(CREATE_LINK ${DFKD_${library}_HEADERS}/${library} ${dfkd_headers_first}/${library}
             SYMBOLIC)
      endif()
    endforeach()
  endforeach()
  # SYSTEM: LibTorch's headers warn by the thousand under -Wextra.
  add_library(dfkd_torch INTERFACE)
  if(EXISTS ${dfkd_headers_first})
    target_include_directories(dfkd_torch SYSTEM INTERFACE ${dfkd_headers_first})
  endif()
  target_include_directories(dfkd_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(dfkd_torch INTERFACE ${TORCH_LIBRARIES})
  separate_arguments(torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(dfkd_torch INTERFACE ${torch_flags})
endif()
