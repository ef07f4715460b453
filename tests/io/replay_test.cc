// The parsers of files under cut and mutated seeds.
#include "tests/fuzz/replay.h"

namespace dfkd::replay_test {

BOOST_AUTO_TEST_CASE(every_parser_takes_its_seeds) { fuzz::RequireSeedsAreTaken(fuzz::Parsers()); }

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_cut_seeds) {
  fuzz::ReplayCutSeeds(fuzz::Parsers(), 1);
}

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_mutated_seeds) {
  fuzz::ReplayMutatedSeeds(fuzz::Parsers(), 400);
}

}  // namespace dfkd::replay_test
