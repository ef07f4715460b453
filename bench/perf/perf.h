// What the benchmarks share: where they compute, networks, images, and a run of a method without
// its stage. Every claim is a ratio of two programs of one run: bench/perf/compare.sh, and gpu.sh
// on a GPU.
#pragma once
#include <ATen/Functions.h>
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/nn/classifier.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/stages/parts.h"

namespace dfkd::perf {

inline const ImageSpec kSpec{3, 32, 32, 10, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};

// Where networks and images are: the CPU, unless main was told otherwise.
const at::Device& Target();
void UseTarget(const at::Device& device);
// Until all that was launched on Target() has ended.
void AwaitTarget();

Classifier Network(const std::string& name, bool frozen, Profile profile = Profile::kFp32);

// Normalised, [N,3,32,32].
inline at::Tensor Images(int64_t n) { return Normal(Rng(2), {n, 3, 32, 32}, Target()); }
// uint8 [N,3,32,32] with labels.
Split Pictures(int64_t n);

// Each iteration calls `step` with its number and ends when the device has done it; on a CPU the
// time of the processor is what counts, on a GPU that of the clock. One step before that makes
// buffers and kernels. Numbers are those of a run on its way: in its first rounds the checks of
// hooks read more (bench/stages/gateway.h).
template <class Step>
void TimeSteps(benchmark::State& state, const Step& step) {
  int64_t number = 1024;
  step(number++);
  AwaitTarget();
  for (auto _ : state) {
    step(number++);
    AwaitTarget();
  }
}

class Silent final : public Progress {
 public:
  bool Wants(int64_t) const override { return false; }
  void Scalar(const std::string&, double, int64_t) override {}
  void Tick(int64_t, int64_t) override {}
};

// Behind the checks of every hook (bench/stages/gateway.h), as stages have them, or without.
enum class Plugins { kChecked, kPlain };

// A distiller with defences on WRN-16-2 -> WRN-16-1, stepping as the stage does.
class Distillation final : public DistillContext {
 public:
  // `parts`: plugins with options, acting in every round.
  Distillation(const std::string& distiller, const Json& options, const Json& parts,
               Profile profile, Split transfer_set = {}, Plugins plugins = Plugins::kChecked);
  void Round(int64_t round);

  const Classifier& teacher() const override { return teacher_; }
  Classifier& student() override { return student_; }
  const ImageSpec& spec() const override { return kSpec; }
  at::Device device() const override { return Target(); }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return silent_; }
  int64_t total_rounds() const override { return traits_.rounds; }
  const Split& transfer_set() const override { return transfer_set_; }
  void UseStudentOptimizer(const OptimizerSpec& spec) override;
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps) override;
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override;
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override;

 private:
  const Rng rng_{7};
  Silent silent_;
  const Classifier teacher_;
  Classifier student_;
  Split transfer_set_;
  std::unique_ptr<Distiller> distiller_;
  DistillerTraits traits_;
  std::vector<ActivePart> parts_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace dfkd::perf
