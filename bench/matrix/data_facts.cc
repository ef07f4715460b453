#include "bench/matrix/data_facts.h"

#include <algorithm>
#include <utility>

#include "bench/core/image.h"
#include "bench/core/log.h"
#include "bench/core/planned_spec.h"
#include "bench/core/registry.h"
#include "bench/matrix/official_data.h"
#include "bench/matrix/user_inputs_of.h"
#include "bench/store/fingerprint_cache.h"

namespace dfkd {
namespace {

// Of no class, where a label is none: the stage that loads them says so.
std::vector<int64_t> CountByClass(const std::vector<int64_t>& labels, int64_t classes) {
  std::vector<int64_t> counts(static_cast<size_t>(std::max<int64_t>(classes, 0)));
  for (const int64_t label : labels) {
    if (label < 0 || label >= classes) return {};
    ++counts[static_cast<size_t>(label)];
  }
  return counts;
}

KnownData KnownOf(const Dataset& dataset, const ResolvedEntry& entry,
                  const std::filesystem::path& data, const FingerprintCache& cache) {
  const auto identity =
      DatasetIdentity(entry.plugin, entry.revision, entry.options, dataset.Sources(data));
  if (const auto known = cache.Find(identity)) return *known;
  spdlog::info("{}: reading the images once for their fingerprint", entry.id);
  const auto train = dataset.Load(Part::kTrain, data), test = dataset.Load(Part::kTest, data);
  RequireMostlyUnseen(train, test, entry.id);  // as every stage that loads them, hours later
  const KnownData known{Fingerprint(train, test), std::ssize(train.labels),
                        CountByClass(train.labels, dataset.Spec().classes)};
  try {
    cache.Remember(identity, known);
  } catch (const Error& e) {  // a read-only store can still be planned with
    spdlog::warn("{}", e.what());
  }
  return known;
}

// Of `images`, those that are not held out; absent if there are none.
std::optional<int64_t> TrainingImages(int64_t images, const ResolvedEntry& entry) {
  const auto held = static_cast<int64_t>(entry.holdout * static_cast<double>(images));
  if (entry.holdout > 0 && held < 1) {
    throw MakeError(
        "data set {}: holdout = {} of {} training images is none; it must be one at least",
        entry.id, entry.holdout, images);
  }
  if (images == 0) return std::nullopt;
  return images - held;
}

// Only a data set as it comes has a note: options may change its images.
std::string OfficialOf(const Dataset& dataset, const ResolvedEntry& entry,
                       const std::filesystem::path& data) {
  const auto published = dataset.OfficialFingerprint();
  const auto& card = Registry::Get().Card(PluginKind::kDataset, entry.plugin);
  if (!published.empty() || entry.options != ResolveFor(card, Json::object())) return published;
  return RememberedOfficial(entry.plugin, dataset.Files(), data);
}

DataFacts FactsOf(const ResolvedEntry& entry, const std::filesystem::path& data,
                  const FingerprintCache& cache) {
  const auto dataset = Registry::Get().Make<Dataset>(entry.plugin, entry.options);
  if (IsPlanned(entry.plugin, entry.options))
    RequirePlannedSpec(entry.plugin, entry.options, dataset->Spec());
  auto [fingerprint, images, class_images] = KnownOf(*dataset, entry, data, cache);
  const auto official = OfficialOf(*dataset, entry, data);
  const auto& card = Registry::Get().Card(PluginKind::kDataset, entry.plugin);
  DataFacts facts = {.fingerprint = fingerprint,
                     .training_images = TrainingImages(images, entry),
                     .folder = FolderOfImages(card, entry.options, data),
                     .class_images = std::move(class_images)};
  if (!official.empty()) facts.official = fingerprint == official;
  return facts;
}

}  // namespace

std::map<std::string, DataFacts> LookUpData(const std::map<std::string, ResolvedEntry>& datasets,
                                            const std::filesystem::path& data,
                                            const std::filesystem::path& store) {
  const FingerprintCache cache(store);
  std::map<std::string, DataFacts> facts;
  for (const auto& [id, entry] : datasets) {
    try {
      facts[id] = FactsOf(entry, data, cache);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& e) {  // of the plugin's own code, which knows no names
      throw MakeError("data set {}: {}", id, e.what());
    }
  }
  return facts;
}

}  // namespace dfkd
