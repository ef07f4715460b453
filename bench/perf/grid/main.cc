// What a large matrix costs before, between and after its stages. `DFKD_PERF_SEEDS` and
// `DFKD_PERF_STORE` leave a filled store behind, for the programs to be measured on.
#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
