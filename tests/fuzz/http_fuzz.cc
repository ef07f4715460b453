// libFuzzer program; see CMakeLists.txt here.
#include "tests/fuzz/target.h"

DFKD_FUZZ_TARGET(Parsers, "http")
