// libFuzzer target; see CMakeLists.txt here.
#include "tests/fuzz/parsers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return dfkd::fuzz::FeedNamed("safetensors", data, size);
}
