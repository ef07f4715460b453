// CPNet: the generator is the teacher upside down, and what it makes on the way is pulled towards
// what the teacher's batch normalisations read of the result. ICCV 2025; losses and numbers of the
// authors' code, https://github.com/LannCX/CPNet, mended where it cannot run.
#pragma once
#include <cstdint>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/label_inversion.h"

namespace dfkd::cpnet {

struct Options : LabelInversionOptions {
  int64_t nodes;
  double node_weight, align_weight;
  // CIFAR-10, the 100 epochs after the warm-up of the authors' cpnet_100.
  static void Declare(OptionTable<Options>& o) {
    DeclareLabelInversion(o, {.rounds = 100,
                              .synthesis_batch = 400,
                              .synthesis_steps = 30,
                              .batch_size = 512,
                              .adversarial_weight = 1.33});
    o.Add("nodes", &Options::nodes, {.initial = 4, .lowest = 1, .highest = 16},
          "batch normalisations of the teacher that a block of the generator answers to, at most");
    o.Add("node_weight", &Options::node_weight, {.initial = 1, .lowest = 0},
          "weight of the distance between a block's map and what its normalisation reads");
    o.Add("align_weight", &Options::align_weight, {.initial = 1, .lowest = 0},
          "weight, within that of the disagreement, of how little the features lie across the "
          "direction in which all logits grow");
    o.Add("cut_mix", &Options::cut_mix, {.initial = 0.5, .lowest = 0, .highest = 1},
          "how often a batch is mixed by CutMix before the teacher sees it");
  }
};

// Which of a network's batch normalisations, given by the pixels of what they read in the order of
// a pass, become nodes; ascending. For each size the last that reads it; of more than `count` the
// second smallest size goes, again and again; of fewer, the first of each size join, the largest
// size first. These are the nodes of the authors' table for ResNet-34, WRN-40-2 and VGG-11.
std::vector<size_t> ChooseNodes(const std::vector<int64_t>& pixels, int64_t count);

// What features [N,F] a linear layer `weight` [classes,F], `bias` [classes] must read to give the
// label the probability 1 - s and each other class s / (classes - 1), s = 0.1, up to what it does
// not see: (delta onehot(y) - bias) W+ with delta = ln((1 - s)(classes - 1) / s) and the
// pseudo-inverse W+ [classes,F], singular values below 0.1 taken for 0.1.
struct Inverse {
  at::Tensor weight;  // W+
  at::Tensor bias;    // [classes]
  double delta;
};
Inverse InverseOf(const at::Tensor& weight, const at::Tensor& bias);
// Scalar: mean over images of |cos(f - (delta onehot(y) - bias) W+, 1 W+)|.
at::Tensor Alignment(const Inverse& inverse, const at::Tensor& features, const at::Tensor& labels);

class CpNet final : public LabelInversion {
 public:
  explicit CpNet(const Options& options) : LabelInversion("cpnet", options), options_(options) {}

 private:
  GeneratorSpec SpecOf(DistillContext& ctx) override;
  at::Tensor Images(Generator& generator, const at::Tensor& latent) override;
  std::vector<std::string> TeacherTaps() const override { return {"features"}; }
  at::Tensor OwnTerms(DistillContext& ctx, const Step& step) override;
  // The other way round than in NAYER: KL(S || T).
  at::Tensor Agreement(const at::Tensor& teacher_logits, const at::Tensor& student_logits) override;

  const Options options_;
  std::vector<size_t> nodes_;
  Inverse inverse_;
  // Of the images that the teacher sees next, the smallest first; with a graph.
  std::vector<at::Tensor> maps_;
};

DFKD_REGISTER(CpNet,
              DistillerCard<Options>{
                  .name = "cpnet",
                  .summary = "inversion by a generator that is the teacher upside down, a pool",
                  .paper = "https://github.com/LannCX/CPNet",
                  .revision = 2,
                  .presets = {{"rounds_300", {{"rounds", 300}}},
                              {"cifar100", {{"synthesis_steps", 40}}}},
                  .traits = [](const Options& o) { return o.Traits("cpnet"); },
                  .idle_options = [](const Options& o) { return o.Idle(); }});

}  // namespace dfkd::cpnet
