#include "bench/core/profile.h"

#include "bench/core/error.h"

namespace dfkd {

Profile ProfileFrom(const std::string& name) {
  for (const auto profile : {Profile::kFp32, Profile::kBf16, Profile::kDeterministic}) {
    if (name == Name(profile)) {
      return profile;
    }
  }
  throw MakeError("profile '{}' must be one of fp32, bf16, deterministic", name);
}

const char* Name(Profile profile) {
  switch (profile) {
    case Profile::kFp32:
      return "fp32";
    case Profile::kBf16:
      return "bf16";
    case Profile::kDeterministic:
      return "deterministic";
    case Profile::kFp64:
      return "fp64";
  }
  throw MakeError("profile {} is unknown", static_cast<int>(profile));
}

}  // namespace dfkd
