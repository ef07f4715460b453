#include "bench/core/profile.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>

#include "bench/core/error.h"
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

const DeviceKinds kProcessor = {}, kGpu = {.cpu = false, .gpu = true}, kBoth = {.gpu = true};

std::string Refusal(const std::string& name, const DeviceKinds& on) {
  try {
    RequireProfileOn(name, on);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

BOOST_AUTO_TEST_CASE(what_only_gpus_compute_is_refused_where_a_processor_computes_as_well) {
  for (const auto& on : {kProcessor, kBoth}) {
    const auto refusal = Refusal("tf32", on);
    BOOST_TEST(refusal.starts_with("profile 'tf32': only GPUs"), refusal);
    BOOST_TEST(refusal.find("one of fp32, bf16, deterministic") != refusal.npos, refusal);
    BOOST_TEST(refusal.find('\n') == refusal.npos, refusal);
  }
  const auto chosen = Refusal("auto", kBoth);
  BOOST_TEST(chosen.starts_with("profile 'auto' (tf32, "), chosen);
}

BOOST_AUTO_TEST_CASE(what_every_device_computes_is_not_refused) {
  for (const auto& on : {kProcessor, kGpu, kBoth}) {
    for (const char* name : {"fp32", "bf16", "deterministic"}) BOOST_TEST(Refusal(name, on) == "");
  }
  BOOST_TEST(Refusal("auto", kProcessor) == "");
  for (const char* name : {"tf32", "auto"}) BOOST_TEST(Refusal(name, kGpu) == "");
  // What is only read was computed elsewhere.
  BOOST_TEST(Refusal("tf32", {.cpu = false}) == "");
}

// As a processor with all of it answers under a system that keeps all registers.
const CpuidAnswers kEverything = {.leaf1_ecx = 1U << 27U,
                                  .leaf7_ebx = 1U << 16U | 1U << 17U | 1U << 30U | 1U << 31U,
                                  .leaf7_edx = 1U << 22U,
                                  .leaf7_1_eax = 1U << 5U,
                                  .kept_registers = 0x600E7};

ProcessorFeatures With(const std::function<void(CpuidAnswers&)>& change) {
  auto answers = kEverything;
  change(answers);
  return FeaturesFrom(answers);
}

BOOST_AUTO_TEST_CASE(a_processor_has_what_it_says_and_the_system_keeps_registers_for) {
  const auto all = FeaturesFrom(kEverything);
  BOOST_TEST((all.known && all.avx512 && all.avx512_bf16 && all.amx_bf16));
  const auto without_tiles = With([](auto& a) { a.kept_registers = 0xE7; });
  BOOST_TEST((without_tiles.avx512 && without_tiles.avx512_bf16 && !without_tiles.amx_bf16));
  const auto only_tiles = With([](auto& a) { a.kept_registers = 0x60007; });
  BOOST_TEST((!only_tiles.avx512 && !only_tiles.avx512_bf16 && only_tiles.amx_bf16));
  const auto untold = With([](auto& a) { a.leaf1_ecx = 0; });
  BOOST_TEST((untold.known && !untold.avx512 && !ComputesBf16(untold)));
  // oneDNN wants four parts of AVX-512; the first ones (Xeon Phi) had one of them.
  for (const unsigned bit : {16U, 17U, 30U, 31U})
    BOOST_TEST(!With([&](auto& a) { a.leaf7_ebx &= ~(1U << bit); }).avx512);
}

BOOST_AUTO_TEST_CASE(what_emulation_costs_depends_on_the_kind_of_processor) {
  const auto emulates = [](CpuidAnswers& a) { a.leaf7_1_eax = 0, a.leaf7_edx = 0; };
  const auto avx512 = With(emulates), avx2 = With([&](auto&a) { emulates(a), a.leaf7_ebx = 0; });
  BOOST_TEST(CostOfBf16(FeaturesFrom(kEverything)) == "");
  BOOST_TEST(CostOfBf16(With([](auto& a) { a.leaf7_1_eax = 0; })) == "");
  BOOST_TEST(CostOfBf16(With([](auto& a) { a.leaf7_edx = 0; })) == "");
  BOOST_TEST(CostOfBf16(avx512) == "1.4 to 4.6 times the time of fp32");
  BOOST_TEST(CostOfBf16(avx2) == "about 20 times the time of fp32");
  BOOST_TEST(CostOfBf16({}).find("nobody has measured") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_a_bf16_that_a_processor_emulates_is_warned_of) {
  const auto avx2 = With([](auto& a) { a = {.leaf1_ecx = a.leaf1_ecx}; });
  for (const auto& on : {kProcessor, kBoth}) {
    BOOST_TEST(EmulationOf("bf16", on, avx2) ==
               "profile bf16: this processor only emulates it, at about 20 times the time of fp32 "
               "(docs/running.md)");
  }
  BOOST_TEST(EmulationOf("bf16", kGpu, avx2) == "");
  BOOST_TEST(EmulationOf("bf16", kProcessor, FeaturesFrom(kEverything)) == "");
  for (const char* name : {"fp32", "tf32", "deterministic", "auto"})
    BOOST_TEST(EmulationOf(name, kProcessor, avx2) == "");
}

#ifdef __linux__
// The kernel lists what it lets programs use.
BOOST_AUTO_TEST_CASE(the_processor_is_asked_as_the_kernel_asks_it) {
  std::ifstream file("/proc/cpuinfo");
  std::set<std::string> flags;
  for (std::string line, flag; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    for (std::istringstream words(line); words >> flag;) flags.insert(flag);
  }
  if (flags.empty()) return;
  const auto here = FeaturesHere();
  BOOST_TEST(here.known);
  BOOST_TEST(here.avx512_bf16 == flags.contains("avx512_bf16"));
  BOOST_TEST(here.amx_bf16 == flags.contains("amx_bf16"));
  bool avx512 = true;
  for (const char* part : {"avx512f", "avx512dq", "avx512bw", "avx512vl"})
    avx512 = avx512 && flags.contains(part);
  BOOST_TEST(here.avx512 == avx512);
}
#endif

}  // namespace dfkd::profile_test
