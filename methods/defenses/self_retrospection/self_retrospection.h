// Self-Retrospection (SR), the second part of ABD: in the last rounds the student is trained to
// give the same answer with and without a universal perturbation that is searched anew at every
// step. Hong et al., ICML 2023, https://arxiv.org/abs/2306.02368 (bilevel form after I-BAU, ICLR
// 2022)
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/abd_options.h"
#include "bench/recipes/option_block.h"

namespace dfkd::self_retrospection {

struct Options : RetrospectionOptions {
  static void Declare(OptionTable<Options>& o) { DeclareBlock<RetrospectionOptions>(o); }
};

// One step's problem. The student is a function, so that the mathematics can be checked on toys.
struct Retrospection {
  // Differentiable twice.
  std::function<at::Tensor(const at::Tensor& images)> student;
  std::function<at::Tensor(const at::Tensor& target, const at::Tensor& logits)> divergence;
  std::vector<at::Tensor> parameters;
  at::Tensor images;  // [N,C,H,W]
  // The student's on `images`; with a graph unless detach_outer.
  at::Tensor clean_logits;
  at::Tensor rows;  // [N,1,1,1]: 1 where the outer objective sees the perturbation
};

// The perturbation [1,C,H,W] that moves `model` farthest from `target`, its answer to `images`.
at::Tensor SearchPerturbation(const Retrospection& problem,
                              const std::function<at::Tensor(const at::Tensor&)>& model,
                              const at::Tensor& target, const at::Tensor& start,
                              const at::Tensor& step_size, const Options& options);

// Per parameter: J_theta^T v + the direct gradient of the outer objective.
std::vector<at::Tensor> StudentGradients(const Retrospection& problem,
                                         const at::Tensor& perturbation, const Options& options);

class SelfRetrospection final : public Defense {
 public:
  explicit SelfRetrospection(const Options& options) : options_(options) {}

  void Begin(DefenseContext& context) override { context_.emplace(context); }
  std::optional<StudentPhase> LatePhase() const override;
  void AddStudentGradients(Classifier& student, const TransferBatch& batch) override;

 private:
  // The poster's policy: retrospection costs accuracy, so it rests where a vaccine was found.
  bool Rests() const {
    return options_.when == "no_vaccine" && context_->found("shuffling_vaccine");
  }
  Classifier& Workspace(const Classifier& student, const at::Device& device);
  Retrospection Problem(Classifier& net, const TransferBatch& batch, bool same_numerics);
  bool KnowsCleanLogits(const TransferBatch& batch) const;
  at::Tensor Answer(Classifier& net, const at::Tensor& images, Grad grad);
  void MoveStatistics(Classifier& student) const;
  bool MovesStatistics() const {
    return options_.update_statistics && StudentMode() == Mode::kTrain;
  }
  at::Tensor Search(Classifier& net, const TransferBatch& batch,
                    const Retrospection& problem) const;
  at::Tensor StartingPoint(const TransferBatch& batch) const;
  at::Tensor StepSize(const at::Device& device) const;
  at::Tensor ChosenRows(const TransferBatch& batch) const;
  void Report(const TransferBatch& batch, const at::Tensor& perturbation, const at::Tensor& target,
              const at::Tensor& moved, double divergence) const;
  Mode StudentMode() const { return options_.batch_norm == "train" ? Mode::kTrain : Mode::kEval; }

  const Options options_;
  std::optional<DefenseContext> context_;
  // The student for second derivatives; no state of its own.
  std::unique_ptr<Classifier> workspace_;
  // What the passes of a step, in their order, add to running statistics: one tensor per buffer.
  std::vector<std::vector<at::Tensor>> added_;
};

inline Rounds ActiveRounds(const Options& o, const DistillerTraits& traits) {
  return {traits.rounds - LateRounds(o.last_rounds, traits.rounds), traits.rounds};
}

DFKD_REGISTER(SelfRetrospection,
              DefenseCard<Options>{
                  .name = "self_retrospection",
                  .summary = "SR: a late student learns to ignore universal perturbations",
                  .paper = "https://arxiv.org/abs/2306.02368",
                  .revision = 5,
                  .presets = {{"faithful", RetrospectionOptions::Faithful()},
                              {"fixed", Json::object()}},
                  .active = ActiveRounds});

}  // namespace dfkd::self_retrospection
