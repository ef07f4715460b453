// Zero-shot knowledge transfer: a generator looks for images on which student and teacher disagree,
// the student learns to agree on them. Micaelli and Storkey, NeurIPS 2019,
// https://arxiv.org/abs/1905.09768; losses and numbers as in ABD's reference.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/online_minmax.h"

namespace dfkd::zskt {

struct Options {
  int64_t rounds, batch_size, student_steps, latent, generator_width;
  double temperature, at_weight, student_lr, generator_lr, clip_norm;
  static void Declare(OptionTable<Options>& o) {
    o.Add("rounds", &Options::rounds, {.initial = 80000, .lowest = 1},
          "pseudo-batches: one generator step, then student_steps student steps");
    o.Add("batch_size", &Options::batch_size, {.initial = 128, .lowest = 2}, "images of a batch");
    o.Add("student_steps", &Options::student_steps, {.initial = 10, .lowest = 1, .highest = 1000},
          "student steps of a round, all on one batch");
    o.Add("latent", &Options::latent, {.initial = 100, .lowest = 1}, "latent dimensions");
    o.Add("generator_width", &Options::generator_width, {.initial = 128, .lowest = 2},
          "channels of the generator's first feature map, even");
    o.Add("temperature", &Options::temperature, {.initial = 1, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss (GTSRB: 0.5)");
    o.Add("at_weight", &Options::at_weight, {.initial = 250, .lowest = 0},
          "weight of attention transfer (GTSRB: 0)");
    o.Add("student_lr", &Options::student_lr, {.initial = 2e-3, .lowest = 0},
          "learning rate of the student's Adam, cosine to 0");
    o.Add("generator_lr", &Options::generator_lr, {.initial = 1e-3, .lowest = 0},
          "learning rate of the generator's Adam, cosine to 0");
    o.Add("clip_norm", &Options::clip_norm, {.initial = 5, .lowest = 0},
          "norm to which both gradients are clipped; 0: off");
  }
};

class Zskt final : public Distiller {
 public:
  explicit Zskt(const Options& options) : options_(options) {}

  void Begin(DistillContext& ctx) override {
    ctx.UseStudentOptimizer(Adam(options_.student_lr));
    generator_.emplace(GeneratorSpec{options_.latent, options_.generator_width},
                       Adam(options_.generator_lr), ctx);
    attention_taps_ = options_.at_weight > 0 ? AttentionTaps(ctx) : std::vector<std::string>{};
  }

  void Round(DistillContext& ctx, int64_t round) override {
    const auto latent = generator_->Latent(options_.batch_size, round);
    UpdateGenerator(ctx, latent, round);
    UpdateStudent(ctx, latent, round);
  }

  at::Tensor Samples(DistillContext& ctx, int64_t count) override {
    return generator_->Samples(ctx.rng().Fork("samples"), count, options_.batch_size);
  }

  void Visit(StateVisitor& visitor) override { generator_->Visit(visitor); }

 private:
  void UpdateGenerator(DistillContext& ctx, const at::Tensor& latent, int64_t round);
  void UpdateStudent(DistillContext& ctx, const at::Tensor& latent, int64_t round);
  std::vector<std::string> AttentionTaps(DistillContext& ctx);
  // Mean over classes and no factor of temperature squared: KLmean of the reference.
  KdLoss Kd() const { return {options_.temperature, true, /*tau_squared=*/false}; }
  OptimizerSpec Adam(double lr) const {
    return {
        .kind = "adam", .lr = lr, .clip_norm = options_.clip_norm, .schedule = {.kind = "cosine"}};
  }

  const Options options_;
  std::optional<OnlineGenerator> generator_;
  // Segments compared by attention transfer.
  std::vector<std::string> attention_taps_;
};

// Height and width of the segments of a network that attention transfer compares, on images of that
// size. Throws Error for a network that is unknown.
std::map<std::string, std::pair<int64_t, int64_t>> AttentionSizes(const std::string& network,
                                                                  int64_t height, int64_t width);
// See DistillerCard::why_unfit.
std::string WhyUnfit(const Options& options, const std::string& teacher, const std::string& student,
                     const Json& image_spec);

inline Json Gtsrb() { return {{"rounds", 10000}, {"temperature", 0.5}, {"at_weight", 0}}; }

DFKD_REGISTER(Zskt, DistillerCard<Options>{.name = "zskt",
                                           .summary = "adversarial generator, online",
                                           .paper = "https://arxiv.org/abs/1905.09768",
                                           .revision = 2,
                                           .presets = {{"gtsrb", Gtsrb()}},
                                           .traits =
                                               [](const Options& o) {
                                                 return DistillerTraits{
                                                     .rounds = o.rounds,
                                                     .track = Track::kSynthesized,
                                                     .trains_generator = true,
                                                     .samples = true};
                                               },
                                           .why_unfit = WhyUnfit});

}  // namespace dfkd::zskt
