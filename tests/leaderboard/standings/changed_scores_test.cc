// Scores that do not stand for the code they name.
#include "leaderboard/standings/changed_scores.h"

#include <boost/test/unit_test.hpp>

#include "tests/scores/fixtures.h"

namespace dfkd::changed_scores_test {

const std::string kOld(64, 'a'), kNew(64, 'b');
const char* const kVaccine = "defense shuffling_vaccine";  // a part of abd

Score By(const std::vector<std::string>& hashes) {
  auto score = ReadScore(FixtureScoreFile());
  score.entries.at("defense").parts = {{.plugin = "shuffling_vaccine", .revision = 2}};
  score.provenance.sources[kVaccine] = hashes;
  return score;
}

CurrentSources Now(int64_t revision) {
  return {{kVaccine, {.revision = revision, .sha256 = kNew, .folder = ""}}};
}

BOOST_AUTO_TEST_CASE(scores_of_other_code_of_the_same_revision_are_outdated) {
  const auto changed = FindChangedScores({By({kOld}), By({kOld})}, Now(2));
  BOOST_TEST_REQUIRE(changed.size() == 1U);
  BOOST_TEST(changed[0].outdated == 2U);
  BOOST_TEST(Contains(ToText(changed[0]), "shuffling_vaccine, revision 2: 2 of 2 scores"));
}

BOOST_AUTO_TEST_CASE(an_older_revision_is_known_to_differ) {
  BOOST_TEST(FindChangedScores({By({kOld})}, Now(3)).empty());
}

BOOST_AUTO_TEST_CASE(scores_of_one_revision_from_two_codes_are_mixed_whatever_is_current) {
  for (const auto& scores : {std::vector{By({kOld}), By({kNew})}, std::vector{By({kOld, kNew})}}) {
    const auto changed = FindChangedScores(scores, {});
    BOOST_TEST_REQUIRE(changed.size() == 1U);
    BOOST_TEST(changed[0].sources == 2U);
    BOOST_TEST(changed[0].outdated == 0U);
    BOOST_TEST(Contains(ToText(changed[0]), "from 2 versions of its code"));
  }
}

BOOST_AUTO_TEST_CASE(current_scores_and_scores_that_do_not_say_are_silent) {
  BOOST_TEST(FindChangedScores({By({kNew}), ReadScore(FixtureScoreFile())}, Now(2)).empty());
}

BOOST_AUTO_TEST_CASE(what_todays_code_has_computed_with_the_same_numbers_stands_for_it) {
  auto confirmed = By({kOld});
  confirmed.confirmed[kVaccine] = kNew;
  BOOST_TEST(FindChangedScores({confirmed, By({kNew})}, Now(2)).empty());
  confirmed.confirmed[kVaccine] = std::string(64, 'c');  // which is not today's any more
  BOOST_TEST(FindChangedScores({confirmed}, Now(2)).size() == 1U);
}

}  // namespace dfkd::changed_scores_test
