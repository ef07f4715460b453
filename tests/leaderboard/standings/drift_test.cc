#include "leaderboard/standings/drift.h"

#include <boost/test/unit_test.hpp>

#include "tests/scores/fixtures.h"

namespace dfkd::drift_test {

CommittedResult Result(int64_t hits, const std::string& machine) {
  CommittedResult result{ReadScore(FixtureScoreFile()), "", machine, Verified::kValid, ""};
  result.score.counts["student"].target = Count{hits, 900};
  result.score.student->asr = static_cast<double>(hits) / 900;
  return result;
}

std::string Why(const CommittedResult& before, const CommittedResult& after,
                const std::vector<const Score*>& siblings = {}) {
  return WhyOther(before, after, siblings).value_or("");
}

BOOST_AUTO_TEST_SUITE(drift)

BOOST_AUTO_TEST_CASE(the_same_numbers_are_the_same_result_whatever_it_cost) {
  auto again = Result(31, "two");
  again.score.cost.wall_seconds = 1;
  again.score.provenance.commit = "another";
  again.score.provenance.stages.clear();
  BOOST_TEST(Why(Result(31, "one"), again) == "");
}

BOOST_AUTO_TEST_CASE(on_equal_machines_one_image_is_a_difference) {
  BOOST_TEST(Why(Result(31, "one"), Result(32, "one")) == "ASR 3.44 % became 3.56 %");
}

BOOST_AUTO_TEST_CASE(on_other_machines_a_result_may_move_inside_its_interval) {
  BOOST_TEST(Why(Result(31, "one"), Result(40, "two")) == "");
  BOOST_TEST(Why(Result(31, ""), Result(40, "")) == "");
  BOOST_TEST(Contains(Why(Result(31, "one"), Result(300, "two")), "outside the interval"));
}

BOOST_AUTO_TEST_CASE(seeds_say_how_far_a_result_moves) {
  const auto a = Result(31, ""), b = Result(320, ""), c = Result(170, "");
  BOOST_TEST(Why(a, Result(300, ""), {&a.score, &b.score, &c.score}) == "");
  BOOST_TEST(Why(a, Result(300, ""), {&a.score, &b.score}) != "");
}

BOOST_AUTO_TEST_CASE(another_status_is_another_result) {
  auto after = Result(31, "one");
  after.score.status = Status::kDiverged;
  after.score.reason = "not finite";
  BOOST_TEST(Why(Result(31, "one"), after) == "ok became diverged: not finite");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::drift_test
