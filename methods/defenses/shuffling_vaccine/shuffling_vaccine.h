// Shuffling Vaccine (SV), the first part of ABD: a teacher whose last convolutions read their input
// channels in a shuffled order forgets the task but keeps agreeing on backdoored images; images on
// which it agrees with the teacher are suspicious. Hong et al., ICML 2023,
// https://arxiv.org/abs/2306.02368
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/abd_options.h"
#include "bench/recipes/option_block.h"

namespace dfkd::shuffling_vaccine {

struct Options : VaccineOptions {
  static void Declare(OptionTable<Options>& o) { DeclareBlock<VaccineOptions>(o); }
};

// Share of `scores` below mean - 3 standard deviations (population). Gaussian: 0.00135; never above
// 0.1 (Cantelli). A large one says that the vaccine singles out a few images.
double TailRatio(const at::Tensor& scores);

// [N] for the student's loss: mean over kept - coefficient * mean over suspicious. `suspicious`:
// bool [N].
at::Tensor Coefficients(const at::Tensor& suspicious, double coefficient);

class ShufflingVaccine final : public Defense {
 public:
  explicit ShufflingVaccine(const Options& options);

  void Begin(DefenseContext& context) override;
  std::vector<std::string> Taps() const override { return taps_; }
  void Observe(const TransferBatch& batch) override;
  at::Tensor SynthesisPenalty(const TransferBatch& batch) const override;
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override;
  bool Found() const override { return verdict_ == kAccepted; }
  void Visit(StateVisitor& visitor) override;

  // [N, classes]: mean of the logits of the shuffled teachers.
  at::Tensor VaccineLogits(const TransferBatch& batch, Grad grad) const;
  // [N]: KL(T || T~) / classes of each image that is cached for the selection.
  at::Tensor CachedDivergence() const;

 private:
  enum Verdict : int64_t { kCollecting, kAccepted, kRefused };

  // New permutations.
  void Draw(int64_t trial);
  // Into the weights of the copies.
  void ApplyPermutations();
  void Collect(const TransferBatch& batch);
  void SelectShuffle(int64_t round);
  TransferBatch MergedCache() const;
  bool ActsOn(BatchUse use) const;
  bool IsLate(const TransferBatch& batch) const;
  bool Acts(const TransferBatch& batch) const;
  void Report(const TransferBatch& batch);

  const Options options_;
  std::optional<DefenseContext> context_;
  std::vector<std::unique_ptr<Classifier>> copies_;
  std::vector<size_t> shuffled_;  // indices into Classifier::Convolutions()
  // Of the first shuffled convolution; the trunk before it is shared.
  int64_t first_segment_ = 0;
  std::vector<std::string> taps_;
  std::vector<std::vector<at::Tensor>> permutations_;  // [copy][layer] int64 [channels]
  // Images and teacher logits only.
  std::vector<TransferBatch> cache_;
  int64_t seen_ = 0, verdict_ = kCollecting;
  // The images last observed; only tells new ones from old.
  at::Tensor observed_;
  // [N, classes] of them; undefined where the vaccine does not act.
  at::Tensor vaccine_logits_;
  // The round of the last report; only keeps it to one a round.
  int64_t reported_ = -1;
};

inline bool ActsOnSynthesis(const Options& o, const DistillerTraits& traits) {
  const bool any = traits.trains_generator || traits.synthesizes;
  return any && o.where != "student";
}

inline bool ActsOnStudent(const Options& o, const DistillerTraits& traits) {
  return o.where == "student" || (o.where == "auto" && !ActsOnSynthesis(o, traits));
}

inline Rounds ActiveRounds(const Options& o, const DistillerTraits& traits) {
  const bool in_rounds =
      ActsOnStudent(o, traits) || (ActsOnSynthesis(o, traits) && traits.trains_generator);
  if (!in_rounds) return {};
  const bool ends = o.late == "off" || (o.late == "drop" && !ActsOnStudent(o, traits));
  return {0, traits.rounds - (ends ? LateRounds(o.late_rounds, traits.rounds) : 0)};
}

// A vaccine that changes in the late phase is the same until then: both share those rounds.
inline std::vector<std::string> IdleBefore(const Options& o, const DistillerTraits& traits,
                                           int64_t round) {
  if (round <= traits.rounds - LateRounds(o.late_rounds, traits.rounds))
    return {"late", "late_rounds"};
  return o.late == "keep" ? std::vector<std::string>{"late_rounds"} : std::vector<std::string>{};
}

DFKD_REGISTER(ShufflingVaccine,
              DefenseCard<Options>{
                  .name = "shuffling_vaccine",
                  .summary = "SV: images on which channel-shuffled teachers agree are suspicious",
                  .paper = "https://arxiv.org/abs/2306.02368",
                  .revision = 3,
                  .presets = {{"faithful", VaccineOptions::Faithful()}, {"fixed", Json::object()}},
                  .active = ActiveRounds,
                  .acts_on_synthesis =
                      [](const Options& o, const DistillerTraits& traits) {
                        return ActsOnSynthesis(o, traits) && traits.synthesizes;
                      },
                  .sets_coefficients = ActsOnStudent,
                  .idle_before = IdleBefore});

}  // namespace dfkd::shuffling_vaccine
