// libFuzzer program; see CMakeLists.txt here.
#include "tests/fuzz/documents.h"
#include "tests/fuzz/target.h"

DFKD_FUZZ_TARGET(Documents, "evaluation")
