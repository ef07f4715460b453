// Answers of a scheduler, site files and records of other nodes under cut and mutated seeds.
#include "tests/fuzz/cluster.h"
#include "tests/fuzz/replay.h"

namespace dfkd::cluster_texts_test {

BOOST_AUTO_TEST_CASE(every_reader_of_texts_of_a_cluster_has_a_fuzz_target_and_takes_its_seeds) {
  fuzz::RequireTargets(fuzz::ClusterTexts(), "ClusterTexts");
  fuzz::RequireSeedsAreTaken(fuzz::ClusterTexts());
}

BOOST_AUTO_TEST_CASE(
    no_reader_of_texts_of_a_cluster_does_worse_than_an_error_on_cut_and_mutated_seeds) {
  fuzz::ReplayCutSeeds(fuzz::ClusterTexts(), 37);
  fuzz::ReplayMutatedSeeds(fuzz::ClusterTexts(), 150);
}

BOOST_AUTO_TEST_CASE(
    no_reader_of_texts_of_a_cluster_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::ClusterTexts(), fuzz::ShippedCorpora());
}

}  // namespace dfkd::cluster_texts_test
