#include "bench/core/profile.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>

#include "bench/core/processor.h"

namespace dfkd::profile_test {

BOOST_AUTO_TEST_CASE(what_computes_is_chosen_by_what_is_there) {
  BOOST_TEST(ChosenProfile(/*on_gpu=*/true, /*computes_bf16=*/false) == std::string("tf32"));
  BOOST_TEST(ChosenProfile(/*on_gpu=*/false, /*computes_bf16=*/true) == std::string("bf16"));
  BOOST_TEST(ChosenProfile(/*on_gpu=*/false, /*computes_bf16=*/false) == std::string("fp32"));
}

BOOST_AUTO_TEST_CASE(only_auto_is_resolved) {
  for (const char* name : {"fp32", "bf16", "tf32", "deterministic", "fp16"}) {
    BOOST_TEST(ResolvedProfile(name, /*on_gpu=*/true) == name);
  }
  BOOST_TEST(ResolvedProfile("auto", /*on_gpu=*/false) == ChosenProfile(false, ComputesBf16()));
}

#ifdef __linux__
// The kernel lists what it lets programs use.
BOOST_AUTO_TEST_CASE(the_processor_is_asked_as_the_kernel_asks_it) {
  std::ifstream file("/proc/cpuinfo");
  bool found = false, flags = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    flags = true;
    line += ' ';
    found |= line.find(" avx512_bf16 ") != std::string::npos ||
             line.find(" amx_bf16 ") != std::string::npos;
  }
  if (flags) BOOST_TEST(ComputesBf16() == found);
}
#endif

}  // namespace dfkd::profile_test
