// A ZSKT-like round of ten student steps on one batch: the teacher asked once, or once a step as
// the reference does.
#include <benchmark/benchmark.h>

#include "bench/nn/losses.h"
#include "bench/perf/perf.h"

namespace dfkd::perf {
namespace {

constexpr int kSteps = 10;
constexpr int64_t kBatch = 16;

void StudentStep(Classifier& student, const at::Tensor& images, const at::Tensor& teacher_logits) {
  student.ZeroGrad();
  KlPerSample(teacher_logits, student.Logits(images, Mode::kTrain, Grad::kAll), 1)
      .mean()
      .backward();
}

void TeacherEveryStep(benchmark::State& state) {
  const Classifier teacher = Network("wrn-16-2", true);
  Classifier student = Network("wrn-16-1", false);
  const auto images = Images(kBatch);
  for (auto _ : state) {
    for (int i = 0; i < kSteps; ++i) StudentStep(student, images, teacher.Logits(images));
  }
}

void TeacherOnce(benchmark::State& state) {
  const Classifier teacher = Network("wrn-16-2", true);
  Classifier student = Network("wrn-16-1", false);
  const auto images = Images(kBatch);
  for (auto _ : state) {
    const auto logits = teacher.Logits(images);
    for (int i = 0; i < kSteps; ++i) StudentStep(student, images, logits);
  }
}

BENCHMARK(TeacherEveryStep)->Unit(benchmark::kMillisecond);
BENCHMARK(TeacherOnce)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dfkd::perf
