#include "leaderboard/standings/verification.h"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/scores/fixtures.h"

namespace dfkd::verification_test {

Score Claimed() { return ReadScore(FixtureScoreFile()); }

void SetAsr(Score& score, int64_t hits) {
  auto& count = *score.counts.at("student").target;
  count.hits = hits;
  score.student->asr = static_cast<double>(hits) / static_cast<double>(count.of);
}

BOOST_AUTO_TEST_CASE(the_same_numbers_confirm_whatever_they_cost_and_whenever_they_came) {
  auto again = Claimed();
  again.cost.cpu_seconds = 1;
  again.provenance.created = "2030-01-01T00:00:00Z";
  again.media.clear();
  const auto found = Verify(Claimed(), again);
  BOOST_TEST(found.identical);
  BOOST_TEST(found.confirmed);
  BOOST_TEST(Contains(ToText(found), "confirmed: the digests are equal"));
}

BOOST_AUTO_TEST_CASE(with_other_numerics_a_number_may_be_anywhere_in_its_interval) {
  const auto claimed = Claimed();
  const auto& asr = *claimed.counts.at("student").target;  // 31 of 900: 2.4 to 4.8 %
  auto again = claimed;
  again.numerics.threads = 2;
  SetAsr(again, asr.hits + 5);
  const auto found = Verify(claimed, again);
  BOOST_TEST(!found.identical);
  BOOST_TEST(!found.same_numerics);
  BOOST_TEST(found.confirmed);
  SetAsr(again, asr.hits + 20);
  BOOST_TEST(!Verify(claimed, again).confirmed);
  BOOST_TEST(Contains(Verify(claimed, again).reason, "student ASR"));
}

BOOST_AUTO_TEST_CASE(with_equal_numerics_one_image_is_too_many) {
  const auto claimed = Claimed();
  auto again = claimed;
  SetAsr(again, claimed.counts.at("student").target->hits + 1);
  const auto found = Verify(claimed, again);
  BOOST_TEST(found.same_numerics);
  BOOST_TEST(!found.confirmed);
  BOOST_TEST(Contains(found.reason, "the same numerics"));
  BOOST_TEST(Contains(ToText(found), "not confirmed: "));
  again.numerics.deterministic = false;
  BOOST_TEST(Verify(claimed, again).confirmed);
}

BOOST_AUTO_TEST_CASE(another_end_or_a_number_that_is_missing_confirms_nothing) {
  const auto claimed = Claimed();
  auto again = claimed;
  again.numerics.threads = 2;
  again.counts.at("student").target.reset();
  BOOST_TEST(!Verify(claimed, again).confirmed);
  again.status = Status::kDiverged;
  again.reason = "the loss was not finite";
  BOOST_TEST(Verify(claimed, again).reason ==
             "it says ok, the second computation diverged: the loss was not finite");
}

BOOST_AUTO_TEST_CASE(the_floor_is_left_out_where_it_is_of_another_seed) {
  const auto claimed = Claimed();
  auto again = claimed;
  again.numerics.threads = 2;
  again.counts.at("floor").target->hits += 100;
  BOOST_TEST(!Verify(claimed, again).confirmed);
  BOOST_TEST(Verify(claimed, again, false).confirmed);
}

Score Detected(bool suspicious, double statistic) {
  auto score = Claimed();
  score.detectors["mm_bd"].teacher = DetectionScore{statistic, suspicious, 3};
  return score;
}

BOOST_AUTO_TEST_CASE(what_is_no_count_is_refused_by_its_name_where_it_is_another) {
  const auto why = [](const std::function<void(Score&)>& forge) {
    auto claimed = Claimed();
    forge(claimed);
    const auto found = Verify(claimed, Claimed());
    BOOST_TEST(found.confirmed == found.reason.empty());
    return found.reason;
  };
  const auto flag = why([](Score& score) { score.validity.push_back("not_transferred"); });
  BOOST_TEST(flag == R"(validity: ["not_transferred"] is claimed, [] came out)");
  BOOST_TEST(why([](Score& score) { score.track = "clean_subset"; }).starts_with("track: "));
  BOOST_TEST(why([](Score& score) {
               score.entries.at("defense").options["unheard_of"] = 1;
             }).starts_with("entries: "));
  BOOST_TEST(why([](Score& score) { score.teacher->gate = "ignored"; }).starts_with("teacher: "));
  BOOST_TEST(why([](Score& score) { score.detectors["mm_bd"]; }).starts_with("detectors: "));
  BOOST_TEST(why([](Score& score) {
               score.reactivation.push_back({.images = 10});
             }).starts_with("reactivation: "));
}

BOOST_AUTO_TEST_CASE(with_other_numerics_only_what_numbers_move_may_differ) {
  auto again = Detected(true, 2.5);
  again.numerics.threads = 2;
  again.student->agreement = 0.5;
  BOOST_TEST(Verify(Detected(true, 2.4), again).confirmed);
  BOOST_TEST(Verify(Detected(false, 2.4), again).reason.starts_with("detectors: "));
  again.validity = {"not_transferred"};
  BOOST_TEST(Verify(Detected(true, 2.4), again).reason.starts_with("validity: "));
}

BOOST_AUTO_TEST_CASE(what_came_back_lies_in_an_interval_as_any_number) {
  auto claimed = Claimed();
  ReactivationScore tried{.images = 10};
  tried.student.target = Count{450, 900};
  claimed.reactivation = {tried};
  auto again = claimed;
  again.numerics.threads = 2;
  again.reactivation[0].student.target->hits = 455;
  BOOST_TEST(Verify(claimed, again).confirmed);
  again.reactivation[0].student.target->hits = 800;
  BOOST_TEST(Contains(Verify(claimed, again).reason, "reactivation 10 ASR: 50.0 %"));
}

BOOST_AUTO_TEST_CASE(a_stage_of_another_key_is_named) {
  const auto claimed = Claimed();
  auto again = claimed;
  again.provenance.stages["one that only this plan has"] = std::string(64, 'b');
  BOOST_TEST(OtherStage(claimed, again) == "");
  again.provenance.stages.at("teacher") = std::string(64, 'b');
  BOOST_TEST(OtherStage(claimed, again) == "teacher");
}

}  // namespace dfkd::verification_test
