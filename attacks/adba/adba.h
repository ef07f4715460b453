// Anti-distillation backdoor: teacher, shadow student and trigger are trained together, so that the
// backdoor survives distillation. Ge et al., ACM MM 2021, https://doi.org/10.1145/3474085.3475254.
#pragma once
#include "bench/core/registry.h"
#include "bench/recipes/anti_distillation.h"

namespace dfkd::adba {

struct Options : AntiDistillationOptions {
  static void Declare(OptionTable<Options>& o) { DeclareAntiDistillation(o); }
};

class Adba final : public AntiDistillation {
 public:
  explicit Adba(const Options& options) : AntiDistillation("adba", options) {}
};

DFKD_REGISTER(Adba, AttackCard<Options>{
                        .name = "adba",
                        .summary = "trigger learned with the teacher and a shadow student",
                        .paper = "https://doi.org/10.1145/3474085.3475254",
                        .revision = 2,
                        .presets = {{"faithful", {{"lr", 0.01}, {"trigger_lr", 3e-4}}}},
                        .trains_teacher = [](const Options&) { return true; },
                        .learns_trigger = [](const Options&) { return true; }});

}  // namespace dfkd::adba
