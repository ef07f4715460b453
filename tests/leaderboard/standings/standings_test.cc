#include "leaderboard/standings/standings.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>

#include "leaderboard/standings/headline.h"
#include "tests/leaderboard/standings/by_teacher.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::standings_test {

namespace tt = boost::test_tools;

BOOST_AUTO_TEST_CASE(defences_stand_by_their_mean_with_the_worst_attack_beside_it) {
  const auto standings = ToyStandings();
  BOOST_TEST(standings.shared == 3);
  BOOST_TEST_REQUIRE(standings.rows.size() == 4u);
  const auto& abd = standings.rows[0];
  BOOST_TEST(abd.defense == "abd");
  BOOST_TEST(abd.asr->mean == ((31 + 44) / 2.0 + 203) / 2 / 900, tt::tolerance(1e-9));
  BOOST_TEST(abd.worst.value() == 203 / 900.0);
  BOOST_TEST(abd.worst_attack == "blend_0.1");
  BOOST_TEST(standings.rows[2].defense == "none");
  BOOST_TEST(standings.rows[2].der->mean == 0.5);
}

BOOST_AUTO_TEST_CASE(with_two_teacher_seeds_nobody_has_a_rank_or_an_interval) {
  const auto standings = ToyStandings();
  for (const auto& row : standings.rows) {
    BOOST_TEST(!row.rank.has_value());
    BOOST_TEST(!row.best_probability.has_value());
    if (row.asr) BOOST_TEST(!row.asr->interval.has_value());
  }
  BOOST_TEST(!standings.resolution.has_value());
  BOOST_TEST((HeadlineOf(standings).kind == Headline::Kind::kFewTeachers));
  BOOST_TEST(HeadlineOf(standings).best.at(0)->defense == "abd");
}

BOOST_AUTO_TEST_CASE(a_row_is_as_verified_as_all_of_its_results) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    const auto& cell = score.cell;
    score.verified = "valid";
    if (cell.defense == "abd" && cell.teacher_seed == 1) score.verified = "rerun";
    if (cell.defense == "none") score.verified = "elsewhere";
    if (cell.defense == "sv" && cell.attack == "none") score.verified = "";  // never submitted
    if (cell.defense == "sr" && cell.attack == "none") score.verified = "claimed";
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(RowOf(standings, "abd").verified.value() == 2);
  BOOST_TEST(RowOf(standings, "none").verified.value() == 4);
  BOOST_TEST(RowOf(standings, "sr").verified.value() == 0);
  BOOST_TEST(!RowOf(standings, "sv").verified.has_value());
  const auto json = ToJson(standings);
  BOOST_TEST(json.at("rows").at(0).at("defense") == "abd");
  BOOST_TEST(json.at("rows").at(0).at("verified") == 2);
}

BOOST_AUTO_TEST_CASE(a_collapsed_student_has_no_rank) {
  const auto standings = StandingsIn(ToyCollapsed());
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(abd.collapsed == 1);
  BOOST_TEST(abd.worst.value() == 203 / 900.0);  // shown, but not ranked
  BOOST_TEST(standings.rows[0].defense == "sv");
  BOOST_TEST(HeadlineOf(standings).best.at(0)->defense == "sv");
}

BOOST_AUTO_TEST_CASE(means_leave_out_attacks_that_do_not_transfer_and_the_worst_case_does_not) {
  const auto before = ToyStandings();
  const auto standings = StandingsIn(ToyWithoutTransferOfBlend());
  BOOST_TEST(standings.shared == 3);
  BOOST_TEST(standings.counted == 2);
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(abd.asr->cells == 2);
  BOOST_TEST(abd.asr->mean < RowOf(before, "abd").asr->mean);
  BOOST_TEST(abd.der->mean > RowOf(before, "abd").der->mean);
  BOOST_TEST(abd.acc->cells == 3);
  BOOST_TEST(abd.worst.value() == 203 / 900.0);
  BOOST_TEST(abd.worst_attack == "blend_0.1");
}

BOOST_AUTO_TEST_CASE(means_leave_out_attacks_whose_gate_was_ignored_as_comparisons_do) {
  const auto standings = StandingsIn(ToyFlagged(
      "attack_ineffective", [](const Cell& cell) { return cell.attack == "blend_0.1"; }));
  BOOST_TEST(standings.shared == 3);
  BOOST_TEST(standings.counted == 2);
  BOOST_TEST(RowOf(standings, "abd").asr->cells == 2);
}

BOOST_AUTO_TEST_CASE(if_no_attack_transfers_the_means_are_missing_and_nobody_is_best) {
  const auto standings = StandingsIn(ToyWithoutTransfer());
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(!abd.asr.has_value());
  BOOST_TEST(!abd.der.has_value());
  BOOST_TEST(abd.worst.value() == 203 / 900.0);
  BOOST_TEST((HeadlineOf(standings).kind == Headline::Kind::kNone));
}

BOOST_AUTO_TEST_CASE(who_finished_two_thirds_has_no_numbers_and_hides_no_attack_for_the_others) {
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
  BOOST_TEST(standings.rows[2].cells == 2);
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
  BOOST_TEST(RowOf(standings, "abd").cells == 0);
  BOOST_TEST(RowOf(standings, "abd").finished == 2);
  BOOST_TEST(RowOf(standings, "abd").planned == 3);
  BOOST_TEST(standings.rows[0].defense == "sv");
}

BOOST_AUTO_TEST_CASE(an_attack_left_out_by_all_is_missing_all_the_same) {
  const auto standings = Without([](const Cell& cell) { return cell.attack == "blend_0.1"; });
  BOOST_TEST(standings.planned == 3);
  BOOST_TEST(standings.shared == 2);
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kFewTeachers));
  BOOST_TEST(headline.best.at(0)->defense == "abd");
  BOOST_TEST(headline.so_far);
  BOOST_TEST(headline.most == 2);
}

BOOST_AUTO_TEST_CASE(a_planned_defence_without_a_score_stands_at_the_end) {
  const auto standings = Without([](const Cell& cell) { return cell.defense == "sv"; });
  BOOST_TEST(RowOf(standings, "sv").finished == 0);
  BOOST_TEST(RowOf(standings, "sv").planned == 3);
  const auto headline = HeadlineOf(standings);
  BOOST_TEST(headline.best.at(0)->defense == "abd");
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
  BOOST_TEST(RowOf(standings, "abd").cells == 3);
}

// One failure of each defence: the control finished all, and takes their numbers from nobody.
BOOST_AUTO_TEST_CASE(the_control_never_empties_the_ranking) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    const bool first = score.cell.attack == "badnets_grid" && score.cell.teacher_seed == 0;
    if (first && score.cell.defense != "none") score.status = Status::kTimedOut;
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(RowOf(standings, "abd").cells == 2);
  BOOST_TEST(RowOf(standings, "sv").cells == 2);
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

BOOST_AUTO_TEST_CASE(a_cost_says_over_how_many_of_the_cells_it_is) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    score.cost.wall_seconds = 1000;
    score.cost.cpu_seconds = score.cell.defense == "abd" ? 30 : 10;
    if (score.cell.defense != "abd" || score.cell.attack != "blend_0.1") continue;
    score.cost.cpu_seconds.reset();
    score.cost.wall_seconds.reset();
  }
  const auto standings = StandingsIn(scores);
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(abd.cells == 3);
  BOOST_TEST(abd.cost_cells == 2);
  BOOST_TEST(abd.relative_cells == 2);
  BOOST_TEST(abd.seconds.value() == 30);
  BOOST_TEST(!abd.wall_seconds.has_value());
  BOOST_TEST(RowOf(standings, "none").cost_cells == 3);
  BOOST_TEST(RowOf(standings, "none").wall_seconds.value() == 1000);
}

// --- with enough teachers

const AsrByDefense kClear = {{"none", {0.90, 0.91, 0.92, 0.90, 0.91}},
                             {"abd", {0.10, 0.11, 0.12, 0.10, 0.11}},
                             {"sv", {0.40, 0.41, 0.42, 0.40, 0.42}}};

BOOST_AUTO_TEST_CASE(clear_differences_are_ranked_with_all_that_is_known_of_them) {
  const auto standings = StandingsIn(ScoresUnder({"badnets_grid", "blend_0.1"}, kClear));
  const auto& abd = RowOf(standings, "abd");
  BOOST_TEST(abd.rank.value() == 1);
  BOOST_TEST(RowOf(standings, "sv").rank.value() == 2);
  BOOST_TEST(abd.rank_interval->high == 1);
  BOOST_TEST(abd.best_probability.value() > 0.99);
  BOOST_TEST(abd.unseen_rank->high == 1);
  BOOST_TEST(standings.unseen_probability == 1.0 / 3, tt::tolerance(1e-9));
  BOOST_TEST(standings.split_half.value() == 1.0);
  BOOST_TEST(abd.above_floor->mean == abd.asr->mean - 0.05, tt::tolerance(1e-9));
  BOOST_TEST(abd.transfer->mean == abd.asr->mean, tt::tolerance(1e-9));
  BOOST_TEST((abd.asr->interval->low > 0.09 && abd.asr->interval->high < 0.12));
  BOOST_TEST((abd.worst_interval->low <= *abd.worst && *abd.worst <= abd.worst_interval->high));
  BOOST_TEST(abd.on_front.value());
  BOOST_TEST(!RowOf(standings, "sv").on_front.value());   // as dear as abd, and worse
  BOOST_TEST(RowOf(standings, "none").on_front.value());  // the cheapest
  BOOST_TEST((standings.resolution.value() > 0 && standings.resolution.value() < 0.05));
  BOOST_TEST(ProvenLower(standings, "abd", "none"));
  BOOST_TEST(!ProvenLower(standings, "none", "abd"));
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kBest));
  BOOST_TEST(headline.unproven.empty());
}

// The rank is by the mean, which is what the interval is of: not by one bad attack.
BOOST_AUTO_TEST_CASE(a_defence_with_the_lower_mean_and_the_worse_worst_case_is_first) {
  auto scores = ScoresUnder({"a", "b", "c"}, kClear);
  for (auto& score : scores) {
    if (score.cell.defense == "abd" && score.cell.attack == "c") *score.student->asr += 0.4;
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(*RowOf(standings, "abd").worst > *RowOf(standings, "sv").worst);
  BOOST_TEST(RowOf(standings, "abd").rank.value() == 1);
  BOOST_TEST(RowOf(standings, "sv").rank.value() == 2);
  BOOST_TEST(RowOf(standings, "abd").unseen_rank->high == 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_told_apart_shares_a_rank) {
  const auto standings = StandingsIn(ScoresUnder({"a"}, {{"none", {0.9, 0.92, 0.91, 0.9}},
                                                         {"abd", {0.05, 0.35, 0.1, 0.3}},
                                                         {"sv", {0.3, 0.06, 0.28, 0.2}}}));
  BOOST_TEST(RowOf(standings, "abd").rank.value() == 1);
  BOOST_TEST(RowOf(standings, "sv").rank.value() == 1);
  BOOST_TEST(RowOf(standings, "sv").rank_interval->high == 2);
  BOOST_TEST(HeadlineOf(standings).best.size() == 2U);
}

BOOST_AUTO_TEST_CASE(one_failed_cell_of_many_costs_no_numbers_and_is_ranked_apart) {
  auto scores = ScoresUnder({"a", "b", "c"}, kClear);
  for (auto& score : scores) {
    if (score.cell.defense != "sv" || score.cell.attack != "b" || score.cell.teacher_seed != 2)
      continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  const auto standings = StandingsIn(scores);
  const auto& sv = RowOf(standings, "sv");
  BOOST_TEST(sv.cells == 14);
  BOOST_TEST(sv.planned == 15);
  BOOST_TEST(sv.asr.has_value());
  BOOST_TEST(!sv.rank.has_value());
  BOOST_TEST(sv.rank_apart.value() == 2);  // behind abd, over the 14
  BOOST_TEST(RowOf(standings, "abd").cells == 15);
  BOOST_TEST(RowOf(standings, "abd").rank.value() == 1);
  for (const auto& pair : standings.pairs) {
    const bool with_sv = standings.entrants[pair.a] == "sv" || standings.entrants[pair.b] == "sv";
    BOOST_TEST(pair.difference->cells == (with_sv ? 14 : 15));
  }
}

BOOST_AUTO_TEST_CASE(an_attack_with_two_teachers_behind_the_gate_is_left_out_and_named) {
  auto scores = ScoresUnder({"a", "b"}, kClear);
  for (auto& score : scores) {
    if (score.cell.attack != "b" || score.cell.teacher_seed < 2) continue;
    score.status = Status::kAttackFailed, score.reason = "gate";
    score.student.reset();
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST_REQUIRE(standings.thin.size() == 1U);
  BOOST_TEST(standings.thin[0] == "b");
  BOOST_TEST(standings.shared == 5);
  BOOST_TEST(standings.planned == 5);
  BOOST_TEST(RowOf(standings, "abd").rank.value() == 1);
}

BOOST_AUTO_TEST_CASE(equal_scores_give_equal_standings) {
  const auto scores = ScoresUnder({"a", "b"}, kClear);
  auto reversed = scores;
  std::reverse(reversed.begin(), reversed.end());
  const auto once = StandingsIn(scores), again = StandingsIn(reversed);
  for (size_t i = 0; i < once.rows.size(); ++i) {
    BOOST_TEST(once.rows[i].defense == again.rows[i].defense);
    BOOST_TEST(once.rows[i].asr->interval->low == again.rows[i].asr->interval->low);
    BOOST_TEST((once.rows[i].best_probability == again.rows[i].best_probability));
    BOOST_TEST((once.rows[i].front_probability == again.rows[i].front_probability));
  }
}

BOOST_AUTO_TEST_CASE(all_that_is_known_is_written_as_json) {
  const auto standings = StandingsIn(ScoresUnder({"a", "b"}, kClear));
  const Json json = ToJson(standings);
  const auto& first = json.at("rows").at(0);
  BOOST_TEST(first.at("defense") == "abd");
  BOOST_TEST(first.at("rank") == 1);
  BOOST_TEST((first.at("rank_interval") == Json::array({1, 1})));
  BOOST_TEST(first.at("asr").at("interval").size() == 2U);
  BOOST_TEST(first.at("worst").at("interval").size() == 2U);
  BOOST_TEST(json.at("pairs").size() == 3U);
  BOOST_TEST(json.at("pairs").at(0).at("holm").get<double>() > 0);
  const Json few = ToJson(ToyStandings());
  BOOST_TEST(few.at("rows").at(0).at("rank").is_null());
  BOOST_TEST(few.at("resolution").is_null());
}

// --- the answer in one sentence

BOOST_AUTO_TEST_CASE(a_defence_that_is_not_proven_better_than_none_is_never_called_best) {
  const auto worse = StandingsIn(ScoresUnder(
      {"a"},
      {{"none", {0.30, 0.33, 0.31}}, {"abd", {0.66, 0.67, 0.65}}, {"sv", {0.67, 0.66, 0.65}}}));
  BOOST_TEST((HeadlineOf(worse).kind == Headline::Kind::kNoneHelps));
  const auto noise =
      StandingsIn(ScoresUnder({"a"}, {{"none", {0.30, 0.50, 0.31}}, {"abd", {0.40, 0.20, 0.35}}}));
  BOOST_TEST((HeadlineOf(noise).kind == Headline::Kind::kNoneHelps));
}

BOOST_AUTO_TEST_CASE(a_tied_defence_that_is_not_proven_better_than_none_is_named) {
  const auto standings = StandingsIn(ScoresUnder({"a"}, {{"none", {0.90, 0.91, 0.92, 0.91}},
                                                         {"abd", {0.10, 0.11, 0.12, 0.10}},
                                                         {"sv", {0.05, 0.95, 0.30, 0.90}}}));
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kBest));
  BOOST_TEST(headline.best.size() == 2U);
  BOOST_TEST_REQUIRE(headline.unproven.size() == 1U);
  BOOST_TEST(headline.unproven[0] == "sv");
}

// abd has the lowest mean and proves nothing; sv has a higher one, and proves it.
BOOST_AUTO_TEST_CASE(where_any_defence_is_proven_better_than_none_it_is_not_said_that_none_helps) {
  const AsrByDefense uneven = {{"none", {0.50, 0.51, 0.50, 0.51}},
                               {"abd", {0.02, 0.68, 0.05, 0.65}}};
  auto both = uneven;
  both["sv"] = {0.40, 0.41, 0.40, 0.41};
  const auto standings = StandingsIn(ScoresUnder({"a"}, both));
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kBest));
  BOOST_TEST(headline.best.at(0)->defense == "abd");
  BOOST_TEST_REQUIRE(headline.unproven.size() == 1U);
  BOOST_TEST(headline.unproven[0] == "abd");
  BOOST_TEST_REQUIRE(headline.proven.size() == 1U);
  BOOST_TEST(headline.proven[0] == "sv");
  const auto alone = StandingsIn(ScoresUnder({"a"}, uneven));
  BOOST_TEST((HeadlineOf(alone).kind == Headline::Kind::kNoneHelps));
}

// Of kClear, without what a defence scored for the last teacher seed of an attack.
Standings WithoutLast(const std::vector<std::string>& defenses) {
  auto scores = ScoresUnder({"a", "b", "c"}, kClear);
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.attack != "b" || cell.teacher_seed != 4) continue;
    if (std::find(defenses.begin(), defenses.end(), cell.defense) == defenses.end()) continue;
    score.status = Status::kTimedOut, score.reason = "the stage ran longer than 3600 s";
    score.student.reset();
  }
  return StandingsIn(std::move(scores));
}

BOOST_AUTO_TEST_CASE(one_cell_that_every_defence_misses_empties_no_answer) {
  const auto standings = WithoutLast({"abd", "sv"});
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kBest));
  BOOST_TEST_REQUIRE(headline.best.size() == 1U);
  BOOST_TEST(headline.best[0]->defense == "abd");
  BOOST_TEST(headline.unproven.empty());
  BOOST_TEST(headline.so_far);
  BOOST_TEST(headline.most == 14);
  BOOST_TEST(headline.same_cells);
  const auto finished = WithoutLast({"sv"});
  BOOST_TEST(!HeadlineOf(finished).so_far);
}

BOOST_AUTO_TEST_CASE(a_control_that_misses_a_cell_is_compared_over_the_cells_of_both) {
  const auto standings = WithoutLast({"none"});
  const auto headline = HeadlineOf(standings);
  BOOST_TEST(headline.cells == 14);
  BOOST_TEST(!headline.same_cells);
  // The seeds of each attack differ by 0.8, whichever is missing.
  BOOST_TEST(headline.difference == -0.8, tt::tolerance(1e-9));
  BOOST_TEST(RowOf(standings, "abd").der->cells == 14);
  const auto complete = WithoutLast({});
  BOOST_TEST(HeadlineOf(complete).same_cells);
  BOOST_TEST(HeadlineOf(complete).cells == 15);
}

BOOST_AUTO_TEST_CASE(without_a_control_the_first_is_compared_with_nobody) {
  auto rest = kClear;
  rest.erase("none");
  const auto standings = StandingsIn(ScoresUnder({"a"}, rest));
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.kind == Headline::Kind::kBest));
  BOOST_TEST((headline.control == nullptr));
  BOOST_TEST(headline.proven.empty());
}

}  // namespace dfkd::standings_test
