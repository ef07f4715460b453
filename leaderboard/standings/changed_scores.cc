#include "leaderboard/standings/changed_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dfkd {
namespace {

// The scores with one revision of a plugin.
struct OfRevision {
  std::set<std::string> hashes;
  size_t scores = 0, outdated = 0;
};

void Collect(const Entry& entry, const std::string& kind,
             std::map<std::string, int64_t>& revisions) {
  revisions[kind + " " + entry.plugin] = entry.revision;
  for (const auto& part : entry.parts) Collect(part, kind, revisions);
}

std::map<std::string, int64_t> RevisionsIn(const Score& score) {
  std::map<std::string, int64_t> revisions;
  for (const auto& [axis, entry] : score.entries) Collect(entry, axis, revisions);
  return revisions;
}

bool IsOutdated(const std::vector<std::string>& hashes, int64_t revision, const std::string& plugin,
                const CurrentSources& now) {
  const auto current = now.find(plugin);
  if (current == now.end() || current->second.revision != revision) return false;
  return std::any_of(hashes.begin(), hashes.end(),
                     [&](const auto& hash) { return hash != current->second.sha256; });
}

// The code that the numbers are known to be those of: today's, where it gave the same ones.
std::vector<std::string> StandingFor(const Score& score, const std::string& plugin,
                                     const std::vector<std::string>& hashes,
                                     const CurrentSources& now) {
  const auto confirmed = score.confirmed.find(plugin);
  const auto current = now.find(plugin);
  const bool same = confirmed != score.confirmed.end() && current != now.end() &&
                    confirmed->second == current->second.sha256;
  return same ? std::vector{confirmed->second} : hashes;
}

}  // namespace

std::vector<ChangedScores> FindChangedScores(const std::vector<Score>& scores,
                                             const CurrentSources& now) {
  std::map<std::pair<std::string, int64_t>, OfRevision> groups;
  for (const auto& score : scores) {
    const auto revisions = RevisionsIn(score);
    for (const auto& [plugin, hashes] : score.provenance.sources) {
      const auto revision = revisions.find(plugin);
      if (revision == revisions.end()) continue;
      auto& group = groups[{plugin, revision->second}];
      const auto standing = StandingFor(score, plugin, hashes, now);
      group.hashes.insert(standing.begin(), standing.end());
      ++group.scores;
      group.outdated += IsOutdated(standing, revision->second, plugin, now);
    }
  }
  std::vector<ChangedScores> changed;
  for (const auto& [key, group] : groups) {
    if (group.hashes.size() < 2 && group.outdated == 0) continue;
    changed.push_back({key.first, key.second, group.scores, group.hashes.size(), group.outdated});
  }
  return changed;
}

std::string ToText(const ChangedScores& changed) {
  std::string text = fmt::format("{}, revision {}:", changed.plugin, changed.revision);
  if (changed.sources > 1) {
    text += fmt::format(" its {} scores come from {} versions of its code", changed.scores,
                        changed.sources);
  }
  if (changed.outdated > 0) {
    text += fmt::format("{} {} of {} scores come from other code than it has now",
                        changed.sources > 1 ? ";" : "", changed.outdated, changed.scores);
  }
  return text + ". A change of results needs a new revision";
}

}  // namespace dfkd
