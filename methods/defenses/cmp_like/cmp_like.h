// The two filters of CMP (OpenReview fYlMl5MxeV), as far as abstract and reviews tell: images on
// which the teacher changes its mind under augmentation are left out, and the teacher's second
// class, where a target hides, is left out of the loss.
#pragma once
#include "bench/core/registry.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/replaced_loss.h"

namespace dfkd::cmp_like {

struct Options : FlipOption {
  int64_t crop;
  static void Declare(OptionTable<Options>& o) {
    o.Add("crop", &Options::crop, {.initial = 4, .lowest = 0, .highest = 64},
          "random crop of the second look, after padding by so many black pixels");
    o.Add("flip", &Options::flip, FlipOption::FlipLimits(),
          "mirror each image of the second look with probability 1/2; auto: where mirrored images "
          "keep their class");
  }
  // See PluginCard::looks_into_teacher: a label alone has no second class.
  static bool LooksIntoTeacher() { return true; }
};

// [N]: KL(teacher || student) at `temperature` over all classes but the teacher's second, both
// renormalised without it.
at::Tensor KlWithoutSecond(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                           double temperature);

class CmpLike final : public ReplacedLoss {
 public:
  explicit CmpLike(const Options& options) : ReplacedLoss("cmp_like"), options_(options) {}
  void Begin(DefenseContext& context) override;
  void Observe(const TransferBatch& batch) override;

 private:
  at::Tensor Loss(const TransferBatch& batch, const at::Tensor& student_logits) const override;

  const Options options_;
  at::Tensor kept_;  // [N], 1 or 0: of the batch just observed
};

inline Rounds Always(const Options&, const DistillerTraits& d) { return {0, d.rounds}; }
inline bool OnStudent(const Options&, const DistillerTraits&) { return true; }

DFKD_REGISTER(CmpLike,
              DefenseCard<Options>{
                  .name = "cmp_like",
                  .summary = "CMP-like: no images of two minds, no second class in the KD loss",
                  .paper = "https://openreview.net/forum?id=fYlMl5MxeV",
                  .active = Always,
                  .sets_coefficients = OnStudent});

}  // namespace dfkd::cmp_like
