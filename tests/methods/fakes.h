// Stand-ins for the stage that runs methods: small networks, a recorder of scalars, a state in
// memory, and a context that trains a student as the contract says.
#pragma once
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"

namespace dfkd {

inline ImageSpec SmallSpec() { return {3, 8, 8, 4, {0.5, 0.5, 0.5}, {0.25, 0.2, 0.5}}; }

inline std::unique_ptr<Classifier> MakeNet(const std::string& name, uint64_t seed,
                                           const ImageSpec& spec = SmallSpec()) {
  auto net = std::make_unique<Classifier>(name, spec);
  net->Initialize(Rng(seed).Fork("init"));
  return net;
}

inline std::unique_ptr<Classifier> MakeTeacher(const std::string& name, uint64_t seed,
                                               const ImageSpec& spec = SmallSpec()) {
  auto net = MakeNet(name, seed, spec);
  net->Freeze();
  return net;
}

inline double MaxDifference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// The resolved options of a plugin, typed.
template <class Options>
Options Read(const Json& given = nullptr) {
  return TableOf<Options>().Read(ResolveOptions(TableOf<Options>().cards(), given, "test"));
}

class FakeProgress : public Progress {
 public:
  bool Wants(int64_t) const override { return wants; }
  void Scalar(const std::string& name, double value, int64_t) override {
    scalars[name].push_back(value);
  }
  void Tick(int64_t, int64_t) override {}
  bool wants = true;
  std::map<std::string, std::vector<double>> scalars;
};

// Saves into `tensors` and `numbers`, or loads from them.
class MemoryState : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (loading) value = tensors.at(name).defined() ? tensors.at(name).clone() : at::Tensor();
    if (!loading) tensors[name] = value.defined() ? value.detach().clone() : value;
  }
  void Number(const std::string& name, int64_t& value) override {
    if (loading) value = numbers.at(name);
    if (!loading) numbers[name] = value;
  }
  bool loading = false;
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, int64_t> numbers;
};

// What the teacher says to `images`, with the activations in `taps`.
inline TransferBatch TaughtBatch(const Classifier& teacher, const at::Tensor& images,
                                 const std::vector<std::string>& taps, Grad grad = Grad::kNone) {
  TransferBatch batch;
  batch.images = images;
  for (const auto& tap : taps) batch.teacher_taps[tap] = at::Tensor();
  batch.teacher_logits = teacher.Logits(images, grad, &batch.teacher_taps);
  batch.kd = {.temperature = 4};
  return batch;
}

// What `defense` says to a step of a synthesis, and to one of the student, in the order of the
// contract.
inline at::Tensor PenaltyOf(Defense& defense, TransferBatch batch) {
  batch.use = BatchUse::kSynthesis;
  defense.Observe(batch);
  return defense.SynthesisPenalty(batch);
}

inline at::Tensor CoefficientsOf(Defense& defense, TransferBatch batch) {
  batch.use = BatchUse::kStudent;
  defense.Observe(batch);
  return defense.SampleCoefficients(batch);
}

// A distillation without schedule and phases; one defence or none.
class FakeDistillContext : public DistillContext {
 public:
  FakeDistillContext(const Classifier& teacher, Classifier& student, int64_t rounds)
      : teacher_(teacher), student_(student), spec_(teacher.spec()), rounds_(rounds) {}

  const Classifier& teacher() const override { return teacher_; }
  Classifier& student() override { return student_; }
  const ImageSpec& spec() const override { return spec_; }
  at::Device device() const override { return at::kCPU; }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return progress_; }
  int64_t total_rounds() const override { return rounds_; }
  const Split& transfer_set() const override { return transfer_set_; }

  void UseStudentOptimizer(const OptimizerSpec& spec) override {
    optimizer_ = std::make_unique<Optimizer>(student_.Parameters(), spec);
  }
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps = {}) override {
    ++taught;
    auto wanted = taps;
    if (defense) {
      for (const auto& name : defense->Taps()) wanted.push_back(name);
    }
    auto batch = TaughtBatch(teacher_, images, wanted, grad);
    batch.kd = kd;
    batch.round = round;
    return batch;
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    const auto penalty = defense ? PenaltyOf(*defense, batch) : at::Tensor();
    return penalty.defined() ? penalty : batch.teacher_logits.sum() * 0;
  }
  void StepStudent(const TransferBatch& given_batch, const at::Tensor& per_sample_loss) override {
    auto batch = given_batch;
    if (batch.student_logits.defined()) batch.student_logits = batch.student_logits.detach();
    const auto given = defense ? CoefficientsOf(*defense, batch) : at::Tensor();
    const auto loss = given.defined() ? (given * per_sample_loss).sum() : per_sample_loss.mean();
    losses.push_back(loss.item<double>());
    student_.ZeroGrad();
    loss.backward();
    if (defense) defense->AddStudentGradients(student_, batch);
    optimizer_->ClipGradients();
    optimizer_->Step(1);
  }

  Defense* defense = nullptr;
  std::vector<double> losses;
  int64_t taught = 0;
  void UseTransferSet(Split split) { transfer_set_ = std::move(split); }
  Optimizer& optimizer() { return *optimizer_; }

 private:
  const Classifier& teacher_;
  Classifier& student_;
  const ImageSpec spec_;
  const int64_t rounds_;
  Rng rng_{7};
  FakeProgress progress_;
  Split transfer_set_;
  std::unique_ptr<Optimizer> optimizer_;
};

// Images of 4 classes, and a student for a defence that repairs it.
struct RepairSetup {
  explicit RepairSetup(int64_t images = 16)
      : data{Integers(Rng(3), 256, {images, 3, 8, 8}).to(at::kByte),
             at::arange(images, at::kLong).remainder(4)} {}

  FakeProgress progress;
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-4", 1);
  std::unique_ptr<Classifier> student = MakeNet("vgg-s-4", 2);
  Split data;
  DefenseContext context{
      .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(5), .progress = progress};
};

}  // namespace dfkd
