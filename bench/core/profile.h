// Numeric profiles by name; what they mean for tensors stands in bench/nn/numerics.h.
#pragma once
#include <string>

#include "bench/core/processor.h"

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

// On which kinds of device stages will run; where only what they left is read, on no processor.
struct DeviceKinds {
  bool cpu = true, gpu = false;
};

// Throws Error if stages will run on a processor and `name`, or what "auto" stands for because a
// GPU is beside it, is of GPUs alone: every teacher would fail of it, for good.
void RequireProfileOn(const std::string& name, const DeviceKinds& on);
// That the processor `here` only emulates the profile, and what that costs; "" if nothing is to be
// said.
std::string EmulationOf(const std::string& name, const DeviceKinds& on,
                        const ProcessorFeatures& here = FeaturesHere());

}  // namespace dfkd
