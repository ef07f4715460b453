#include "leaderboard/standings/compare.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>

#include "tests/leaderboard/standings/unwrapped.h"
#include "tests/scores/fixtures.h"

namespace dfkd::compare_test {

namespace tt = boost::test_tools;

std::vector<Score> Toy() { return ReadScores(Fixtures() / "valid"); }

BOOST_AUTO_TEST_CASE(only_cells_equal_in_all_but_the_defence_are_paired) {
  const auto comparison = CompareDefenses(Toy(), "abd", "none");
  BOOST_TEST(comparison.cells.size() == 4u);  // two seeds of badnets_grid, blend_0.1, no attack
  BOOST_TEST(comparison.acc->difference.cells == 3);  // no attack: a line, no part in the overall
  BOOST_TEST(comparison.asr->difference.cells == 3);
  BOOST_TEST(comparison.asr->difference.strata == 2);
  BOOST_TEST(
      comparison.asr->difference.mean == ((31 + 44 - 851 - 803) / 1800.0 + (203 - 512) / 900.0) / 2,
      tt::tolerance(1e-9));
  BOOST_TEST(comparison.strata.size() == 3U);
  BOOST_TEST(comparison.strata[0].where.attack == "badnets_grid");
  BOOST_TEST(comparison.strata[0].pairs == 2);
}

// attacks_defences_metrics.md 4.2.
BOOST_AUTO_TEST_CASE(an_attack_that_does_not_transfer_is_shown_and_not_averaged) {
  auto scores = Toy();
  for (auto& score : scores) {
    if (score.cell.attack == "blend_0.1" && score.cell.defense == "none")
      score.validity = {"not_transferred"};
  }
  const auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.acc->difference.cells == 3);
  BOOST_TEST(comparison.asr->difference.cells == 2);
  BOOST_TEST(comparison.asr->difference.mean == (31 + 44 - 851 - 803) / 1800.0,
             tt::tolerance(1e-9));
  BOOST_TEST(Contains(ToText(comparison), "1 of 3 pairs are not in the overall ASR"));
  BOOST_TEST(Contains(ToText(comparison), "blend_0.1 *"));
  BOOST_TEST(ToJson(comparison)["cells"][0].contains("counted"));
}

BOOST_AUTO_TEST_CASE(cells_of_several_matrices_are_refused_with_their_names) {
  auto scores = Toy();
  for (auto score : Toy()) {
    score.matrix = "toy_faithful";
    scores.push_back(score);
  }
  const auto message = MessageOf([&] { CompareDefenses(scores, "abd", "none"); });
  BOOST_TEST(Contains(message, "several matrices"), message);
  BOOST_TEST(Contains(message, "toy, toy_faithful"), message);
}

BOOST_AUTO_TEST_CASE(time_is_compared_in_seconds_of_the_device_not_on_the_clock) {
  auto scores = Toy();
  for (auto& score : scores) {
    score.cost.wall_seconds = 1000;
    score.cost.cpu_seconds = score.cell.defense == "abd" ? 30 : 10;
  }
  auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST_REQUIRE(comparison.costs.size() == 1U);
  BOOST_TEST(comparison.costs[0].a == 30);
  BOOST_TEST(comparison.costs[0].b == 10);
  BOOST_TEST(comparison.cells[0].seconds.value() == 20);
  BOOST_TEST(comparison.cells[0].wall_seconds.value() == 0);
  BOOST_TEST(Contains(ToText(comparison), "cost, CPU-seconds a cell: abd 30.0, none 10.0 (3.00 "));
  for (auto& score : scores) {
    if (score.cell.defense == "abd") score.numerics.device = "cuda:0";
  }
  comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.costs.empty());  // a processor and a GPU are not compared
}

// The toy scores; both students of the second teacher on a GPU.
BOOST_AUTO_TEST_CASE(what_pairs_cost_on_processors_and_on_gpus_is_a_line_each) {
  auto scores = Toy();
  for (auto& score : scores) {
    const double seconds = score.cell.defense == "abd" ? 30 : 10;
    score.cost.cpu_seconds = seconds;
    if (score.cell.teacher_seed != 1) continue;
    score.numerics.device = "cuda:0", score.cost.gpu_seconds = seconds / 5;
  }
  const auto comparison = CompareDefenses(scores, "abd", "none");
  const auto text = ToText(comparison);
  BOOST_TEST(
      Contains(
          text,
          "cost, CPU-seconds a cell: abd 30.0, none 10.0 (3.00 times, mean over cells), over 2 "),
      text);
  BOOST_TEST(Contains(
      text,
      "cost, GPU-seconds a cell: abd 6.0, none 2.0 (3.00 times, mean over cells), over 1 pair"));
  BOOST_TEST(ToJson(comparison).at("costs").size() == 2U);
  BOOST_TEST(ToJson(comparison).at("costs").at(1).at("device") == "GPU");
}

BOOST_AUTO_TEST_CASE(students_of_clean_teachers_have_a_line_and_no_part_in_the_overall) {
  auto scores = Toy();
  for (auto& score : scores) {
    const bool clean = score.cell.attack == "none";
    score.cost.cpu_seconds = clean ? 1000 : 10;
    if (clean && score.cell.defense == "abd") score.student->acc = 0.1;
  }
  const auto with = CompareDefenses(scores, "abd", "none");
  std::erase_if(scores, [](const Score& score) { return score.cell.attack == "none"; });
  const auto without = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(with.strata.size() == without.strata.size() + 1);
  BOOST_TEST(with.acc->difference.mean == without.acc->difference.mean, tt::tolerance(1e-12));
  BOOST_TEST_REQUIRE(with.costs.size() == 1U);
  BOOST_TEST(with.costs[0].a == 10);
  BOOST_TEST(with.costs[0].pairs == 3);
}

BOOST_AUTO_TEST_CASE(where_only_clean_teachers_are_shared_nothing_is_said_over_all) {
  auto scores = Toy();
  std::erase_if(scores, [](const Score& score) { return score.cell.attack != "none"; });
  const auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.strata.front().acc.has_value());
  BOOST_TEST(!comparison.acc.has_value());
  BOOST_TEST(comparison.costs.empty());
  BOOST_TEST(Contains(ToText(comparison), "ACC: no attacked pairs"));
}

// Ten students of one teacher are no ten experiments.
BOOST_AUTO_TEST_CASE(an_interval_is_over_teachers) {
  std::vector<Score> scores;
  for (auto score : Toy()) {
    if (score.cell.attack != "badnets_grid" || score.cell.teacher_seed != 0) continue;
    for (int seed = 0; seed < 10; ++seed) {
      score.cell.student_seed = seed;
      scores.push_back(score);
    }
  }
  BOOST_TEST(!CompareDefenses(scores, "abd", "none").asr->difference.interval.has_value());
  for (auto& score : scores) score.cell.teacher_seed = score.cell.student_seed;
  BOOST_TEST(CompareDefenses(scores, "abd", "none").asr->difference.interval.has_value());
}

// Two attacks, `teachers` seeds, three defences: abd far below none, sv in between.
std::vector<Score> Board(int64_t teachers) {
  std::vector<Score> scores;
  for (auto score : Toy()) {
    const auto& cell = score.cell;
    if (cell.teacher_seed != 0 || cell.defense == "sr") continue;
    if (cell.attack != "badnets_grid" && cell.attack != "blend_0.1") continue;
    const double asr = cell.defense == "none" ? 0.9 : cell.defense == "sv" ? 0.5 : 0.1;
    for (int64_t seed = 0; seed < teachers; ++seed) {
      score.validity.clear();
      score.cell.teacher_seed = seed;
      score.student->asr = asr + 0.01 * static_cast<double>((seed * 7 + score.cell.defense[0]) % 3);
      scores.push_back(score);
    }
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(who_is_better_is_said_by_attack_and_over_all_with_holm) {
  const auto comparison = CompareDefenses(Board(5), "abd", "none");
  BOOST_TEST(comparison.pairs_of_table == 3);  // whoever is compared: sv is in the table, too
  BOOST_TEST(*comparison.asr->holm >= *comparison.asr->p);
  BOOST_TEST(ProvenBetter(comparison, *comparison.asr, true) == "abd");
  for (const auto& stratum : comparison.strata) {
    BOOST_TEST(ProvenBetter(comparison, *stratum.asr, true) == "abd");
    BOOST_TEST(*stratum.asr->holm >= *stratum.asr->p);
  }
  BOOST_TEST(ProvenBetter(comparison, *comparison.acc, false) != "abd");
  const auto text = Unwrapped(ToText(comparison));
  BOOST_TEST(
      Contains(
          text,
          "over the 3 pairs of those that finished nine tenths and these two. 5 teacher seeds."),
      text);
  BOOST_TEST(Contains(text, "badnets_grid"), text);
  BOOST_TEST(Contains(text, "overall"), text);
}

BOOST_AUTO_TEST_CASE(with_two_teachers_nothing_is_proven_and_who_is_lower_stands_in_brackets) {
  const auto text = ToText(CompareDefenses(Board(2), "abd", "none"));
  BOOST_TEST(Contains(text, "(abd)"), text);
  BOOST_TEST(Contains(text, "nothing is proven"), text);
}

BOOST_AUTO_TEST_CASE(
    an_attack_of_which_too_few_teachers_are_shared_is_shown_and_not_in_the_overall) {
  auto scores = Board(3);
  std::erase_if(scores, [](const Score& score) {
    return score.cell.attack == "blend_0.1" && score.cell.defense == "abd" &&
           score.cell.teacher_seed == 2;
  });
  const auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.asr->difference.strata == 1);
  BOOST_TEST(comparison.asr->difference.interval.has_value());
  BOOST_TEST(!comparison.strata[1].in_overall);
  BOOST_TEST(comparison.strata[1].unpaired == 1);
  BOOST_TEST(Contains(ToText(comparison), "blend_0.1 *"));
  BOOST_TEST(Contains(ToText(comparison), "2 of 3"));
}

BOOST_AUTO_TEST_CASE(different_tracks_are_told) {
  auto scores = Board(3);
  for (auto& score : scores) {
    if (score.cell.defense == "sv") score.track = "clean_subset";
  }
  BOOST_TEST(
      Contains(ToText(CompareDefenses(scores, "sv", "abd")), "Different tracks: sv is on clean"));
  BOOST_TEST(!Contains(ToText(CompareDefenses(scores, "none", "abd")), "Different tracks"));
}

BOOST_AUTO_TEST_CASE(the_formats_escape_what_ids_may_hold) {
  auto scores = Board(3);
  for (auto& score : scores) {
    if (score.cell.defense == "abd") score.cell.defense = "=my|abd_50%\"";
  }
  const auto comparison = CompareDefenses(scores, "=my|abd_50%\"", "none");
  BOOST_TEST(Contains(ToLatex(comparison), "my|abd\\_50\\%"));
  BOOST_TEST(Contains(ToLatex(comparison), "\\bottomrule"));
  BOOST_TEST(Contains(ToMarkdown(comparison), "my\\|abd\\_50%"));
  BOOST_TEST(Contains(ToCsv(comparison), "\"'=my|abd_50%\"\"\","));
}

BOOST_AUTO_TEST_CASE(a_line_break_in_an_id_breaks_no_table) {
  const std::string id = "my\n\x1b#1&$2~";
  auto scores = Board(3);
  for (auto& score : scores) {
    if (score.cell.defense == "abd") score.cell.defense = id;
  }
  const auto comparison = CompareDefenses(scores, id, "none");
  const auto markdown = ToMarkdown(comparison), latex = ToLatex(comparison),
             csv = ToCsv(comparison);
  BOOST_TEST(Contains(markdown, "ACC my\\\\n\\\\x1b\\#1\\&\\$2\\~ |"), markdown);
  BOOST_TEST(Contains(latex, "ACC my\\textbackslash{}n\\textbackslash{}x1b\\#1\\&\\$2"), latex);
  BOOST_TEST(Contains(csv, "\"my\\n\\x1b#1&$2~\","), csv);
  BOOST_TEST(std::count(csv.begin(), csv.end(), '\n') == 4);  // head, two attacks, overall
  BOOST_TEST(Contains(markdown, " |\n\nmy\\\\n\\\\x1b\\#1\\&\\$2\\~ minus none"), markdown);
  for (const auto& text : {markdown, latex, csv})
    BOOST_TEST((text.find('\x1b') == text.npos), text);
}

BOOST_AUTO_TEST_CASE(among_a_thousand_attacks_each_has_the_numbers_that_it_has_alone) {
  auto two = Board(1);
  std::erase_if(two, [](const Score& score) {
    return score.cell.attack != "blend_0.1" || score.cell.defense == "sv";
  });
  std::vector<Score> many;
  for (int attack = 0; attack < 1000; ++attack) {
    for (auto score : two) {
      score.cell.attack = "attack" + std::to_string(attack);
      score.student->asr = *score.student->asr - 0.00001 * attack * (score.cell.defense == "abd");
      many.push_back(score);
    }
  }
  const auto comparison = CompareDefenses(many, "abd", "none");
  BOOST_TEST_REQUIRE(comparison.strata.size() == 1000U);
  for (size_t i = 0; i < comparison.strata.size(); i += 100) {
    const auto& stratum = comparison.strata[i];
    std::vector<Score> own;
    for (const auto& score : many) {
      if (score.cell.attack == stratum.where.attack) own.push_back(score);
    }
    const auto alone = CompareDefenses(own, "abd", "none");
    BOOST_TEST(stratum.pairs == 1);
    BOOST_TEST(stratum.asr->difference.mean == alone.strata.front().asr->difference.mean);
    BOOST_TEST(stratum.acc->difference.mean == alone.strata.front().acc->difference.mean);
  }
}

// As many values in every line as the head has names.
BOOST_AUTO_TEST_CASE(every_line_of_a_table_has_the_columns_of_its_head) {
  for (const int64_t teachers : {2, 3}) {
    const auto comparison = CompareDefenses(Board(teachers), "abd", "none");
    for (const auto& [text, mark] :
         {std::pair{ToCsv(comparison), ','}, std::pair{ToMarkdown(comparison), '|'}}) {
      std::istringstream lines(text);
      std::string line;
      std::set<std::ptrdiff_t> counts;
      // Notes follow the Markdown table after an empty line.
      while (std::getline(lines, line) && !line.empty())
        counts.insert(std::count(line.begin(), line.end(), mark));
      BOOST_TEST(counts.size() == 1U, text);
    }
  }
}

BOOST_AUTO_TEST_CASE(cells_without_a_partner_are_named_with_the_reason) {
  const auto comparison = CompareDefenses(Toy(), "sr", "abd");
  BOOST_TEST(comparison.cells.size() == 3u);
  const auto text = ToText(comparison);
  BOOST_TEST(Contains(text, "toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-sr-t0-s0  diverged: "));
  BOOST_TEST(Contains(text, "toy-sine-wrn_16_2-wrn_16_1-zskt-sr-t0-s0  attack_failed: "));
}

BOOST_AUTO_TEST_CASE(a_missing_score_is_named_as_missing) {
  auto scores = Toy();
  std::erase_if(scores, [](const Score& score) {
    return score.cell.defense == "sv" && score.cell.attack == "none";
  });
  const auto comparison = CompareDefenses(scores, "sv", "none");
  BOOST_TEST(Contains(ToText(comparison), "zskt-sv-t0-s0  no score"));
}

BOOST_AUTO_TEST_CASE(defences_that_share_nothing_are_an_error_listing_those_there_are) {
  auto scores = Toy();
  std::erase_if(scores, [](const Score& score) {
    return (score.cell.defense == "sv") != (score.cell.attack == "none");
  });
  const auto message = MessageOf([&] { CompareDefenses(scores, "abd", "sv"); });
  BOOST_TEST(Contains(message, "'abd' and 'sv' share no cell"), message);
}

BOOST_AUTO_TEST_CASE(a_defence_without_a_score_is_an_error_with_a_guess) {
  const auto message = MessageOf([] { CompareDefenses(Toy(), "abd", "nona"); });
  BOOST_TEST(Contains(message, "'nona': no score is of it; did you mean none? "), message);
  BOOST_TEST(Contains(message, "abd, none, sr, sv"), message);
  BOOST_TEST(Contains(MessageOf([] { CompareDefenses({}, "abd", "none"); }), "no score at all"));
}

BOOST_AUTO_TEST_CASE(exchanging_the_two_changes_the_sign_only) {
  const auto forth = CompareDefenses(Board(4), "abd", "sv"),
             back = CompareDefenses(Board(4), "sv", "abd");
  BOOST_TEST(forth.asr->difference.mean == -back.asr->difference.mean, tt::tolerance(1e-12));
  BOOST_TEST(*forth.asr->difference.error == *back.asr->difference.error, tt::tolerance(1e-12));
  BOOST_TEST(*forth.asr->holm == *back.asr->holm, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(text_and_json_tell_the_same) {
  const auto comparison = CompareDefenses(Toy(), "abd", "none");
  const Json json = ToJson(comparison);
  BOOST_TEST(json["cells"].size() == 4u);
  BOOST_TEST(json["acc"]["pairs"] == 3);
  BOOST_TEST(json["acc"]["interval"].is_null());  // below three teachers
  BOOST_TEST(json["strata"].size() == 3U);
  BOOST_TEST(Contains(ToText(comparison), "points over 3 of 3 attacked pairs"));
}

BOOST_AUTO_TEST_CASE(a_difference_stands_beside_what_was_subtracted) {
  const auto comparison = CompareDefenses(Toy(), "abd", "none");
  const auto& first = comparison.cells.front();
  BOOST_TEST(*first.acc == *first.acc_a - *first.acc_b);
  BOOST_TEST(*first.asr == *first.asr_a - *first.asr_b);
  const auto text = ToText(comparison);
  BOOST_TEST(Contains(text, "  85.5  "), text);  // ACC of badnets_grid, over two teachers
}

BOOST_AUTO_TEST_CASE(of_many_cells_without_a_partner_the_first_are_named) {
  auto scores = Toy();
  for (int64_t seed = 100; seed < 120; ++seed) {
    auto alone = scores.front();
    alone.cell.defense = "abd", alone.cell.attack = "attack" + std::to_string(seed);
    scores.push_back(alone);
  }
  const auto comparison = CompareDefenses(scores, "abd", "none");
  const auto unpaired = comparison.unpaired.size();
  BOOST_TEST(unpaired > 12U);
  BOOST_TEST(Contains(ToText(comparison), "more lines: --json names all"));
  BOOST_TEST(ToJson(comparison)["unpaired"].size() == unpaired);
}

BOOST_AUTO_TEST_CASE(what_is_missing_for_one_reason_is_one_line) {
  auto scores = Board(3);
  for (auto& score : scores) {
    if (score.cell.attack != "blend_0.1" || score.cell.defense != "abd") continue;
    score.status = Status::kDiverged, score.reason = "not finite";
    score.student.reset();
  }
  const auto text = ToText(CompareDefenses(scores, "abd", "none"));
  BOOST_TEST(Contains(text, "blend_0.1, abd: 3 cells  diverged: not finite"), text);
}

}  // namespace dfkd::compare_test
