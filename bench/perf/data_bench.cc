// Triggers, augmentation, and the store: what must stay small beside the networks.
#include <unistd.h>

#include <filesystem>

#include "bench/core/registry.h"
#include "bench/images/augment.h"
#include "bench/io/file.h"
#include "bench/perf/perf.h"
#include "bench/store/store.h"

namespace dfkd::perf {
namespace {

namespace fs = std::filesystem;

void Trigger(benchmark::State& state, const char* attack, const Json& options) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack);
  const auto plugin = Registry::Get().Make<Attack>(attack, ResolveFor(card, options));
  plugin->Begin(kSpec);
  const auto images = Pictures(1024).images;
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(plugin->Trigger(images)); });
  state.SetItemsProcessed(state.iterations() * images.size(0));
}
BENCHMARK_CAPTURE(Trigger, badnets_grid, "badnets_grid", {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Trigger, blend, "blend", {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Trigger, bpp_dither, "bpp", {{"dither", true}})->Unit(benchmark::kMillisecond);

void CropAndFlip(benchmark::State& state) {
  const auto images = Pictures(128).images;
  const auto black = at::zeros({3}, at::kByte);
  TimeSteps(state, [&](int64_t step) {
    const auto cropped = RandomCrop(images, Rng(1).Fork("crop", step), 4, black);
    benchmark::DoNotOptimize(FlipEach(cropped, Rng(1).Fork("flip", step)));
  });
}
BENCHMARK(CropAndFlip)->Unit(benchmark::kMillisecond);

void NormalizeBytes(benchmark::State& state) {
  const auto images = Pictures(128).images;
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(Normalize(images, kSpec)); });
}
BENCHMARK(NormalizeBytes)->Unit(benchmark::kMillisecond);

// A store in a folder of its own that is gone afterwards.
struct ScratchStore {
  const fs::path root = fs::temp_directory_path() / ("dfkd-perf-" + std::to_string(::getpid()));
  Store store{root / "store"};
  ~ScratchStore() { fs::remove_all(root); }

  std::string Put(int64_t number) {
    const Json description = {{"number", number}};
    Publication publication{.ref = RefOf("perf", description), .description = description};
    publication.staged = root / "store" / "work" / std::to_string(number);
    fs::create_directories(publication.staged);
    WriteFileAtomically(publication.staged / "model.safetensors", std::string(1 << 20, 'x'));
    store.Publish(publication);
    return publication.ref;
  }
};

void StorePut(benchmark::State& state) {
  ScratchStore scratch;
  TimeSteps(state, [&](int64_t number) { scratch.Put(number); });
}
BENCHMARK(StorePut)->Unit(benchmark::kMillisecond);

// Read and checked for the first time, as every process does.
void StoreGet(benchmark::State& state) {
  ScratchStore scratch;
  const auto ref = scratch.Put(0);
  TimeSteps(state,
            [&](int64_t) { benchmark::DoNotOptimize(Store(scratch.store.root()).Open(ref)); });
}
BENCHMARK(StoreGet)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dfkd::perf
