// Anti-Backdoor Data-free distillation: Shuffling Vaccine, then Self-Retrospection in the last
// rounds. Hong et al., ICML 2023, https://arxiv.org/abs/2306.02368
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/abd_options.h"
#include "bench/recipes/option_block.h"

namespace dfkd::abd {

// The options of both parts, as sv_* and sr_*. Equal options mean equal stages: a student distilled
// with the vaccine alone serves both entries up to the first round of the late phase.
struct Options : VaccineOptions, RetrospectionOptions {
  static void Declare(OptionTable<Options>& o) {
    DeclareBlock<VaccineOptions>(o, "sv_");
    DeclareBlock<RetrospectionOptions>(o, "sr_");
  }
};

inline std::vector<PartRef> Parts(const Options& o) {
  return {{"shuffling_vaccine", BlockToJson<VaccineOptions>(o)},
          {"self_retrospection", BlockToJson<RetrospectionOptions>(o)}};
}

// Where the reference resumes for the late phase, the vaccine is off (abd.md j17). With CMI it
// is not: there a matrix says `keep`.
inline Json Faithful() {
  Json options = Prefixed(VaccineOptions::Faithful(), "sv_");
  options["sv_late"] = "off";
  options.update(Prefixed(RetrospectionOptions::Faithful(), "sr_"));
  return options;
}

// A composite has parts instead of hooks, so there is nothing to instantiate.
class Abd {};

DFKD_REGISTER(Abd,
              DefenseCard<Options>{.name = "abd",
                                   .summary = "ABD: shuffling vaccine, then self-retrospection",
                                   .paper = "https://arxiv.org/abs/2306.02368",
                                   .presets = {{"faithful", Faithful()}, {"fixed", Json::object()}},
                                   .parts = Parts});

}  // namespace dfkd::abd
