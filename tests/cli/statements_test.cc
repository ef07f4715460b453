// What model files say of themselves under cut and mutated seeds.
#include "tests/fuzz/statements.h"

#include "tests/fuzz/replay.h"

namespace dfkd::statements_test {

BOOST_AUTO_TEST_CASE(every_reader_of_statements_has_a_fuzz_target_and_takes_its_seeds) {
  fuzz::RequireTargets(fuzz::Statements(), "Statements");
  fuzz::RequireSeedsAreTaken(fuzz::Statements());
}

BOOST_AUTO_TEST_CASE(no_reader_of_statements_does_worse_than_an_error_on_cut_and_mutated_seeds) {
  fuzz::ReplayCutSeeds(fuzz::Statements(), 37);
  fuzz::ReplayMutatedSeeds(fuzz::Statements(), 150);
}

BOOST_AUTO_TEST_CASE(
    no_reader_of_statements_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::Statements(), fuzz::ShippedCorpora());
}

}  // namespace dfkd::statements_test
