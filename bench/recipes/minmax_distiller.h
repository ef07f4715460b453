// One loop for DFAD, DAFL, DFQ and what builds on them: some generator steps, some student steps,
// on images that are used once. What tells the methods apart is a vector of loss weights, a
// distance, the numbers of steps and the generator (dfkd_methods 2.3, 3.5-3.7).
#pragma once
#include <optional>
#include <string>

#include "bench/core/interfaces.h"
#include "bench/nn/generator.h"
#include "bench/recipes/minmax_options.h"
#include "bench/recipes/online_minmax.h"

namespace dfkd {

class MinMaxDistiller : public Distiller {
 public:
  // `name`: of the method, for its metrics and messages.
  MinMaxDistiller(std::string name, const MinMaxOptions& options);

  void Begin(DistillContext& ctx) override;
  void Round(DistillContext& ctx, int64_t round) override;
  at::Tensor Samples(DistillContext& ctx, int64_t count) override;
  void Visit(StateVisitor& visitor) override { generator_->Visit(visitor); }

  // L_G of images that carry a graph, and the teacher's answer to them.
  struct Judged {
    at::Tensor loss;
    TransferBatch batch;
  };
  Judged Judge(DistillContext& ctx, const at::Tensor& images, int64_t round) const;
  // [N]: what the student lowers.
  at::Tensor Distance(const TransferBatch& batch, const at::Tensor& student_logits) const;

 protected:
  virtual void AfterGeneratorStep() {}
  // Normalised, of the `step`-th student step of the round; not asked for where order is
  // simultaneous.
  virtual at::Tensor StudentImages(DistillContext& ctx, int64_t round, int64_t step);
  // [N], of a batch that holds both answers: Distance, unless overridden.
  virtual at::Tensor StudentLoss(const TransferBatch& batch) const;
  // TransferBatch::weight of what StudentLoss makes.
  virtual double Weight() const { return 1; }
  GeneratorSpec Spec() const;
  // From Begin on.
  OnlineGenerator& generator() { return *generator_; }

 private:
  // Of weighted terms.
  class Sum;

  void GeneratorSteps(DistillContext& ctx, int64_t round);
  void StudentSteps(DistillContext& ctx, int64_t round);
  void BothAtOnce(DistillContext& ctx, int64_t round);
  void StepStudent(DistillContext& ctx, TransferBatch batch) const;
  void AddPriors(const TransferBatch& batch, Sum& sum) const;
  // Of the generator, where it makes images for the student.
  Mode SamplingMode() const {
    return options_.generator_mode == "running" ? Mode::kEval : Mode::kTrain;
  }
  KdLoss Kd() const { return {.temperature = options_.temperature}; }
  Schedule ScheduleOver(int64_t rounds) const;

  const std::string name_;
  const MinMaxOptions options_;
  std::optional<OnlineGenerator> generator_;
};

}  // namespace dfkd
