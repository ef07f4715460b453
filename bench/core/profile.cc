#include "bench/core/profile.h"

#include <fmt/format.h>

#include "bench/core/error.h"

namespace dfkd {

Profile ProfileFrom(const std::string& name) {
  for (const auto profile :
       {Profile::kFp32, Profile::kBf16, Profile::kTf32, Profile::kDeterministic}) {
    if (name == Name(profile)) {
      return profile;
    }
  }
  throw MakeError("profile '{}' must be one of fp32, bf16, tf32, deterministic", name);
}

const char* Name(Profile profile) {
  switch (profile) {
    case Profile::kFp32:
      return "fp32";
    case Profile::kBf16:
      return "bf16";
    case Profile::kTf32:
      return "tf32";
    case Profile::kDeterministic:
      return "deterministic";
    case Profile::kFp64:
      return "fp64";
  }
  throw MakeError("profile {} is unknown", static_cast<int>(profile));
}

const char* ChosenProfile(bool on_gpu, bool computes_bf16) {
  if (on_gpu) return Name(Profile::kTf32);
  return Name(computes_bf16 ? Profile::kBf16 : Profile::kFp32);
}

std::string ResolvedProfile(const std::string& name, bool on_gpu) {
  return name == "auto" ? ChosenProfile(on_gpu, ComputesBf16()) : name;
}

void RequireProfileOn(const std::string& name, const DeviceKinds& on) {
  if (!on.cpu || ResolvedProfile(name, on.gpu) != Name(Profile::kTf32)) return;
  throw MakeError(
      "profile '{}'{}: only GPUs compute in it, and stages would run on the device cpu; there it "
      "must be one of fp32, bf16, deterministic (or each --device a GPU)",
      name, name == "auto" ? " (tf32, as there is a GPU as well)" : "");
}

std::string EmulationOf(const std::string& name, const DeviceKinds& on,
                        const ProcessorFeatures& here) {
  if (!on.cpu || name != Name(Profile::kBf16) || ComputesBf16(here)) return "";
  return fmt::format("profile bf16: this processor only emulates it, at {} (docs/running.md)",
                     CostOfBf16(here));
}

}  // namespace dfkd
