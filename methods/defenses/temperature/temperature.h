// Free baseline: the student is trained on the KD loss at one temperature, whatever the distiller's
// own is. Attacks that live in the teacher's small probabilities transfer less at 1.
#pragma once
#include "bench/core/registry.h"
#include "bench/nn/losses.h"
#include "bench/recipes/replaced_loss.h"

namespace dfkd::temperature {

struct Options {
  double temperature;
  static void Declare(OptionTable<Options>& o) {
    o.Add("temperature", &Options::temperature, {.initial = 1, .lowest = 0.01, .highest = 100},
          "softmax temperature of the student's KD loss");
  }
};

class Temperature final : public ReplacedLoss {
 public:
  explicit Temperature(const Options& options) : ReplacedLoss("temperature"), options_(options) {}

 private:
  // In the distiller's own reduction.
  at::Tensor Loss(const TransferBatch& batch, const at::Tensor& student_logits) const override {
    auto kd = batch.kd;
    kd.temperature = options_.temperature;
    return KdPerSample(batch.teacher_logits, student_logits, kd).mean();
  }

  const Options options_;
};

inline Rounds Always(const Options&, const DistillerTraits& d) { return {0, d.rounds}; }
inline bool OnStudent(const Options&, const DistillerTraits&) { return true; }

DFKD_REGISTER(Temperature,
              DefenseCard<Options>{.name = "temperature",
                                   .summary = "free: the KD loss at another temperature",
                                   .active = Always,
                                   .sets_coefficients = OnStudent});

}  // namespace dfkd::temperature
