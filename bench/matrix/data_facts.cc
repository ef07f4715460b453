#include "bench/matrix/data_facts.h"

#include "bench/core/image.h"
#include "bench/core/log.h"
#include "bench/core/planned_spec.h"
#include "bench/core/registry.h"
#include "bench/matrix/official_data.h"
#include "bench/store/fingerprint_cache.h"

namespace dfkd {
namespace {

std::string FingerprintOf(const Dataset& dataset, const ResolvedEntry& entry,
                          const std::filesystem::path& data, const FingerprintCache& cache) {
  const auto identity =
      DatasetIdentity(entry.plugin, entry.revision, entry.options, dataset.Sources(data));
  if (const auto known = cache.Find(identity)) return *known;
  spdlog::info("{}: reading the images once for their fingerprint", entry.id);
  const auto fingerprint =
      Fingerprint(dataset.Load(Part::kTrain, data), dataset.Load(Part::kTest, data));
  try {
    cache.Remember(identity, fingerprint);
  } catch (const Error& e) {  // a read-only store can still be planned with
    spdlog::warn("{}", e.what());
  }
  return fingerprint;
}

// Only a data set as it comes has a note: options may change its images.
std::string OfficialOf(const Dataset& dataset, const ResolvedEntry& entry,
                       const std::filesystem::path& data) {
  const auto published = dataset.OfficialFingerprint();
  const auto& card = Registry::Get().Card(PluginKind::kDataset, entry.plugin);
  if (!published.empty() || entry.options != ResolveFor(card, Json::object())) return published;
  return RememberedOfficial(entry.plugin, dataset.Files(), data);
}

}  // namespace

std::map<std::string, DataFacts> LookUpData(const std::map<std::string, ResolvedEntry>& datasets,
                                            const std::filesystem::path& data,
                                            const std::filesystem::path& store) {
  const FingerprintCache cache(store);
  std::map<std::string, DataFacts> facts;
  for (const auto& [id, entry] : datasets) {
    const auto dataset = Registry::Get().Make<Dataset>(entry.plugin, entry.options);
    RequirePlannedSpec(entry.plugin, entry.options, dataset->Spec());
    const auto fingerprint = FingerprintOf(*dataset, entry, data, cache);
    const auto official = OfficialOf(*dataset, entry, data);
    facts[id] = {fingerprint,
                 official.empty() ? std::nullopt : std::optional(fingerprint == official)};
  }
  return facts;
}

}  // namespace dfkd
