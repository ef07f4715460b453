#include "bench/core/detector.h"

#include <fmt/ranges.h>

#include "bench/core/suggest.h"

namespace dfkd {

const std::vector<DetectorCard>& DetectorCards() {
  static const std::vector<DetectorCard> cards = {
      {"free_eagle", "classes lean towards the target in the layers behind made activations",
       "https://arxiv.org/abs/2302.14500", 3, TableOf<FreeEagleOptions>().cards()},
      {"mm_bd", "the target can be driven much farther ahead of all others than other classes",
       "https://arxiv.org/abs/2205.06900", 1, TableOf<MmBdOptions>().cards()}};
  return cards;
}

Json ResolveDetector(const std::string& name, const Json& given) {
  std::vector<std::string> names;
  for (const auto& card : DetectorCards()) {
    names.push_back(card.name);
    if (card.name != name) continue;
    return {{"plugin", name},
            {"revision", card.revision},
            {"options", ResolveOptions(card.options, given, "detector " + name)}};
  }
  throw MakeError("detector '{}' is unknown; {}known: {}", name, Guess(name, names),
                  fmt::join(names, ", "));
}

}  // namespace dfkd
