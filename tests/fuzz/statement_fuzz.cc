// libFuzzer program; see CMakeLists.txt here.
#include "tests/fuzz/statements.h"
#include "tests/fuzz/target.h"

DFKD_FUZZ_TARGET(Statements, "statement")
