#include "bench/scores/kept_score.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "bench/scores/media_file.h"
#include "bench/scores/validity.h"

namespace dfkd {
namespace {

// "": the score does not name it, under whatever title.
std::string TitleOfStage(const Score& score, const std::string& key) {
  const auto& stages = score.provenance.stages;
  const auto found = std::find_if(stages.begin(), stages.end(),
                                  [&](const auto& stage) { return stage.second == key; });
  return found == stages.end() ? "" : found->first;
}

// "": unknown.
std::string DigestOfStage(const Score& score, const std::string& key) {
  const auto found = score.provenance.artifacts.find(TitleOfStage(score, key));
  return found == score.provenance.artifacts.end() ? "" : found->second;
}

void KeepStages(const Score& known, const std::set<std::string>& gone, Score& score) {
  auto& kept = score.provenance;
  for (const auto& [title, key] : known.provenance.stages) {
    const bool told = kept.stages.contains(title) || !TitleOfStage(score, key).empty();
    if (told || !gone.contains(key)) continue;
    kept.stages[title] = key;
    if (const auto digest = DigestOfStage(known, key); !digest.empty())
      kept.artifacts[title] = digest;
    for (const auto& [plugin, hashes] : known.provenance.sources)
      kept.sources.try_emplace(plugin, hashes);
  }
}

void KeepMedia(const Score& known, const std::filesystem::path& folder, Score& score) {
  for (const auto& [kind, path] : known.media) {
    if (!score.media.contains(kind) && WhyNoMedia(folder, path).empty()) score.media[kind] = path;
  }
}

// Whether repeating gives the same bits is the device's to say, and a flag says it once more.
void KeepCost(const Score& known, Score& score) {
  if (score.cost.wall_seconds || !known.cost.wall_seconds) return;
  score.cost = known.cost;
  score.numerics.device = known.numerics.device;
  score.numerics.deterministic = known.numerics.deterministic;
  constexpr const char* kFlag = "nondeterministic";
  constexpr std::array<std::string_view, 3> kLater = {"high_floor", "attack_aware",
                                                      "obvious_trigger"};  // as ValidityOf orders
  auto& flags = score.validity;
  if (score.numerics.deterministic || HasFlag(score, kFlag)) return;
  flags.insert(std::find_first_of(flags.begin(), flags.end(), kLater.begin(), kLater.end()), kFlag);
}

}  // namespace

void KeepWhatIsKnown(const Score& known, const std::string& evaluation,
                     const std::set<std::string>& gone, const std::filesystem::path& folder,
                     Score& score) {
  const auto digest = DigestOfStage(score, evaluation);
  const bool same = !digest.empty() && DigestOfStage(known, evaluation) == digest;
  if (!same || known.status != Status::kOk || score.status != Status::kOk) return;
  KeepStages(known, gone, score);
  KeepMedia(known, folder, score);
  KeepCost(known, score);
}

}  // namespace dfkd
