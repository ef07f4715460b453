#include "leaderboard/pages/adaptive.h"

#include <algorithm>

#include "bench/core/registry.h"
#include "leaderboard/pages/plugin_info.h"

namespace dfkd::site {

std::vector<std::string> AdaptsTo(const std::string& attack) {
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    if (card->name == attack) return card->adapts_to;
  }
  return {};
}

bool RunsOneOf(const Entry& defense, const std::vector<std::string>& plugins) {
  if (plugins.empty()) return false;
  auto names = SplitPlugins(defense.plugin);
  for (const auto& part : defense.parts) names.push_back(part.plugin);
  return std::find_first_of(names.begin(), names.end(), plugins.begin(), plugins.end()) !=
         names.end();
}

bool IsAdaptive(const Score& score) {
  return RunsOneOf(score.entries.at("defense"), AdaptsTo(score.entries.at("attack").plugin));
}

}  // namespace dfkd::site
