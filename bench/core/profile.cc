#include "bench/core/profile.h"

#include "bench/core/error.h"
#include "bench/core/processor.h"

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

}  // namespace dfkd
