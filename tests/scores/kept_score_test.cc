#include "bench/scores/kept_score.h"

#include <boost/test/unit_test.hpp>

#include "bench/scores/validity.h"
#include "tests/scores/fixtures.h"

namespace dfkd::kept_score_test {

const std::string kEvaluation(64, 'a'), kState(64, 'b');

// Names its evaluation and nothing else; without costs.
Score Poor() {
  auto score = ReadScore(FixtureScoreFile());
  score.provenance.stages = {{"evaluate", kEvaluation}};
  score.provenance.artifacts = {{"evaluate", std::string(64, 'c')}};
  score.provenance.sources.clear();
  score.cost = {};
  score.media.clear();
  return score;
}

Score Rich() {
  auto score = Poor();
  score.provenance.stages["distill"] = kState;
  score.provenance.artifacts["distill"] = std::string(64, 'd');
  score.provenance.sources["defense abd"] = {std::string(64, 'e')};
  score.cost.wall_seconds = 7;
  score.numerics.device = "cuda:0";
  score.numerics.deterministic = false;
  return score;
}

Score Kept(const Score& known, Score score, const std::set<std::string>& gone = {kState}) {
  KeepWhatIsKnown(known, kEvaluation, gone, FixtureScoreFile().parent_path(), score);
  return score;
}

BOOST_AUTO_TEST_CASE(what_is_gone_is_told_by_the_score_that_knew_it) {
  const auto kept = Kept(Rich(), Poor());
  BOOST_TEST(kept.provenance.stages.at("distill") == kState);
  BOOST_TEST(kept.provenance.artifacts.at("distill") == std::string(64, 'd'));
  BOOST_TEST(kept.provenance.sources.contains("defense abd"));
  BOOST_TEST(Kept(Rich(), Poor(), {}).provenance.stages.size() == 1U);  // it is there, or unplanned
}

BOOST_AUTO_TEST_CASE(costs_that_nobody_records_come_with_the_device_and_its_flag) {
  const auto kept = Kept(Rich(), Poor());
  BOOST_TEST(kept.cost.wall_seconds.value() == 7);
  BOOST_TEST(kept.numerics.device == "cuda:0");
  BOOST_TEST(HasFlag(kept, "nondeterministic"));
  auto paid = Poor();
  paid.cost.wall_seconds = 3;
  BOOST_TEST(Kept(Rich(), paid).cost.wall_seconds.value() == 3);
  BOOST_TEST(Kept(Rich(), paid).numerics.device == "cpu");
}

BOOST_AUTO_TEST_CASE(pictures_are_kept_as_long_as_they_lie_there) {
  auto known = Rich();
  known.media = ReadScore(FixtureScoreFile()).media;
  known.media["synthetic"] = "media/gone.png";
  const auto kept = Kept(known, Poor());
  BOOST_TEST(kept.media.size() == known.media.size() - 1);
  BOOST_TEST(!kept.media.contains("synthetic"));
}

BOOST_AUTO_TEST_CASE(other_bits_or_another_evaluation_give_nothing) {
  auto other = Rich();
  other.provenance.artifacts["evaluate"] = std::string(64, 'f');
  BOOST_TEST(ToJson(Kept(other, Poor())) == ToJson(Poor()));
  other = Rich();
  other.provenance.stages["evaluate"] = std::string(64, 'f');
  BOOST_TEST(ToJson(Kept(other, Poor())) == ToJson(Poor()));
}

}  // namespace dfkd::kept_score_test
