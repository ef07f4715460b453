#include <ATen/Functions.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "bench/core/planned_spec.h"
#include "bench/nn/random.h"
#include "bench/stages/gateway.h"
#include "bench/stages/stage_run.h"

namespace dfkd {
namespace {

constexpr size_t kLatest = 2;
constexpr uint64_t kHoldoutSeed =
    2023;  // the same images are held out whatever the seeds of a cell

// uint8 [C,H,W] of one image, resized to the spec; grey becomes three equal channels where the spec
// wants colour.
void CopyPlanar(const Image& image, const ImageSpec& spec, uint8_t* out) {
  Image fitted = spec.channels == 1 ? ToGrey(image) : image;
  if (fitted.height != spec.height || fitted.width != spec.width)
    fitted = Resize(fitted, spec.height, spec.width);
  const int64_t area = spec.height * spec.width;
  for (int64_t c = 0; c < spec.channels; ++c) {
    const int64_t from = fitted.channels == 1 ? 0 : c;
    for (int64_t i = 0; i < area; ++i)
      out[c * area + i] = fitted.pixels[i * fitted.channels + from];
  }
}

Split ToTensors(const LabelledImages& data, const ImageSpec& spec) {
  const auto n = static_cast<int64_t>(data.images.size());
  Split split{at::empty({n, spec.channels, spec.height, spec.width}, at::kByte),
              at::empty({n}, at::kLong)};
  const int64_t size = spec.channels * spec.height * spec.width;
  for (int64_t i = 0; i < n; ++i)
    CopyPlanar(data.images[i], spec, split.images.data_ptr<uint8_t>() + i * size);
  std::copy(data.labels.begin(), data.labels.end(), split.labels.data_ptr<int64_t>());
  return split;
}

Split Rows(const Split& split, const at::Tensor& rows) {
  return {split.images.index_select(0, rows), split.labels.index_select(0, rows)};
}

void HoldOut(LoadedData& data, double share) {
  const int64_t n = data.train.images.size(0);
  const auto order = Permutation(Rng(kHoldoutSeed).Fork("holdout"), n);
  const auto held = static_cast<int64_t>(share * static_cast<double>(n));
  if (held < 1) throw MakeError("holdout {} of {} images is none", share, n);
  data.test = Rows(data.train, order.narrow(0, 0, held));
  data.train = Rows(data.train, std::get<0>(order.narrow(0, held, n - held).sort()));
}

int64_t BytesOf(const LoadedData& data) {
  int64_t bytes = 0;
  for (const auto& part : {data.train, data.test})
    bytes += static_cast<int64_t>(part.images.nbytes());
  return bytes;
}

std::shared_ptr<const LoadedData> Decode(const Json& dataset, const std::filesystem::path& root) {
  const auto plugin = MakeChecked<Dataset>(dataset.at("plugin"), dataset.at("options"));
  const auto train = plugin->Load(Part::kTrain, root), test = plugin->Load(Part::kTest, root);
  if (dataset.contains("fingerprint") &&
      Fingerprint(train, test) != dataset.at("fingerprint").get<std::string>()) {
    throw MakeError(
        "data set {} under {} is not the one that was planned with: its fingerprint differs",
        dataset.at("plugin").get<std::string>(), root.string());
  }
  RequireMostlyUnseen(train, test, dataset.at("plugin"));
  auto loaded = std::make_shared<LoadedData>();
  loaded->spec = plugin->Spec();
  RequirePlannedSpec(dataset.at("plugin"), dataset.at("options"), loaded->spec);
  loaded->class_names = plugin->ClassNames();
  loaded->train = ToTensors(train, loaded->spec);
  loaded->test = ToTensors(test, loaded->spec);
  if (const double share = dataset.value("holdout", 0.0); share > 0) HoldOut(*loaded, share);
  return loaded;
}

}  // namespace

std::shared_ptr<const LoadedData> DataCache::Load(const Json& dataset,
                                                  const std::filesystem::path& root) {
  const auto identity = Canonical(dataset) + root.string();
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& kept) { return kept.identity == identity; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
  } else {
    DropAllBut(kLatest - 1);  // before the new one needs room
    kept_.push_front({identity, Decode(dataset, root)});
    DropAllBut(kLatest);
  }
  return kept_.front().data;
}

// And those that fit with them.
void DataCache::DropAllBut(size_t latest) {
  int64_t bytes = 0;
  size_t place = 0;
  for (auto at = kept_.begin(); at != kept_.end(); ++place) {
    bytes += BytesOf(*at->data);
    at = place >= latest && bytes > most_bytes_ ? kept_.erase(at) : std::next(at);
  }
}

}  // namespace dfkd
