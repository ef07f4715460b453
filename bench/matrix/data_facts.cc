#include "bench/matrix/data_facts.h"

#include "bench/core/image.h"
#include "bench/core/log.h"
#include "bench/core/registry.h"
#include "bench/matrix/user_inputs_of.h"
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

}  // namespace

std::map<std::string, DataFacts> LookUpData(const std::map<std::string, ResolvedEntry>& datasets,
                                            const std::filesystem::path& data,
                                            const std::filesystem::path& store) {
  const FingerprintCache cache(store);
  std::map<std::string, DataFacts> facts;
  for (const auto& [id, entry] : datasets) {
    const auto dataset = Registry::Get().Make<Dataset>(entry.plugin, entry.options);
    const auto fingerprint = FingerprintOf(*dataset, entry, data, cache);
    const auto official = dataset->OfficialFingerprint();
    facts[id] = {fingerprint,
                 official.empty() ? std::nullopt : std::optional(fingerprint == official)};
    const auto& card = Registry::Get().Card(PluginKind::kDataset, entry.plugin);
    facts[id].folder = FolderOfImages(card, entry.options, data);
  }
  return facts;
}

}  // namespace dfkd
