// dfkd_perf [--device cpu|cuda|cuda:1] [--tf32] [flags of Google Benchmark]
// Benchmarks under the settings of a stage, on one thread. Set OMP_NUM_THREADS and
// OPENBLAS_NUM_THREADS too: Debian's BLAS ignores what LibTorch is told. On a GPU `real_time` is
// what counts; GFLOP/s are of the processor's time. --tf32: benchmarks called fp32 run in the
// profile tf32 (of a GPU).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <exception>

#include "bench/nn/freed_memory.h"
#include "bench/nn/numerics.h"
#include "bench/perf/perf.h"

namespace {

// Takes what is ours out of the arguments.
dfkd::Profile Settings(int* argc, char** argv) {
  auto profile = dfkd::Profile::kFp32;
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    if (std::strcmp(argv[i], "--tf32") == 0) {
      profile = dfkd::Profile::kTf32;
    } else if (std::strcmp(argv[i], "--device") == 0 && i + 1 < *argc) {
      dfkd::perf::UseTarget(dfkd::DeviceFrom(argv[++i]));
    } else {
      argv[kept++] = argv[i];
    }
  }
  *argc = kept;
  return profile;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    dfkd::ConfigureNumerics(Settings(&argc, argv), /*threads=*/1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dfkd_perf: %s\n", error.what());
    return 2;
  }
  const dfkd::KeepFreedMemory keep;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
