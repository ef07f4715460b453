// Contrastive Model Inversion: every round a fresh generator makes a batch of images on which the
// teacher is sure, its batch normalisations see what they know, the student disagrees, and no image
// resembles another; then the student is distilled on all images made so far. Fang et al.,
// IJCAI 2021, https://arxiv.org/abs/2105.08584; losses and numbers of the "scratch" variant in
// ABD's reference.
#pragma once
#include <optional>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/generator.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/inversion_pool.h"
#include "methods/distillation/cmi/contrast.h"

namespace dfkd::cmi {

struct Options : FlipOption {
  int64_t rounds, synthesis_batch, synthesis_steps, student_steps, batch_size;
  int64_t latent, generator_width, crop;
  double norm_weight, one_hot_weight, adversarial_weight, contrast_weight, contrast_temperature;
  int64_t bank_size, negatives, head_width;
  double generator_lr, head_lr, lr, temperature;
  bool bank_forgets_when_full, restart_in_late_phase;
  static void Declare(OptionTable<Options>& o);
};

class Cmi final : public Distiller {
 public:
  explicit Cmi(const Options& options);
  void Begin(DistillContext& ctx) override;
  void Round(DistillContext& ctx, int64_t round) override;
  void EnterLatePhase(DistillContext& ctx) override;
  at::Tensor Samples(DistillContext&, int64_t count) override { return pool_.Newest(count); }
  void Visit(StateVisitor& visitor) override;

  // One iteration of a synthesis.
  struct Pass {
    // [N,C,H,W] in [0,1]; scalar; [N,2d] = [local | global], undefined without contrast.
    at::Tensor images, loss, features;
  };
  // What the images of an iteration are worth; differentiable by them and by the head's weights.
  Pass Look(DistillContext& ctx, const at::Tensor& images, const at::Tensor& labels, int64_t round,
            int64_t step);

  const InversionPool& pool() const { return pool_; }
  const MemoryBank& bank() const { return bank_; }
  // From Begin on.
  const ContrastHead& head() const { return *head_; }

 private:
  // A term of weight 0 is not computed: that of contrast costs a pass of the teacher, a view and
  // the whole bank, the adversarial one a pass of the student.
  bool Contrasts() const { return options_.contrast_weight > 0; }
  void AddImages(DistillContext& ctx, int64_t round);
  at::Tensor Contrast(const at::Tensor& local, const at::Tensor& global, const Rng& rng) const;
  PoolSteps Steps(const ImageSpec& spec) const {
    return {options_.student_steps, options_.batch_size, options_.crop, options_.Flips(spec), Kd()};
  }
  // Batch mean of the sum over classes, times temperature squared: KLbatch of the reference.
  KdLoss Kd() const { return {options_.temperature, false, /*tau_squared=*/true}; }

  const Options options_;
  // Dead between two rounds, so no state.
  std::optional<Generator> generator_;
  std::optional<ContrastHead> head_;
  MemoryBank bank_;
  InversionPool pool_;
};

DFKD_REGISTER(Cmi,
              DistillerCard<Options>{
                  .name = "cmi",
                  .summary = "contrastive inversion by a fresh generator every round, a pool",
                  .paper = "https://arxiv.org/abs/2105.08584",
                  .revision = 3,
                  .presets = {{"faithful",
                               {{"bank_forgets_when_full", true}, {"restart_in_late_phase", true}}},
                              {"fixed", Json::object()},
                              {"gtsrb", {{"crop", 0}}}},
                  .traits =
                      [](const Options& o) {
                        return DistillerTraits{.rounds = o.rounds,
                                               .track = Track::kSynthesized,
                                               .trains_generator = true,
                                               .samples = true};
                      },
                  .why_unfit = WhySidesUnfit<Options>});

}  // namespace dfkd::cmi
