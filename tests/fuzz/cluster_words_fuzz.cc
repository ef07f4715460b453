// libFuzzer program; see CMakeLists.txt here.
#include "tests/fuzz/cluster.h"
#include "tests/fuzz/target.h"

DFKD_FUZZ_TARGET(ClusterTexts, "cluster_words")
