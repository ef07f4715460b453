#include "bench/core/processor.h"

#include <cstdint>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace dfkd {

#ifdef __x86_64__
namespace {

constexpr uint32_t kOsSavesMore = 1U << 27U;  // leaf 1, ecx: xgetbv may be executed
constexpr uint32_t kAvx512Bf16 = 1U << 5U;    // leaf 7.1, eax
constexpr uint32_t kAmxBf16 = 1U << 22U;      // leaf 7.0, edx
constexpr uint64_t kAvx512State = 0xE6, kAmxState = 0x60000;

uint64_t SavedState() {
  uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32U | low;
}

}  // namespace

bool ComputesBf16() {
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsSavesMore) == 0) return false;
  const uint64_t state = SavedState();
  const bool vectors = (state & kAvx512State) == kAvx512State;
  if (vectors && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & kAvx512Bf16) != 0)
    return true;
  const bool tiles = (state & kAmxState) == kAmxState;
  return tiles && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) != 0;
}
#else
bool ComputesBf16() { return false; }
#endif

}  // namespace dfkd
