// Loading, triggers, augmentation, and the store: what must stay small beside the networks.
#include <unistd.h>

#include <filesystem>

#include "bench/core/registry.h"
#include "bench/images/augment.h"
#include "bench/io/cifar.h"
#include "bench/io/file.h"
#include "bench/io/idx.h"
#include "bench/io/jpeg.h"
#include "bench/io/png.h"
#include "bench/perf/perf.h"
#include "bench/store/store.h"

namespace dfkd::perf {
namespace {

namespace fs = std::filesystem;

// A photograph as far as decoders care: a gradient under noise.
Image Photograph(int64_t side) {
  Image image{side, side, 3, std::vector<uint8_t>(side * side * 3)};
  uint32_t noise = 1;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    noise = noise * 1664525 + 1013904223;
    image.pixels[i] = static_cast<uint8_t>(i * 192 / image.pixels.size() + noise % 64);
  }
  return image;
}

// One image of the size of Tiny ImageNet's.
void LoadPng(benchmark::State& state) {
  const auto bytes = EncodePng(Photograph(64));
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(ParsePng(bytes, "benchmark")); });
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(LoadPng)->Unit(benchmark::kMicrosecond);

void LoadJpeg(benchmark::State& state) {
  const auto bytes = EncodeJpeg(Photograph(64), /*quality=*/90);
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(ParseJpeg(bytes, "benchmark")); });
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(LoadJpeg)->Unit(benchmark::kMicrosecond);

constexpr int64_t kLoaded = 1000;  // images of one file

void LoadCifar(benchmark::State& state) {
  const std::string bytes(kLoaded * kCifarRecord, '\7');
  TimeSteps(state, [&](int64_t) {
    LabelledImages images;
    AppendCifar10(bytes, "benchmark", images);
    benchmark::DoNotOptimize(images.images.data());
  });
  state.SetItemsProcessed(state.iterations() * kLoaded);
}
BENCHMARK(LoadCifar)->Unit(benchmark::kMillisecond);

void LoadIdx(benchmark::State& state) {
  using namespace std::string_literals;
  static_assert(kLoaded == 0x3e8);
  const auto bytes =
      "\0\0\x08\x03\0\0\x03\xe8\0\0\0\x1c\0\0\0\x1c"s + std::string(kLoaded * 28 * 28, 'x');
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(ParseIdx(bytes, "benchmark")); });
  state.SetItemsProcessed(state.iterations() * kLoaded);
}
BENCHMARK(LoadIdx)->Unit(benchmark::kMillisecond);

void Trigger(benchmark::State& state, const char* attack, const Json& options) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack);
  const auto plugin = Registry::Get().Make<Attack>(attack, ResolveFor(card, options));
  plugin->Begin(kSpec);
  const auto images = Pictures(1024).images.cpu();  // where attacks see them
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(plugin->Trigger(images)); });
  state.SetItemsProcessed(state.iterations() * images.size(0));
}
BENCHMARK_CAPTURE(Trigger, badnets_grid, "badnets_grid", {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Trigger, blend, "blend", {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Trigger, bpp_dither, "bpp", {{"dither", true}})->Unit(benchmark::kMillisecond);

void CropAndFlip(benchmark::State& state) {
  const auto images = Pictures(128).images;
  const auto black = at::zeros({3}, images.options());
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
