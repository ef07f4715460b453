// What a comparison says of a table: over which cells, tested with whom, and with which marks.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/standings.h"
#include "tests/leaderboard/standings/unwrapped.h"
#include "tests/scores/fixtures.h"

namespace dfkd::compare_tables_test {

namespace tt = boost::test_tools;

// Two attacks, five teacher seeds: abd far below none, sv in between.
std::vector<Score> Board() {
  std::vector<Score> scores;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    const auto& cell = score.cell;
    if (cell.teacher_seed != 0 || cell.defense == "sr") continue;
    if (cell.attack != "badnets_grid" && cell.attack != "blend_0.1") continue;
    const double asr = cell.defense == "none" ? 0.9 : cell.defense == "sv" ? 0.5 : 0.1;
    for (int64_t seed = 0; seed < 5; ++seed) {
      score.validity.clear();
      score.cell.teacher_seed = seed;
      score.student->asr = asr + 0.01 * static_cast<double>((seed * 7 + score.cell.defense[0]) % 3);
      scores.push_back(score);
    }
  }
  return scores;
}

// The same with a second distiller on another track, where abd is as good as nothing.
std::vector<Score> TwoTables() {
  auto scores = Board();
  for (auto score : Board()) {
    score.cell.distiller = "ood_kd", score.track = "out_of_distribution";
    if (score.cell.defense == "abd") *score.student->asr += 0.8;
    scores.push_back(score);
  }
  return scores;
}

std::vector<Score> OfZskt(std::vector<Score> scores) {
  std::erase_if(scores, [](const Score& score) { return score.cell.distiller != "zskt"; });
  return scores;
}

BOOST_AUTO_TEST_CASE(each_distiller_has_its_own_overall_and_what_is_pooled_is_not_tested) {
  const auto comparison = CompareDefenses(TwoTables(), "abd", "none");
  BOOST_TEST_REQUIRE(comparison.tables.size() == 2U);
  const auto alone = CompareDefenses(OfZskt(TwoTables()), "abd", "none");
  BOOST_TEST_REQUIRE(alone.tables.size() == 1U);
  const auto& zskt = comparison.tables[1];
  BOOST_TEST(zskt.where.distiller == "zskt");
  BOOST_TEST(*zskt.asr->holm == *alone.asr->holm, tt::tolerance(1e-12));
  BOOST_TEST(zskt.asr->difference.mean == alone.asr->difference.mean, tt::tolerance(1e-12));
  BOOST_TEST(zskt.pairs_of_table == alone.pairs_of_table);
  BOOST_TEST(*comparison.strata[1].asr->holm == *alone.strata[0].asr->holm, tt::tolerance(1e-12));
  BOOST_TEST(!comparison.asr->p.has_value());
  BOOST_TEST(!comparison.asr->holm.has_value());
  BOOST_TEST(comparison.asr->difference.strata == 4);
  BOOST_TEST(ProvenBetter(comparison, *comparison.asr, true) == "");
  const auto text = ToText(comparison);
  const auto heading = text.find("\n\nzskt\nbadnets_grid ");
  BOOST_TEST_REQUIRE(heading != text.npos, text);
  BOOST_TEST(text.find("\noverall ", heading) < text.find("\npooled ", heading), text);
  BOOST_TEST(text.find("\n\nood_kd\nbadnets_grid ") < heading, text);
  BOOST_TEST(Contains(text, "\nood_kd: ACC "), text);
  BOOST_TEST(Contains(text, "what is pooled over them is not tested"), text);
  BOOST_TEST(!Contains(ToText(alone), "pooled"));
}

BOOST_AUTO_TEST_CASE(files_of_several_tables_have_a_line_of_each) {
  const auto comparison = CompareDefenses(TwoTables(), "abd", "none");
  const Json json = ToJson(comparison);
  BOOST_TEST(json.at("tables").size() == 2U);
  BOOST_TEST(json.at("tables").at(1).at("distiller") == "zskt");
  BOOST_TEST(json.at("tables").at(1).at("asr").at("better") == "abd");
  BOOST_TEST(json.at("tables").at(0).at("tracks").at("a").at(0) == "out_of_distribution");
  BOOST_TEST(json.at("asr").at("holm").is_null());
  const auto csv = ToCsv(comparison);
  BOOST_TEST(Contains(csv, "\"toy\",\"overall\",\"wrn-16-2\",\"wrn-16-1\",\"zskt\","), csv);
  BOOST_TEST(std::count(csv.begin(), csv.end(), '\n') == 1 + 4 + 2 + 1);
  const Json one = ToJson(CompareDefenses(Board(), "abd", "none"));
  BOOST_TEST((one.at("asr") == one.at("tables").at(0).at("asr")));
}

// A student that says one class to everything has a low ASR.
std::vector<Score> Collapsed() {
  auto scores = Board();
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.defense == "abd" && cell.attack == "blend_0.1" && cell.teacher_seed == 1)
      score.validity = {"utility_collapse"};
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(who_is_lower_by_a_collapse_is_called_better_nowhere) {
  const auto comparison = CompareDefenses(Collapsed(), "abd", "none");
  BOOST_TEST(*comparison.asr->holm < 0.05);
  BOOST_TEST(ProvenBetter(comparison, *comparison.asr, true) == "");
  // Where nothing collapsed the attack is won.
  BOOST_TEST(ProvenBetter(comparison, *comparison.strata[0].asr, true) == "abd");
  BOOST_TEST(ProvenBetter(comparison, *comparison.strata[1].asr, true) == "");
  const auto text = ToText(comparison), csv = ToCsv(comparison);
  BOOST_TEST(Contains(text, "(A, collapsed)"), text);  // with names it would be too wide
  BOOST_TEST(Contains(text, "abd collapsed in 1 cell under an attack: a low ASR there is no"));
  BOOST_TEST(Contains(csv, ",in_overall,collapsed_a,collapsed_b\n"), csv);
  BOOST_TEST(csv.ends_with(",0,true,1,0\n"), csv);
  const Json json = ToJson(comparison);
  BOOST_TEST(json.at("asr").at("better").is_null());
  BOOST_TEST(json.at("asr").at("collapsed").at("a") == 1);
  BOOST_TEST(json.at("strata").at(0).at("asr").at("better") == "abd");
}

BOOST_AUTO_TEST_CASE(pairs_of_attacks_with_too_few_teachers_are_among_those_left_out) {
  auto scores = Board();
  for (auto& score : scores) {
    if (score.cell.attack == "badnets_grid" && score.cell.teacher_seed == 4)
      score.validity = {"not_transferred"};
  }
  std::erase_if(scores, [](const Score& score) {
    return score.cell.attack == "blend_0.1" && score.cell.teacher_seed > 1;
  });
  const auto text = Unwrapped(ToText(CompareDefenses(scores, "abd", "none")));
  BOOST_TEST(Contains(text,
                      "3 of 7 pairs are not in the overall ASR: of 1 the attack fails or does not "
                      "transfer, of 2 fewer than 3 teacher seeds of the attack are shared\n"),
             text);
}

BOOST_AUTO_TEST_CASE(time_in_relation_is_the_mean_of_the_ratios_as_in_the_standings) {
  auto scores = Board();
  for (auto& score : scores) {
    const bool slow = score.cell.attack == "blend_0.1", abd = score.cell.defense == "abd";
    score.cost.cpu_seconds = (slow ? 1000 : 10) * (abd ? (slow ? 1 : 4) : 1);
  }
  const auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.costs.at(0).times.value() == 2.5, tt::tolerance(1e-9));  // not 1040 / 1010
  BOOST_TEST(Contains(ToText(comparison), "(2.50 times, mean over cells)"));
  BOOST_TEST(ToJson(comparison).at("costs").at(0).at("times") == 2.5);
  const auto matrices = ByMatrix(scores);
  const auto standings = StandingsOf(ByGroup(matrices.at(0)).begin()->second);
  for (const auto& row : standings.rows) {
    if (row.defense != "abd") continue;
    BOOST_TEST(row.relative_seconds.value() == 2.5, tt::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(who_finished_less_than_nine_tenths_is_in_no_family_as_in_the_standings) {
  auto scores = Board();
  const auto complete = CompareDefenses(scores, "abd", "none");
  std::erase_if(scores, [](const Score& score) {
    return score.cell.defense == "sv" && score.cell.teacher_seed > 2;
  });
  const auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(complete.pairs_of_table == 3);
  BOOST_TEST(comparison.pairs_of_table == 1);
  const auto matrices = ByMatrix(scores);
  const auto standings = StandingsOf(ByGroup(matrices.at(0)).begin()->second);
  BOOST_TEST_REQUIRE(standings.pairs.size() == 1U);
  BOOST_TEST(*comparison.asr->holm == *standings.pairs[0].holm, tt::tolerance(1e-9));
  // One of the two is always tested with the others.
  BOOST_TEST(CompareDefenses(scores, "sv", "none").pairs_of_table == 3);
}

BOOST_AUTO_TEST_CASE(on_how_few_teacher_seeds_an_interval_stands_is_told) {
  auto scores = Board();
  std::erase_if(scores, [](const Score& score) {
    return score.cell.attack == "blend_0.1" && score.cell.teacher_seed > 2;
  });
  const auto comparison = CompareDefenses(scores, "abd", "none");
  const auto text = Unwrapped(ToText(comparison));
  BOOST_TEST(Contains(text, "5 teacher seeds, 3 of an attack."), text);
  BOOST_TEST(ToJson(comparison).at("asr").at("degrees") == 2);
}

BOOST_AUTO_TEST_CASE(tables_that_leave_the_screen_say_what_they_are_of_and_what_marks_mean) {
  auto scores = Collapsed();
  std::erase_if(scores, [](const Score& score) {
    return score.cell.attack == "badnets_grid" && score.cell.teacher_seed > 1;
  });
  const auto comparison = CompareDefenses(scores, "abd", "none");
  const auto latex = ToLatex(comparison), markdown = ToMarkdown(comparison);
  BOOST_TEST(
      Contains(latex, "\\multicolumn{11}{l}{abd minus none, matrix toy: toy, zskt, wrn-16-2,"),
      latex);
  BOOST_TEST(latex.ends_with("\\end{tabular}\n"));
  BOOST_TEST(Contains(markdown, "abd minus none, matrix toy: toy, zskt, wrn-16-2, wrn-16-1.\n"),
             markdown);
  for (const char* note : {"(name): lower, not proven.", "collapsed in 1 cell under an attack",
                           " not in the overall ASR: fewer than 3 teacher seeds shared"}) {
    BOOST_TEST(Contains(latex, note), latex);
    BOOST_TEST(Contains(markdown, note), markdown);
  }
}

}  // namespace dfkd::compare_tables_test
