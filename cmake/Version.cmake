# cmake -DSOURCE=<folder> -DVERSION=<release> -DFILE=<file> -P Version.cmake: writes a source file
# that knows the release, and the commit of the folder if that is the top of a git work tree. A file
# that says so already is left alone, so that nothing is compiled again.
set(commit "")
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-toplevel
                OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(REAL_PATH ${SOURCE} source)
if(top STREQUAL source)
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(CONFIGURE OUTPUT ${FILE} @ONLY CONTENT [[#include "bench/cli/version.h"

namespace dfkd::cli {

const char* Version() { return "@VERSION@"; }

const char* Commit() { return "@commit@"; }

}  // namespace dfkd::cli
]])
