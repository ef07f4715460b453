// Shared trunk: three teachers whose last five convolutions are shuffled, run from the images or
// from the teacher's own activation before the first shuffled layer. Equal logits are checked
// before anything is timed.
#include <benchmark/benchmark.h>

#include "bench/core/error.h"
#include "bench/perf/perf.h"

namespace dfkd::perf {
namespace {

constexpr int kCopies = 3;
constexpr int64_t kBatch = 32;
const char* const kTrunk = "group2";  // the last five convolutions of WRN-16-2 are group3

int64_t FirstShuffled(const Classifier& net) {
  const auto segments = net.Segments();
  return std::find(segments.begin(), segments.end(), kTrunk) - segments.begin() + 1;
}

void FromImages(benchmark::State& state) {
  const Classifier teacher = Network("wrn-16-2", true);
  const auto images = Images(kBatch);
  for (auto _ : state) {
    benchmark::DoNotOptimize(teacher.Logits(images));
    for (int i = 0; i < kCopies; ++i) benchmark::DoNotOptimize(teacher.Logits(images));
    AwaitTarget();
  }
}

void FromTrunk(benchmark::State& state) {
  const Classifier teacher = Network("wrn-16-2", true);
  const auto images = Images(kBatch);
  const int64_t first = FirstShuffled(teacher);
  Taps check{{kTrunk, {}}};
  const auto whole = teacher.Logits(images, Grad::kNone, &check);
  DFKD_CHECK(at::equal(whole, teacher.LogitsFrom(first, check.at(kTrunk), Grad::kNone)));
  for (auto _ : state) {
    Taps taps{{kTrunk, {}}};
    benchmark::DoNotOptimize(teacher.Logits(images, Grad::kNone, &taps));
    for (int i = 0; i < kCopies; ++i) {
      benchmark::DoNotOptimize(teacher.LogitsFrom(first, taps.at(kTrunk), Grad::kNone));
    }
    AwaitTarget();
  }
}

BENCHMARK(FromImages)->Unit(benchmark::kMillisecond);
BENCHMARK(FromTrunk)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dfkd::perf
