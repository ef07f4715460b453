#include "bench/core/detector.h"

namespace dfkd {

std::vector<PluginCard> DetectorCards() {
  std::vector<PluginCard> cards;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDetector)) cards.push_back(*card);
  return cards;
}

Json ResolveDetector(const std::string& name, const Json& given) {
  const auto& card = Registry::Get().Card(PluginKind::kDetector, name);
  return {{"plugin", name}, {"revision", card.revision}, {"options", ResolveFor(card, given)}};
}

}  // namespace dfkd
