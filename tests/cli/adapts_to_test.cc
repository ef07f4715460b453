// What the attacks of this program were built against.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"

namespace dfkd::adapts_to_test {

BOOST_AUTO_TEST_CASE(what_an_attack_adapts_to_is_a_defence_of_this_program) {
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    for (const auto& defense : card->adapts_to)
      BOOST_TEST(Registry::Get().Card(PluginKind::kDefense, defense).name == defense, card->name);
    if (card->name == "abd_adaptive") BOOST_TEST(card->adapts_to.size() == 1U);
  }
}

}  // namespace dfkd::adapts_to_test
