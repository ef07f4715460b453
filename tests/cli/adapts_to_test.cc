// What the attacks of this program were built against.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "tests/cli/repeated_matrix.h"

namespace dfkd::adapts_to_test {

using testing::ThereAreMethods;

BOOST_AUTO_TEST_CASE(what_an_attack_adapts_to_is_a_defence_of_this_program,
                     *boost::unit_test::precondition(ThereAreMethods)) {
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    for (const auto& defense : card->adapts_to)
      BOOST_TEST(Registry::Get().Card(PluginKind::kDefense, defense).name == defense, card->name);
  }
  const auto& adaptive = Registry::Get().Card(PluginKind::kAttack, "abd_adaptive");
  BOOST_TEST((adaptive.adapts_to == std::vector<std::string>{"abd"}));
}

}  // namespace dfkd::adapts_to_test
