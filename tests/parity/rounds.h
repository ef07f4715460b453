// What the comparisons of whole rounds share: a context that steps as the stage does, and
// generators with weights from the formula.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "tests/parity/parity.h"

namespace dfkd::parity {

// Steps at the rate of the round.
class ScheduledContext final : public FakeDistillContext {
 public:
  ScheduledContext(const Classifier& teacher, Classifier& student, int64_t rounds)
      : FakeDistillContext(teacher, student, rounds) {}
  void UseStudentOptimizer(const OptimizerSpec& spec) override {
    scheduled_ = std::make_unique<Optimizer>(student().Parameters(), spec);
  }
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override {
    const auto loss = per_sample_loss.mean();
    losses.push_back(loss.item<double>());
    student().ZeroGrad();
    loss.backward();
    scheduled_->ClipGradients();
    scheduled_->Step(ScheduleFactor(scheduled_->spec().schedule, batch.round, total_rounds()));
  }

 private:
  std::unique_ptr<Optimizer> scheduled_;
};

// Of images made before there is a student.
class GivenSynthesis final : public SynthesisContext {
 public:
  GivenSynthesis(const Classifier& teacher, Split start)
      : teacher_(teacher), spec_(teacher.spec()), start_(std::move(start)) {}
  const Classifier& teacher() const override { return teacher_; }
  const ImageSpec& spec() const override { return spec_; }
  at::Device device() const override { return at::kCPU; }
  const Rng& rng() const override { return rng_; }
  FakeProgress& progress() override { return progress_; }
  const Split& start() const override { return start_; }
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t) override {
    auto batch = TaughtBatch(teacher_, images, {}, Grad::kInputs);
    batch.kd = kd;
    return batch;
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return batch.teacher_logits.sum() * 0;
  }

 private:
  const Classifier& teacher_;
  const ImageSpec spec_;
  const Split start_;
  const Rng rng_{3};
  FakeProgress progress_;
};

inline bool IsGeneratorWeight(const std::string& name) {
  return name.starts_with("generator.") && name.find("running_") == std::string::npos &&
         name.find("num_batches") == std::string::npos;
}

// Puts the formula's weights in place of the generator's; everything else stays.
class GeneratorFiller final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (IsGeneratorWeight(name)) value = WeightOf(name, value.sizes());
  }
  void Number(const std::string&, int64_t&) override {}
};

inline void FillGenerator(Distiller& distiller) {
  GeneratorFiller filler;
  distiller.Visit(filler);
}

// How far each weight of the generator is from where the formula put it.
inline void ExpectGenerator(Fixture& expected, const std::string& prefix, Distiller& distiller) {
  MemoryState state;
  distiller.Visit(state);
  for (const auto& [full_name, value] : state.tensors) {
    if (!IsGeneratorWeight(full_name)) continue;
    const auto key = prefix + "generator_moved." + full_name.substr(full_name.find('.') + 1);
    if (!expected.Has(key) && !expected.Has(key + "#sketch")) continue;  // see the script
    expected.Expect(key, value.to(at::kDouble) - WeightOf(full_name, value.sizes()));
  }
}

}  // namespace dfkd::parity
