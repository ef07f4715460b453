// A teacher's step, and what this machine's convolutions reach at best.
#include <string>

#include "bench/nn/losses.h"
#include "bench/perf/perf.h"
#include "bench/stages/train.h"

namespace dfkd::perf {
namespace {

constexpr int64_t kBatch = 128;
// Multiply-adds of WRN-16-2 for one image of 32 x 32 (spec of the paper), times 2 for operations,
// times 3 for the forward and both backward passes.
constexpr double kTeacherOperations = 101.1e6 * 2 * 3;

void ReportRate(benchmark::State& state, double operations) {
  state.counters["GFLOP/s"] =
      benchmark::Counter(operations / 1e9, benchmark::Counter::kIsIterationInvariantRate);
}

void TeacherStep(benchmark::State& state, Profile profile) {
  auto model = Network("wrn-16-2", false, profile);
  const auto data = Pictures(2048);
  const auto options = ResolveOptions(TableOf<TeacherRecipe>().cards(),
                                      {{"augment", "crop_flip"}, {"epochs", 100000}}, "perf");
  Silent silent;
  Training training(model, data, TableOf<TeacherRecipe>().Read(options), Rng(1), silent);
  TimeSteps(state, [&](int64_t) { training.Step(); });
  ReportRate(state, kTeacherOperations * kBatch);
}
BENCHMARK_CAPTURE(TeacherStep, fp32, Profile::kFp32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(TeacherStep, bf16, Profile::kBf16)->Unit(benchmark::kMillisecond);

// 3 x 3, forward and both backward passes, channels-last.
void Convolution(benchmark::State& state, at::ScalarType type, int64_t channels, int64_t size) {
  const auto format = at::MemoryFormat::ChannelsLast;
  const auto made = [&](uint64_t seed, at::IntArrayRef shape) {
    return Normal(Rng(seed), shape, Target()).to(type).contiguous(format);
  };
  const auto images = made(1, {kBatch, channels, size, size});
  const auto weight = made(2, {channels, channels, 3, 3});
  const auto x = images.requires_grad_(true), w = weight.requires_grad_(true);
  TimeSteps(state, [&](int64_t) {
    const auto y = at::conv2d(x, w, {}, 1, 1);
    benchmark::DoNotOptimize(Gradients(y.to(at::kFloat).sum(), {x, w}));
  });
  ReportRate(state, 2.0 * 3 * 9 * kBatch * channels * channels * size * size);
}
BENCHMARK_CAPTURE(Convolution, c16_fp32, at::kFloat, 16, 32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c32_fp32, at::kFloat, 32, 32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c64_fp32, at::kFloat, 64, 16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c128_fp32, at::kFloat, 128, 8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c16_bf16, at::kBFloat16, 16, 32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c32_bf16, at::kBFloat16, 32, 32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c64_bf16, at::kBFloat16, 64, 16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Convolution, c128_bf16, at::kBFloat16, 128, 8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dfkd::perf
