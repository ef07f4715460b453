// Momentum adversarial distillation: the student also learns from images of a slowly moving average
// of the generator, so that it does not forget what the generator no longer shows. After Do et al.,
// NeurIPS 2022, https://arxiv.org/abs/2209.10359; no code of theirs is public.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/core/registry.h"
#include "bench/nn/generator.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/minmax_distiller.h"

namespace dfkd::mad_like {

struct Options : MinMaxOptions {
  double generator_momentum, memory_weight;
  // DataFree's DFQ with a memory.
  static void Declare(OptionTable<Options>& o) {
    DeclareMinMax(o, {.rounds = 8000,
                      .student_steps = 10,
                      .adversarial_weight = 1,
                      .norm_weight = 1,
                      .one_hot_weight = 1,
                      .balance_weight = 20,
                      .generator_follows = false});
    o.Add("generator_momentum", &Options::generator_momentum,
          {.initial = 0.95, .lowest = 0, .highest = 1},
          "share of the averaged generator that a generator step leaves as it is");
    o.Add("memory_weight", &Options::memory_weight, {.initial = 1, .lowest = 0},
          "student: weight of the averaged generator's images beside those of the generator");
  }
};

class MadLike final : public MinMaxDistiller {
 public:
  explicit MadLike(const Options& options)
      : MinMaxDistiller("mad_like", options), options_(options) {}
  void Begin(DistillContext& ctx) override;
  void Visit(StateVisitor& visitor) override;

  // From Begin on.
  const Generator& memory() const { return *memory_; }

 private:
  void AfterGeneratorStep() override;
  // [2N,C,H,W]: of the generator, then of its average, from latents of their own.
  at::Tensor StudentImages(DistillContext& ctx, int64_t round, int64_t step) override;
  // [2N], whose mean is the mean over the first half plus memory_weight times that over the second.
  at::Tensor StudentLoss(const TransferBatch& batch) const override;
  double Weight() const override { return 1 + options_.memory_weight; }

  const Options options_;
  std::optional<Generator> memory_;
};

// See DistillerCard::why_unfit.
inline std::string WhyUnfit(const Options& options, const std::string& teacher,
                            const std::string& student, const Json& image_spec) {
  if (options.order != "simultaneous") return WhySidesUnfit(options, teacher, student, image_spec);
  return "order = simultaneous shows the student the generator's own batch, without its average; "
         "give generator_first or student_first";
}

DFKD_REGISTER(MadLike, DistillerCard<Options>{
                           .name = "mad_like",
                           .summary = "adversarial generator and its moving average, online",
                           .paper = "https://arxiv.org/abs/2209.10359",
                           .revision = 3,
                           .traits = MinMaxTraits,
                           .idle_options = MinMaxIdle,
                           .why_unfit = WhyUnfit});

}  // namespace dfkd::mad_like
