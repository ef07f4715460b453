#include "leaderboard/standings/history.h"

#include <boost/test/unit_test.hpp>

#include "tests/leaderboard/rerun.h"

namespace dfkd::history_test {

namespace tt = boost::test_tools;

// A finished cell of ABD, computed at noon.
Score CellOn(const std::string& day, const std::string& attack, int64_t seed, double acc,
             double asr) {
  auto score = ScoreOf("abd", 0, acc, asr);
  score.cell.attack = attack;
  score.cell.teacher_seed = seed;
  score.provenance.created = day + "T12:00:00Z";
  return score;
}

FormerResult Former(const std::string& day, double acc, double asr) {
  FormerResult former;
  former.since = day + "T12:00:00Z";
  former.track = CellOn(day, "any", 0, acc, asr).track;
  former.acc = acc, former.asr = asr, former.counts = true;
  return former;
}

// Replaces what came on the day before.
Score Replaced(Score score, const std::string& day, const FormerResult& former) {
  score.former = {former};
  score.added = day + "T12:00:00Z";
  return score;
}

std::vector<EntryHistory> Histories(const std::vector<Score>& scores) {
  std::vector<const Score*> pointers;
  for (const auto& score : scores) pointers.push_back(&score);
  return HistoriesOf(pointers);
}

EntryHistory Only(const std::vector<Score>& scores) {
  const auto histories = Histories(scores);
  BOOST_TEST_REQUIRE(histories.size() == 1U);
  return histories.front();
}

const auto kTolerance = tt::tolerance(1e-12);

// By hand. On the 27th blend has two teachers: ACC (.80 + .84) / 2, ASR (.40 + .60) / 2. On the
// 28th the second teacher's cell is replaced: ACC (.80 + .86) / 2, ASR (.40 + .20) / 2. On the 29th
// sig joins with one teacher, and weighs as much as blend: ACC (.83 + .70) / 2, ASR (.30 + .90) /
// 2.
BOOST_AUTO_TEST_CASE(three_days_of_which_one_replaces_a_cell_and_one_adds_an_attack) {
  const auto history = Only({CellOn("2026-11-27", "blend", 0, 0.80, 0.40),
                             Replaced(CellOn("2026-11-28", "blend", 1, 0.86, 0.20), "2026-11-28",
                                      Former("2026-11-27", 0.84, 0.60)),
                             CellOn("2026-11-29", "sig", 0, 0.70, 0.90)});
  BOOST_TEST(history.defense == "abd");
  BOOST_TEST(history.earlier == 0);
  BOOST_TEST_REQUIRE(history.moments.size() == 3U);
  const auto &first = history.moments[0], &second = history.moments[1], &third = history.moments[2];

  BOOST_TEST(first.day == "2026-11-27");
  BOOST_TEST(first.added == 2);
  BOOST_TEST(first.replaced == 0);
  BOOST_TEST(first.cells == 2);
  BOOST_TEST(first.attacks == 1);
  BOOST_TEST(first.acc.value() == 0.82, kTolerance);
  BOOST_TEST(first.asr.value() == 0.50, kTolerance);
  BOOST_TEST(!first.acc_moved.has_value());
  BOOST_TEST(!first.asr_moved.has_value());

  BOOST_TEST(second.day == "2026-11-28");
  BOOST_TEST(second.added == 0);
  BOOST_TEST(second.replaced == 1);
  BOOST_TEST(second.cells == 2);
  BOOST_TEST(second.acc.value() == 0.83, kTolerance);
  BOOST_TEST(second.asr.value() == 0.30, kTolerance);
  BOOST_TEST(second.acc_moved.value().mean == 0.01, kTolerance);
  BOOST_TEST(second.asr_moved.value().mean == -0.20, kTolerance);
  BOOST_TEST(second.asr_moved.value().cells == 2);

  // The means move, and no cell that was there did.
  BOOST_TEST(third.day == "2026-11-29");
  BOOST_TEST(third.added == 1);
  BOOST_TEST(third.replaced == 0);
  BOOST_TEST(third.cells == 3);
  BOOST_TEST(third.attacks == 2);
  BOOST_TEST(third.fewest_teachers == 1);
  BOOST_TEST(third.most_teachers == 2);
  BOOST_TEST(third.acc.value() == 0.765, kTolerance);
  BOOST_TEST(third.asr.value() == 0.60, kTolerance);
  BOOST_TEST(third.acc_moved.value().mean == 0.0, kTolerance);
  BOOST_TEST(third.asr_moved.value().mean == 0.0, kTolerance);
  BOOST_TEST(third.asr_moved.value().cells == 2);
}

BOOST_AUTO_TEST_CASE(means_are_over_what_counts_in_the_standings_and_say_over_how_many) {
  auto clean = CellOn("2026-11-27", "sig", 0, 0.90, 0.01);
  clean.validity = {"not_transferred"};
  auto failed = CellOn("2026-11-27", "sig", 1, 0, 0);
  failed.status = Status::kDiverged, failed.reason = "the loss is not finite";
  failed.student.reset();
  // It counted once, and what replaced it says that the backdoor does not reach it.
  auto lost = Replaced(CellOn("2026-11-28", "blend", 1, 0.60, 0.10), "2026-11-28",
                       Former("2026-11-27", 0.70, 0.70));
  lost.validity = {"not_transferred"};
  const auto history = Only({CellOn("2026-11-27", "blend", 0, 0.80, 0.50), lost, clean, failed});
  BOOST_TEST_REQUIRE(history.moments.size() == 2U);
  const auto &before = history.moments[0], &after = history.moments[1];
  BOOST_TEST(before.cells == 4);
  BOOST_TEST(before.finished == 3);
  BOOST_TEST(before.counted == 2);
  BOOST_TEST(before.asr.value() == 0.60, kTolerance);
  BOOST_TEST(after.counted == 1);
  BOOST_TEST(after.asr.value() == 0.50, kTolerance);
  // Of both days only the first cell counts; the accuracies of all three are there.
  BOOST_TEST(after.asr_moved.value().cells == 1);
  BOOST_TEST(after.asr_moved.value().mean == 0.0, kTolerance);
  BOOST_TEST(after.acc_moved.value().cells == 3);
  BOOST_TEST(after.acc_moved.value().mean == -0.025, kTolerance);
}

BOOST_AUTO_TEST_CASE(a_result_counts_from_the_day_on_which_it_joined_the_others_of_its_cell) {
  // What was computed first joins last: an option went back to what it was.
  auto back = Replaced(CellOn("2026-11-01", "blend", 0, 0.80, 0.40), "2026-11-28",
                       Former("2026-11-27", 0.84, 0.60));
  const auto history = Only({back});
  BOOST_TEST_REQUIRE(history.moments.size() == 2U);
  BOOST_TEST(history.moments[1].day == "2026-11-28");
  BOOST_TEST(history.moments[1].asr.value() == 0.40, kTolerance);
}

BOOST_AUTO_TEST_CASE(a_cell_that_came_and_was_replaced_on_one_day_is_one_moment) {
  const auto history = Only({Replaced(CellOn("2026-11-27", "blend", 0, 0.80, 0.40), "2026-11-27",
                                      Former("2026-11-27", 0.84, 0.60))});
  BOOST_TEST_REQUIRE(history.moments.size() == 1U);
  BOOST_TEST(history.moments[0].added == 1);
  BOOST_TEST(history.moments[0].replaced == 1);
  BOOST_TEST(history.moments[0].asr.value() == 0.40, kTolerance);
}

BOOST_AUTO_TEST_CASE(what_was_on_another_track_stood_in_another_table) {
  auto former = Former("2026-11-27", 0.84, 0.60);
  former.track = "clean_subset";
  const auto history =
      Only({Replaced(CellOn("2026-11-28", "blend", 0, 0.80, 0.40), "2026-11-28", former)});
  BOOST_TEST_REQUIRE(history.moments.size() == 1U);
  BOOST_TEST(history.moments[0].added == 1);
  BOOST_TEST(history.moments[0].replaced == 0);
}

BOOST_AUTO_TEST_CASE(every_defence_has_a_history_of_its_own) {
  auto other = CellOn("2026-11-28", "blend", 0, 0.7, 0.3);
  other.cell.defense = "sv";
  const auto histories = Histories({CellOn("2026-11-27", "blend", 0, 0.8, 0.4), other});
  BOOST_TEST_REQUIRE(histories.size() == 2U);
  BOOST_TEST(histories[0].defense == "abd");
  BOOST_TEST(histories[1].moments.front().day == "2026-11-28");
  BOOST_TEST(Histories({}).empty());
}

BOOST_AUTO_TEST_CASE(of_very_many_days_the_newest_are_told_with_what_moved_before_the_first) {
  auto score = CellOn("2027-01-01", "blend", 0, 0.8, 0.4);
  score.added = score.provenance.created;
  for (int day = 0; day < 52; ++day) {
    const auto name = std::to_string(1970 + day) + "-01-01";
    score.former.push_back(Former(name, 0.8, 0.01 * day));
  }
  const auto history = Only({score});
  BOOST_TEST(history.moments.size() == kMostMoments);
  BOOST_TEST(history.earlier == 3);
  BOOST_TEST(history.moments.front().asr_moved.value().mean == 0.01, kTolerance);
  BOOST_TEST(history.moments.back().day == "2027-01-01");
}

}  // namespace dfkd::history_test
