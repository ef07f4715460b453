// Benchmarks under the settings of a stage, on one thread. Set OMP_NUM_THREADS and
// OPENBLAS_NUM_THREADS too: Debian's BLAS ignores what LibTorch is told.
#include <benchmark/benchmark.h>

#include "bench/nn/freed_memory.h"
#include "bench/nn/numerics.h"

int main(int argc, char** argv) {
  dfkd::ConfigureNumerics(dfkd::Profile::kFp32, /*threads=*/1);
  const dfkd::KeepFreedMemory keep;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
