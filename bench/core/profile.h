// Numeric profiles by name; what they mean for tensors stands in bench/nn/numerics.h.
#pragma once
#include <string>

namespace dfkd {

// kFp64 has no name that a user could give. Comparisons with other implementations compute in it:
// float32 is rounded differently on every machine, and a few steps of an optimizer amplify that.
enum class Profile { kFp32, kBf16, kDeterministic, kFp64 };

// "fp32", "bf16", "deterministic"; throws Error otherwise.
Profile ProfileFrom(const std::string& name);
const char* Name(Profile profile);

}  // namespace dfkd
