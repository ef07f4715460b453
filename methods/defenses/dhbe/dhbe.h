// DHBE: while the student imitates the teacher, a generator of small patches looks for one that
// changes the student's answer, and the student learns not to mind. Yan et al., "Data-free Holistic
// Backdoor Erasing in Deep Neural Networks via Restricted Adversarial Distillation", AsiaCCS 2023,
// https://arxiv.org/abs/2306.08009
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/nn/optim.h"

namespace dfkd::dhbe {

struct Options {
  double weight, generator_lr;
  std::string scale;
  int64_t patch_size, latent, width, student_steps;
  static void Declare(OptionTable<Options>& o) {
    o.Add("weight", &Options::weight, {.initial = 0.1, .lowest = 0, .highest = 100},
          "of mean |S(x + patch) - S(x)| in the student's loss");
    o.Add("scale", &Options::scale, {.initial = "kd", .allowed = {"kd", "none"}},
          "of that weight: as loud beside the distiller's KD loss as beside DHBE's, or as it is");
    o.Add("patch_size", &Options::patch_size, {.initial = 5, .lowest = 1, .highest = 512},
          "side of the patch in pixels");
    o.Add("latent", &Options::latent, {.initial = 256, .lowest = 1, .highest = 65536},
          "latent dimensions of the patch generator");
    o.Add("width", &Options::width, {.initial = 64, .lowest = 1, .highest = 4096},
          "channels of its feature map");
    o.Add("generator_lr", &Options::generator_lr, {.initial = 1e-3, .lowest = 0},
          "learning rate of its Adam, times 0.1 at 60 % and at 80 % of the rounds");
    o.Add("student_steps", &Options::student_steps, {.initial = 5, .lowest = 1, .highest = 100000},
          "student steps for each step of the patch generator");
  }
};

// Linear, batch normalisation, convolution, batch normalisation, tanh; always by the batch's own
// statistics, so that there is nothing to keep but weights.
class PatchGenerator {
 public:
  // Of weights in the precision of `like`, where it is.
  PatchGenerator(const Options& options, int64_t channels, const Rng& rng,
                 const at::TensorOptions& like);
  // [N,latent] -> [N,C,size,size] in [-1,1]: what is added to pixels of [0,1].
  at::Tensor Patches(const at::Tensor& latent) const;
  const std::vector<NamedTensor>& parameters() const { return parameters_; }

 private:
  const int64_t width_, size_;
  std::vector<NamedTensor> parameters_;
};

// Zeros around each patch, its upper left corner at (row, column): [N,C,size,size] -> [N,C,H,W].
at::Tensor Placed(const at::Tensor& patches, const ImageSpec& spec, int64_t row, int64_t column);

// The 1-norm of the gradient of the distiller's KD loss by the student's logits, a scalar. That of
// DHBE's own, mean |S - T|, is 1 wherever they differ.
at::Tensor LossScale(const TransferBatch& batch, const at::Tensor& student_logits);

class Dhbe final : public Defense {
 public:
  explicit Dhbe(const Options& options) : options_(options) {}

  void Begin(DefenseContext& context) override;
  void AddStudentGradients(Classifier& student, const TransferBatch& batch) override;
  void Visit(StateVisitor& visitor) override;

 private:
  at::Tensor Patched(const TransferBatch& batch, const char* purpose) const;
  void TrainGenerator(Classifier& student, const TransferBatch& batch, const at::Tensor& logits);

  const Options options_;
  std::optional<DefenseContext> context_;
  std::optional<PatchGenerator> generator_;
  std::optional<Optimizer> optimizer_;
  int64_t steps_ = 0;  // of the student
};

inline Rounds Always(const Options&, const DistillerTraits& d) { return {0, d.rounds}; }

DFKD_REGISTER(Dhbe,
              DefenseCard<Options>{.name = "dhbe",
                                   .summary = "the student learns to ignore generated patches",
                                   .paper = "https://arxiv.org/abs/2306.08009",
                                   .revision = 3,
                                   .active = Always});

}  // namespace dfkd::dhbe
