// Control: no attack. The teacher is trained on clean data; there is no trigger and so no ASR.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd::none {

struct AttackOptions {
  int64_t target;
  static void Declare(OptionTable<AttackOptions>& o) {
    o.Add("target", &AttackOptions::target, {.initial = 0, .lowest = 0},
          "accepted so that one override may set every attack's target; without effect");
  }
};

// Not called None: the defence of that name stands in the same namespace.
class NoAttack final : public Attack {
 public:
  explicit NoAttack(const AttackOptions& options) : target_(options.target) {}

  void Begin(const ImageSpec& spec) override {
    if (target_ >= spec.classes) {
      throw MakeError("attacks/none: target = {} must lie in [0, {}]", target_, spec.classes - 1);
    }
  }
  int64_t TargetLabel(int64_t) const override { return target_; }
  at::Tensor Trigger(const at::Tensor& images) const override { return images; }
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }

 private:
  const int64_t target_;
};

DFKD_REGISTER(NoAttack,
              AttackCard<AttackOptions>{.name = "none",
                                        .summary = "control: clean training data, no trigger",
                                        .control = true,
                                        .poisons = [](const AttackOptions&) { return false; }});

}  // namespace dfkd::none
