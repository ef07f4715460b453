#include "leaderboard/standings/standings.h"

#include <boost/test/unit_test.hpp>

#include "tests/leaderboard/toy.h"

namespace dfkd {
namespace {

BOOST_AUTO_TEST_CASE(defences_are_ranked_by_their_worst_attack) {
  const auto standings = ToyStandings();
  BOOST_TEST(standings.shared == 3);
  BOOST_TEST_REQUIRE(standings.rows.size() == 4u);
  BOOST_TEST(standings.rows[0].defense == "abd");
  BOOST_TEST(standings.rows[0].rank.value() == 1);
  BOOST_TEST(standings.rows[0].worst.value() == 203 / 900.0);
  BOOST_TEST(standings.rows[0].worst_attack == "blend_0.1");
  BOOST_TEST(standings.rows[2].defense == "none");
  BOOST_TEST(!standings.rows[2].rank.has_value());
  BOOST_TEST(standings.rows[2].der.value() == 0.5);
}

BOOST_AUTO_TEST_CASE(a_collapsed_student_has_no_rank) {
  const auto standings = StandingsIn(ToyCollapsed());
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(abd.collapsed == 1);
  BOOST_TEST(!abd.rank.has_value());
  BOOST_TEST(abd.worst.value() == 203 / 900.0);  // shown, but not ranked
  BOOST_TEST(standings.rows[0].defense == "sv");
  BOOST_TEST(standings.rows[0].rank.value() == 1);
}

BOOST_AUTO_TEST_CASE(means_leave_out_attacks_that_do_not_transfer_and_the_worst_case_does_not) {
  const auto before = ToyStandings();
  const auto standings = StandingsIn(ToyWithoutTransferOfBlend());
  BOOST_TEST(standings.shared == 3);
  BOOST_TEST(standings.transferred == 2);
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(abd.asr->count == 2);
  BOOST_TEST(abd.asr->mean < RowOf(before, "abd").asr->mean);
  BOOST_TEST(abd.der.value() > RowOf(before, "abd").der.value());
  BOOST_TEST(abd.acc->count == 3);
  BOOST_TEST(abd.worst.value() == 203 / 900.0);
  BOOST_TEST(abd.worst_attack == "blend_0.1");
}

BOOST_AUTO_TEST_CASE(means_leave_out_attacks_whose_gate_was_ignored_as_comparisons_do) {
  const auto standings = StandingsIn(ToyFlagged(
      "attack_ineffective", [](const Cell& cell) { return cell.attack == "blend_0.1"; }));
  BOOST_TEST(standings.shared == 3);
  BOOST_TEST(standings.transferred == 2);
  BOOST_TEST(RowOf(standings, "abd").asr->count == 2);
}

BOOST_AUTO_TEST_CASE(if_no_attack_transfers_the_means_are_missing) {
  const auto standings = StandingsIn(ToyWithoutTransfer());
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(!abd.asr.has_value());
  BOOST_TEST(!abd.der.has_value());
  BOOST_TEST(abd.worst.value() == 203 / 900.0);
  BOOST_TEST(abd.rank.value() == 1);
}

BOOST_AUTO_TEST_CASE(who_did_not_finish_has_no_numbers_and_hides_no_attack_for_the_others) {
  const auto standings = ToyStandings();
  BOOST_TEST(standings.rows[3].defense == "sr");  // diverged under blend_0.1
  BOOST_TEST(!standings.rows[3].asr.has_value());
  BOOST_TEST(standings.rows[3].finished == 2);
  BOOST_TEST(standings.rows[3].planned == 3);
}

BOOST_AUTO_TEST_CASE(if_nobody_finished_all_the_shared_cells_are_compared) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.attack == "blend_0.1") score.status = Status::kTimedOut;
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(standings.shared == 2);
  BOOST_TEST(standings.planned == 3);
  BOOST_TEST(standings.rows[2].defense == "sr");
  BOOST_TEST(standings.rows[2].rank.value() == 3);
}

BOOST_AUTO_TEST_CASE(equal_to_the_printed_digit_shares_a_rank) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.defense == "sv" && score.student && score.student->asr) {
      score.student->asr = *score.student->asr * 0 + 0.04166;
    }
    if (score.cell.defense == "abd" && score.student && score.student->asr) {
      score.student->asr = *score.student->asr * 0 + 0.04170;
    }
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(standings.rows[0].rank.value() == 1);
  BOOST_TEST(standings.rows[1].rank.value() == 1);
  BOOST_TEST(!standings.rows[2].rank.has_value());  // the control
}

}  // namespace
}  // namespace dfkd
