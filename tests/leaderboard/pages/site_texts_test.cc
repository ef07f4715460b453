// Numbers beside scores and what an earlier site left under cut and mutated seeds.
#include "tests/fuzz/site_texts.h"

#include "tests/fuzz/replay.h"

namespace dfkd::site_texts_test {

BOOST_AUTO_TEST_CASE(every_reader_of_texts_of_a_site_has_a_fuzz_target_and_takes_its_seeds) {
  fuzz::RequireTargets(fuzz::SiteTexts(), "SiteTexts");
  fuzz::RequireSeedsAreTaken(fuzz::SiteTexts());
}

BOOST_AUTO_TEST_CASE(
    no_reader_of_texts_of_a_site_does_worse_than_an_error_on_cut_and_mutated_seeds) {
  fuzz::ReplayCutSeeds(fuzz::SiteTexts(), 37);
  fuzz::ReplayMutatedSeeds(fuzz::SiteTexts(), 150);
}

BOOST_AUTO_TEST_CASE(
    no_reader_of_texts_of_a_site_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::SiteTexts(), fuzz::ShippedCorpora());
}

// As of a list that an older site, or anybody, left in the folder.
BOOST_AUTO_TEST_CASE(a_list_removes_what_it_names_and_nothing_outside_of_the_site) {
  fuzz::ReadSiteList(
      "kept.html\n./kept.html\ncells/old.html\n../outside.html\nlink/outside.html\n");
  const auto folder = fuzz::Scratch() / "listed";
  BOOST_TEST(!std::filesystem::exists(folder / "site/cells"));
  BOOST_TEST(ReadBytes(folder / "site/kept.html") == "y");
  BOOST_TEST(ReadBytes(folder / "outside.html") == "x");
}

}  // namespace dfkd::site_texts_test
