// Numeric profiles by name; what they mean for tensors stands in bench/nn/numerics.h.
#pragma once
#include <string>

namespace dfkd {

// kFp64 has no name that a user could give. Comparisons with other implementations compute in it:
// float32 is rounded differently on every machine, and a few steps of an optimizer amplify that.
enum class Profile { kFp32, kBf16, kTf32, kDeterministic, kFp64 };

// "fp32", "bf16", "tf32", "deterministic"; throws Error otherwise.
Profile ProfileFrom(const std::string& name);
const char* Name(Profile profile);

// What "auto" stands for: on a GPU tf32, as the papers computed; on a processor that computes in
// bfloat16 bf16, else fp32. Results of two machines can only be compared where it is the same, so
// that keys and scores hold this name and never "auto".
const char* ChosenProfile(bool on_gpu, bool computes_bf16);
// On this machine; any other name than "auto" is returned as it is.
std::string ResolvedProfile(const std::string& name, bool on_gpu);

}  // namespace dfkd
