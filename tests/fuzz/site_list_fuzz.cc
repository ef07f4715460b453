// libFuzzer program; see CMakeLists.txt here.
#include "tests/fuzz/site_texts.h"
#include "tests/fuzz/target.h"

DFKD_FUZZ_TARGET(SiteTexts, "site_list")
