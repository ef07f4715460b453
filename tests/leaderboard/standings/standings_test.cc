#include "leaderboard/standings/standings.h"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "leaderboard/standings/headline.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::standings_test {

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

std::vector<Cell> CellsOf(const std::vector<Score>& scores) {
  std::vector<Cell> cells;
  for (const auto& score : scores) cells.push_back(score.cell);
  return cells;
}

// The standings of what is left of the toy scores, all of which were planned.
Standings Without(const std::function<bool(const Cell&)>& gone) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto planned = CellsOf(scores);
  std::erase_if(scores, [&](const Score& score) { return gone(score.cell); });
  std::vector<const Score*> left;
  for (const auto& score : scores) left.push_back(&score);
  return StandingsOf(left, planned);
}

BOOST_AUTO_TEST_CASE(who_leaves_out_his_worst_attack_has_not_finished) {
  const auto standings =
      Without([](const Cell& cell) { return cell.defense == "abd" && cell.attack == "blend_0.1"; });
  BOOST_TEST(!RowOf(standings, "abd").rank.has_value());
  BOOST_TEST(RowOf(standings, "abd").finished == 2);
  BOOST_TEST(RowOf(standings, "abd").planned == 3);
  BOOST_TEST(RowOf(standings, "sv").rank.value() == 1);
}

BOOST_AUTO_TEST_CASE(an_attack_left_out_by_all_is_missing_all_the_same) {
  const auto standings = Without([](const Cell& cell) { return cell.attack == "blend_0.1"; });
  BOOST_TEST(standings.planned == 3);
  BOOST_TEST(standings.shared == 2);
  BOOST_TEST((HeadlineOf(standings).kind == Headline::Kind::kUnfinished));
}

BOOST_AUTO_TEST_CASE(a_planned_defence_without_a_score_stands_at_the_end) {
  const auto standings = Without([](const Cell& cell) { return cell.defense == "sv"; });
  BOOST_TEST(RowOf(standings, "sv").finished == 0);
  BOOST_TEST(RowOf(standings, "sv").planned == 3);
  const auto headline = HeadlineOf(standings);
  BOOST_TEST(headline.ranked == 1);
  BOOST_TEST(headline.defenses == 3);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_defence_on_another_track) {
  auto scores = ReadScores(Fixtures() / "valid");
  auto matrix = ByMatrix(scores).at(0);
  matrix.planned = CellsOf(scores);
  std::erase_if(matrix.scores, [](const Score& score) { return score.cell.defense == "sr"; });
  for (auto& score : matrix.scores) {
    if (score.cell.defense == "sv") score.track = "clean_subset";
  }
  std::map<std::string, std::string> rows;
  for (const auto& [group, in_group] : ByGroup(matrix)) {
    for (const auto& row : StandingsOf(in_group, PlannedIn(matrix, group)).rows)
      rows[group.track] += row.defense + " ";
  }
  BOOST_TEST(rows.size() == 2U);
  BOOST_TEST(rows["clean_subset"] == "sv ");
  rows.erase("clean_subset");
  BOOST_TEST(rows.begin()->second == "abd none sr ");
}

BOOST_AUTO_TEST_CASE(cells_behind_the_gate_are_not_waited_for) {
  const auto standings =
      Without([](const Cell& cell) { return cell.attack == "sine" && cell.defense == "abd"; });
  BOOST_TEST(standings.planned == 3);
  BOOST_TEST(RowOf(standings, "abd").rank.value() == 1);
}

// One failure of each defence: the control finished all, and takes their numbers from nobody.
BOOST_AUTO_TEST_CASE(the_control_never_empties_the_ranking) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    const bool first = score.cell.attack == "badnets_grid" && score.cell.teacher_seed == 0;
    if (first && score.cell.defense != "none") score.status = Status::kTimedOut;
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(RowOf(standings, "abd").rank.has_value());
  BOOST_TEST(RowOf(standings, "sv").rank.has_value());
  BOOST_TEST(standings.shared < standings.planned);
}

BOOST_AUTO_TEST_CASE(time_is_that_of_the_device_and_never_of_two_kinds) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    score.cost.wall_seconds = 1000;
    score.cost.cpu_seconds = score.cell.defense == "abd" ? 30 : 10;
  }
  auto standings = StandingsIn(scores);
  BOOST_TEST(RowOf(standings, "abd").seconds.value() == 30);
  BOOST_TEST(RowOf(standings, "abd").relative_seconds.value() == 3);
  BOOST_TEST(RowOf(standings, "abd").device == "CPU");
  for (auto& score : scores) {
    if (score.cell.defense == "abd" && score.cell.attack == "blend_0.1")
      score.numerics.device = "cuda:0";
  }
  standings = StandingsIn(scores);
  BOOST_TEST(!RowOf(standings, "abd").seconds.has_value());
}

// --- the answer in one sentence

// abd, sv and none under one attack with these ASRs, over `teachers` teachers.
Standings Against(int64_t teachers, const std::map<std::string, std::vector<double>>& asr) {
  std::vector<Score> scores;
  for (const auto& [defense, values] : asr) {
    for (int64_t seed = 0; seed < teachers; ++seed) {
      Score score = ReadScore(FixtureScoreFile());
      score.validity.clear();
      score.cell.defense = defense;
      score.cell.teacher_seed = seed;
      score.entries["defense"].plugin = defense;
      score.student->asr = values[static_cast<size_t>(seed) % values.size()];
      scores.push_back(score);
    }
  }
  return StandingsIn(scores);
}

BOOST_AUTO_TEST_CASE(a_defence_that_is_no_better_than_none_is_never_called_best) {
  const auto worse = Against(1, {{"none", {0.333}}, {"abd", {0.667}}, {"sv", {0.667}}});
  BOOST_TEST((HeadlineOf(worse).kind == Headline::Kind::kNoneHelps));
  const auto equal = Against(1, {{"none", {0.333}}, {"abd", {0.333}}});
  BOOST_TEST((HeadlineOf(equal).kind == Headline::Kind::kNoneHelps));
}

BOOST_AUTO_TEST_CASE(those_that_share_the_first_rank_are_all_named) {
  const auto standings = Against(1, {{"none", {0.9}}, {"abd", {0.1}}, {"sv", {0.1}}});
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kBest));
  BOOST_TEST(headline.best.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_difference_inside_the_noise_is_told_as_one) {
  const std::vector<double> noise = {0.05, 0.35, 0.1, 0.3, 0.2, 0.24},
                            other = {0.3, 0.06, 0.28, 0.12, 0.26, 0.23};
  const auto standings = Against(6, {{"none", {0.9}}, {"abd", noise}, {"sv", other}});
  const auto headline = HeadlineOf(standings);
  BOOST_TEST_REQUIRE(headline.not_apart.size() == 1U);
  BOOST_TEST(headline.not_apart[0] == (headline.best[0]->defense == "abd" ? "sv" : "abd"));
}

BOOST_AUTO_TEST_CASE(with_few_teachers_nothing_is_told_apart) {
  const auto standings = Against(4, {{"none", {0.9}}, {"abd", {0.1}}, {"sv", {0.2}}});
  BOOST_TEST(HeadlineOf(standings).not_apart.size() == 2U);
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

}  // namespace dfkd::standings_test
