// Free baseline: the student learns the teacher's answers alone, none of its probabilities. What a
// teacher behind an API would give.
#pragma once
#include "bench/core/registry.h"
#include "bench/nn/losses.h"
#include "bench/recipes/replaced_loss.h"

namespace dfkd::hard_labels {

class HardLabels final : public ReplacedLoss {
 public:
  explicit HardLabels(const NoOptions&) : ReplacedLoss("hard_labels") {}

 private:
  at::Tensor Loss(const TransferBatch& batch, const at::Tensor& student_logits) const override {
    return CrossEntropyPerSample(student_logits, batch.teacher_logits.argmax(1)).mean();
  }
};

inline Rounds Always(const NoOptions&, const DistillerTraits& d) { return {0, d.rounds}; }
inline bool OnStudent(const NoOptions&, const DistillerTraits&) { return true; }

DFKD_REGISTER(HardLabels,
              DefenseCard<NoOptions>{.name = "hard_labels",
                                     .summary = "free: the student learns the teacher's labels",
                                     .active = Always,
                                     .sets_coefficients = OnStudent});

}  // namespace dfkd::hard_labels
