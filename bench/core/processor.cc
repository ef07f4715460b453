#include "bench/core/processor.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace dfkd {
namespace {

constexpr uint32_t kOsSavesMore = 1U << 27U;  // leaf 1, ecx: xgetbv may be executed
// Leaf 7.0, ebx: F, DQ, BW, VL.
constexpr uint32_t kAvx512 = 1U << 16U | 1U << 17U | 1U << 30U | 1U << 31U;
constexpr uint32_t kAvx512Bf16 = 1U << 5U;  // leaf 7.1, eax
constexpr uint32_t kAmxBf16 = 1U << 22U;    // leaf 7.0, edx
constexpr uint64_t kAvx512State = 0xE6, kAmxState = 0x60000;

bool HasAll(uint64_t found, uint64_t wanted) { return (found & wanted) == wanted; }

#ifdef __x86_64__
uint64_t KeptRegisters() {
  uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32U | low;
}

CpuidAnswers AskProcessor() {
  CpuidAnswers answers;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) != 0) answers.leaf1_ecx = c;
  if (HasAll(answers.leaf1_ecx, kOsSavesMore)) answers.kept_registers = KeptRegisters();
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) answers.leaf7_ebx = b, answers.leaf7_edx = d;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) answers.leaf7_1_eax = a;
  return answers;
}
#endif

}  // namespace

ProcessorFeatures FeaturesFrom(const CpuidAnswers& answers) {
  const bool told = HasAll(answers.leaf1_ecx, kOsSavesMore);
  const bool vectors = told && HasAll(answers.kept_registers, kAvx512State);
  const bool tiles = told && HasAll(answers.kept_registers, kAmxState);
  return {.known = true,
          .avx512 = vectors && HasAll(answers.leaf7_ebx, kAvx512),
          .avx512_bf16 = vectors && HasAll(answers.leaf7_1_eax, kAvx512Bf16),
          .amx_bf16 = tiles && HasAll(answers.leaf7_edx, kAmxBf16)};
}

#ifdef __x86_64__
ProcessorFeatures FeaturesHere() { return FeaturesFrom(AskProcessor()); }
#else
ProcessorFeatures FeaturesHere() { return {}; }
#endif

bool ComputesBf16(const ProcessorFeatures& features) {
  return features.avx512_bf16 || features.amx_bf16;
}

std::string CostOfBf16(const ProcessorFeatures& features) {
  if (ComputesBf16(features)) return "";
  if (!features.known) return "a multiple of the time of fp32 that nobody has measured";
  return features.avx512 ? "1.4 to 4.6 times the time of fp32" : "about 20 times the time of fp32";
}

}  // namespace dfkd
