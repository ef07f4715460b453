// What the processor of this machine can do.
#pragma once
#include <cstdint>
#include <string>

namespace dfkd {

// The answers of cpuid, by leaf and register, and of xgetbv (the registers that the system keeps).
struct CpuidAnswers {
  uint32_t leaf1_ecx = 0, leaf7_ebx = 0, leaf7_edx = 0, leaf7_1_eax = 0;
  uint64_t kept_registers = 0;
};

// What decides how fast bfloat16 is; each only where the system keeps the registers for it.
struct ProcessorFeatures {
  bool known = false;   // no: of a kind that is not asked here
  bool avx512 = false;  // F, DQ, BW and VL, which oneDNN wants together
  bool avx512_bf16 = false, amx_bf16 = false;
};

ProcessorFeatures FeaturesFrom(const CpuidAnswers& answers);
ProcessorFeatures FeaturesHere();

// Whether it computes in bfloat16. Asked of the processor: where it does not, oneDNN emulates
// bfloat16 and says that it is supported.
bool ComputesBf16(const ProcessorFeatures& features = FeaturesHere());
// What the emulation costs where it is one, in words, as was measured on processors with AVX-512
// and without (docs/running.md); "" if nothing is emulated.
std::string CostOfBf16(const ProcessorFeatures& features = FeaturesHere());

}  // namespace dfkd
