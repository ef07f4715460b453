// Scores that share a key of a teacher and not its bits.
#include "leaderboard/standings/twins.h"

#include <boost/test/unit_test.hpp>

#include "tests/scores/fixtures.h"

namespace dfkd::twins_test {

const char* const kTeacher = "teacher toy badnets_grid wrn-16-2 seed 0";

// From a teacher of this key with these bits.
Score From(const std::string& key, const std::string& digest, const char* label = kTeacher) {
  auto score = ReadScore(FixtureScoreFile());
  score.provenance.stages = {{label, key}};
  score.provenance.artifacts = {{label, digest}};
  return score;
}

BOOST_AUTO_TEST_CASE(a_teacher_of_two_machines_is_told_with_the_scores_that_it_divides) {
  const auto twins = FindTwins({From("k", "a"), From("k", "a"), From("k", "b"), From("l", "c")});
  BOOST_TEST_REQUIRE(twins.size() == 1U);
  BOOST_TEST(twins[0].label == kTeacher);
  BOOST_TEST(twins[0].artifacts == 2U);
  BOOST_TEST(twins[0].scores == 3U);
  BOOST_TEST(Contains(ToText(twins), std::string(kTeacher) + " (3 scores). Where rows"),
             ToText(twins));
}

BOOST_AUTO_TEST_CASE(one_teacher_for_all_and_other_keys_are_no_twins) {
  BOOST_TEST(FindTwins({From("k", "a"), From("k", "a"), From("l", "b")}).empty());
  BOOST_TEST(ToText(std::vector<TwinArtifacts>()).empty());
}

BOOST_AUTO_TEST_CASE(a_student_is_of_one_cell_and_shared_by_nobody) {
  const char* const state = "distill zskt none to round 400";
  BOOST_TEST(FindTwins({From("k", "a", state), From("k", "b", state)}).empty());
}

BOOST_AUTO_TEST_CASE(of_many_twins_three_are_named) {
  std::vector<Score> scores;
  for (const char* key : {"1", "2", "3", "4", "5"})
    for (const char* digest : {"a", "b"}) scores.push_back(From(key, digest));
  const auto twins = FindTwins(scores);
  BOOST_TEST(twins.size() == 5U);
  BOOST_TEST(Contains(ToText(twins), " and 2 more. "), ToText(twins));
}

}  // namespace dfkd::twins_test
