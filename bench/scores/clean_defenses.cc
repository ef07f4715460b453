#include "bench/scores/clean_defenses.h"

#include <algorithm>

#include "bench/core/registry.h"

namespace dfkd {
namespace {

bool SeesCleanData(const std::string& plugin, const Json& options) {
  const auto cards = Registry::Get().Cards(PluginKind::kDefense);
  const auto card = std::find_if(cards.begin(), cards.end(),
                                 [&](const PluginCard* one) { return one->name == plugin; });
  if (card == cards.end()) return false;
  const auto resolved = ResolveFor(**card, options);
  if (!(*card)->parts) return (*card)->needs_clean_data(resolved);
  const auto parts = (*card)->parts(resolved);
  return std::any_of(parts.begin(), parts.end(),
                     [](const PartRef& part) { return SeesCleanData(part.plugin, part.options); });
}

bool SeesCleanData(const MatrixEntry& defense) {
  if (defense.parts.empty()) return SeesCleanData(defense.plugin, defense.options);
  return std::any_of(defense.parts.begin(), defense.parts.end(),
                     [](const MatrixEntry& part) { return SeesCleanData(part); });
}

}  // namespace

std::set<std::string> CleanDefenses(const Matrix& matrix) {
  std::set<std::string> clean;
  for (const auto& block : matrix.blocks) {
    for (const auto& defense : block.defenses) {
      try {
        if (SeesCleanData(defense)) clean.insert(defense.id);
      } catch (const std::exception&) {
        continue;
      }
    }
  }
  return clean;
}

}  // namespace dfkd
