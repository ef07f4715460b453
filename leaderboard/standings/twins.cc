#include "leaderboard/standings/twins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace dfkd {
namespace {

constexpr std::array<std::string_view, 3> kShared = {"teacher", "transfer_set", "synthesis"};
constexpr size_t kMostNamed = 3;

bool IsShared(const std::string& label) {
  return std::any_of(kShared.begin(), kShared.end(),
                     [&](std::string_view kind) { return label.starts_with(kind); });
}

}  // namespace

std::vector<TwinArtifacts> FindTwins(const std::vector<Score>& scores) {
  // (label, key) -> digest -> how many scores have it
  std::map<std::pair<std::string, std::string>, std::map<std::string, size_t>> by_key;
  for (const auto& score : scores) {
    const auto& artifacts = score.provenance.artifacts;
    for (const auto& [label, key] : score.provenance.stages) {
      const auto digest = artifacts.find(label);
      if (IsShared(label) && digest != artifacts.end()) ++by_key[{label, key}][digest->second];
    }
  }
  std::vector<TwinArtifacts> twins;
  for (const auto& [stage, digests] : by_key) {
    if (digests.size() < 2) continue;
    auto& twin = twins.emplace_back(TwinArtifacts{stage.first, digests.size()});
    for (const auto& [unused, count] : digests) twin.scores += count;
  }
  return twins;
}

std::string ToText(const std::vector<TwinArtifacts>& twins) {
  if (twins.empty()) return "";
  std::string names;
  for (size_t i = 0; i < std::min(twins.size(), kMostNamed); ++i)
    names += fmt::format("{}{} ({} scores)", i == 0 ? "" : ", ", twins[i].label, twins[i].scores);
  if (twins.size() > kMostNamed) names += fmt::format(" and {} more", twins.size() - kMostNamed);
  return fmt::format(
      "not the same bits in all rows, as several machines computed them: {}. Where rows are "
      "compared, their difference holds that of these, too",
      names);
}

}  // namespace dfkd
