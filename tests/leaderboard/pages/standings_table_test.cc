#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <regex>

#include "tests/leaderboard/pages/sections.h"
#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::standings_table_test {

BOOST_AUTO_TEST_CASE(ranks_have_ranges_and_means_have_intervals) {
  const auto section = SectionOf(WithThreeTeachers());
  BOOST_TEST(
      std::regex_search(section,
                        std::regex("<strong><bdi>abd</bdi></strong>.* has the lowest mean ASR: ")),
      section);
  BOOST_TEST(Contains(section, "is found four times in five between a pair of median spread"));
  BOOST_TEST(Contains(section, "agree on the first place in 100 % of splits"));
  BOOST_TEST(std::regex_search(
      section, std::regex("A difference of one point takes [0-9]+ teacher seeds of every attack")));
  BOOST_TEST(std::regex_search(section, std::regex("<span class=\"ci\">[0-9.]+–[0-9.]+</span>")));
}

BOOST_AUTO_TEST_CASE(means_say_over_which_cells_they_are) {
  BOOST_TEST(
      Contains(SectionOf(ToyWithoutTransferOfBlend()),
               "over the 2 attacked cells in which the undefended student carries the backdoor"));
}

BOOST_AUTO_TEST_CASE(if_no_attack_transfers_missing_means_have_the_reason) {
  const auto section = SectionOf(ToyWithoutTransfer());
  const std::string why = "in no attacked cell does the undefended student carry the backdoor";
  // ASR, DER, transfer, above the floor; two ranks and the chance of abd and sv.
  BOOST_TEST(CountOf(section, "missing: " + why) == 18);
}

BOOST_AUTO_TEST_CASE(below_the_standings_are_the_further_attack_the_transfer_and_the_front) {
  const auto section = SectionOf(WithThreeTeachers());
  // Of two attacks.
  BOOST_TEST(Contains(section, "lies in the range with a probability of 33 % at least"), section);
  const auto further = section.substr(section.find("<details class=\"further\">"));
  const std::regex abd(
      "<bdi>abd</bdi></th><td class=\"n\"><a [^>]*>1</a>\\s*</td>"
      "<td class=\"n\"><a [^>]*>[0-9.]+</a> <span class=\"ci\">[0-9.]+–[0-9.]+</span>");
  BOOST_TEST(std::regex_search(further, abd), further);
  BOOST_TEST(std::regex_search(further, std::regex("<td class=\"n\"><a [^>]*>(yes|no)</a>")));
  BOOST_TEST(Contains(further, "missing: controls have no rank"));
}

BOOST_AUTO_TEST_CASE(every_row_of_the_standings_has_an_address_made_of_names) {
  const auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  const auto page = Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  const std::string row = "toy/toy/wrn_16_2~wrn_16_1/zskt/synthesized/abd";
  BOOST_TEST(CountOf(page, "<tr id=\"" + row + "\"") == 1, page);
  BOOST_TEST(CountOf(page, "href=\"#" + row + "\"") == 1);
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.defense == "sv") score.cell.defense = "a+b";
    if (score.cell.defense == "sr") score.cell.defense = "a_b";
  }
  const auto section = SectionOf(scores);
  for (const char* anchor : {"\"anchor/a_b\"", "\"anchor/a_b~\""})
    BOOST_TEST(CountOf(section, std::string("<tr id=") + anchor) == 1, section);
}

BOOST_AUTO_TEST_CASE(settings_whose_safe_names_are_alike_have_addresses_of_their_own) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto count = scores.size();
  for (size_t i = 0; i < count; ++i) {
    scores[i].cell.distiller = "z_k";
    scores.push_back(scores[i]);
    scores.back().cell.distiller = "z-k";
  }
  const auto matrices = ByMatrix(scores);
  const auto page = Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  const std::string setting = "id=\"toy/toy/wrn_16_2~wrn_16_1/z_k/synthesized";
  for (const char* rest : {"\"", "~\"", "/abd\"", "~/abd\""})
    BOOST_TEST(CountOf(page, setting + rest) == 1, rest);
}

BOOST_AUTO_TEST_CASE(every_row_says_how_far_its_results_are_verified) {
  auto scores = ReadScores(Fixtures() / "valid");
  BOOST_TEST(Contains(SectionOf(scores), "missing: not submitted, or not all of its cells"));
  for (auto& score : scores) score.verified = "rerun";
  const auto section = SectionOf(scores);
  BOOST_TEST(Contains(section, "<td class=\"n\">L3 <span class=\"ci\">live</span>"), section);
  BOOST_TEST(!Contains(section, "missing: not submitted"));
}

BOOST_AUTO_TEST_CASE(who_is_ranked_apart_has_that_as_the_reason_of_what_it_has_not) {
  auto scores = WithFourStudents();
  for (auto& score : scores) {
    const auto& cell = score.cell;
    const bool last = cell.teacher_seed == 2 && cell.student_seed == 3;
    if (cell.defense != "abd" || cell.attack != "badnets_grid" || !last) continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  const auto section = SectionOf(scores);
  // The chance to be best, and the rank on a further attack.
  BOOST_TEST(CountOf(section, "missing: ranked apart, over 23 of 24 attacked cells") == 2, section);
  BOOST_TEST(!Contains(section, "and one here has 3"));
}

BOOST_AUTO_TEST_CASE(every_kind_of_answer_says_what_it_costs) {
  const std::regex price("; ACC (−|\\+)?[0-9.]+ points, [0-9.]+ times the time\\.");
  const auto few = SectionOf(ReadScores(Fixtures() / "valid"));
  BOOST_TEST(std::regex_search(few.substr(few.find("Not ranked with")), price), few);
  auto useless = WithThreeTeachers();
  auto tied = useless;
  for (auto& score : useless) {
    if (score.student && score.student->asr) score.student->asr = 0.5;
  }
  const auto none = SectionOf(useless);
  const auto sentence = none.find("No defence is proven to have a lower mean ASR than none");
  BOOST_TEST_REQUIRE(sentence != none.npos, none);
  BOOST_TEST(std::regex_search(none.substr(sentence), price), none);
  // Nobody is called best, and who is no worse than the one that is named is not hidden.
  BOOST_TEST(std::regex_search(none.substr(sentence), std::regex("than none: <bdi>abd</bdi> 50")));
  BOOST_TEST(std::regex_search(none.substr(sentence),
                               std::regex("Not told apart from it: ([a-z]+, )*sv\\.")),
             none);
  for (auto& score : tied) {
    const auto& defense = score.cell.defense;
    score.cost.cpu_seconds = defense == "sv" ? 30 : 10;
    if (defense != "none" && score.student && score.student->asr) score.student->asr = 0.2;
  }
  const auto shared = SectionOf(tied);
  BOOST_TEST(Contains(shared, "share the lowest mean ASR"), shared);
  BOOST_TEST(!Contains(shared, "Not told apart from it"));
  BOOST_TEST(Contains(shared, " points, 1.0 to 3.0 times the time."), shared);
  std::erase_if(tied, [](const Score& score) { return score.cell.defense == "none"; });
  BOOST_TEST(Contains(SectionOf(tied), "; 10 s to 30 s of the CPU a cell."), SectionOf(tied));
}

BOOST_AUTO_TEST_CASE(planned_defences_without_a_score_are_one_line_and_no_column) {
  auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  auto& matrix = matrices.at(0);
  for (const auto& score : matrix.scores) matrix.planned.push_back(score.cell);
  auto cell = matrix.scores.front().cell;
  for (const char* defense : {"nobodys", "nobodys_too"}) {
    cell.defense = defense;
    matrix.planned.push_back(cell);
  }
  const auto board = site::BoardOf(matrix);
  const auto section =
      Templates().Render("standings", site::StandingsData(board.groups.front(), "id", "anchor"));
  BOOST_TEST(Contains(section,
                      "2 planned defences without a score: <bdi>nobodys</bdi>, "
                      "<bdi>nobodys_too</bdi>."),
             section);
  BOOST_TEST(CountOf(section, "nobodys") == 2);
  BOOST_TEST(CountOf(section, "<tr id=\"anchor/") == 4);
  const auto map = site::HeatMapData(board.groups.front().scores, board.groups.front().planned);
  BOOST_TEST(map.at("heat_columns").size() == 4U);
  BOOST_TEST(!Contains(SectionOf(ReadScores(Fixtures() / "valid")), "without a score:"));
}

constexpr char kCellsOfGroup[] =
    "?dataset=toy&amp;networks=wrn-16-2~wrn-16-1&amp;distiller=zskt&amp;track=synthesized&amp;"
    "defense=";

BOOST_AUTO_TEST_CASE(numbers_lead_to_the_cells_that_they_are_over) {
  const auto section = SectionOf(ReadScores(Fixtures() / "valid"));
  const auto cells = std::string("<a href=\"") + kCellsOfGroup + "abd";
  BOOST_TEST(CountOf(section, cells + "#toy/cells\">") == 2, section);  // mean ASR, ACC
  BOOST_TEST(CountOf(section, cells + "&amp;attack=blend_0.1#toy/cells\">22.6</a>") == 1);
}

// The others of the same row, without a hundred stops for the keyboard.
BOOST_AUTO_TEST_CASE(every_number_has_a_link_and_the_keyboard_stops_once_for_the_same_cells) {
  const auto section = SectionOf(ReadScores(Fixtures() / "valid"));
  const auto cells = std::string("<a class=\"quiet\" href=\"") + kCellsOfGroup;
  const std::string twin = " tabindex=\"-1\"";
  const auto linked = [&](const std::string& defenses, const std::string& rest) {
    return CountOf(section, cells + defenses + "#toy/cells\"" + rest);
  };
  // ACC lost, DER and the relative time are of both.
  BOOST_TEST(linked("abd,none", ">") == 1, section);
  BOOST_TEST(linked("abd,none", twin + ">") == 2);
  // Time, finished cells, transfer, above the floor, the front: as the mean ASR, which is a stop.
  BOOST_TEST(linked("abd", twin + ">") == 5);
  BOOST_TEST(linked("abd", ">") == 0);
  BOOST_TEST(linked("abd", twin + ">3 of 3</a>") == 1);
  // Of none DER and relative time are of itself; sr finished too little for any other number.
  BOOST_TEST(linked("none,none", "") == 0);
  BOOST_TEST(linked("sr", ">") == 1);
  BOOST_TEST(linked("sr", twin) == 0);
  const std::regex rank(
      "\"n\"><a class=\"quiet\" href=\"[^\"]*;defense=abd#[^\"]*\" tabindex=\"-1\">1</a>");
  BOOST_TEST(std::regex_search(SectionOf(WithThreeTeachers()), rank));
}

BOOST_AUTO_TEST_CASE(below_ten_percent_an_interval_says_that_it_covers_less) {
  auto scores = WithThreeTeachers();
  const auto covers =
      fmt::format("covers {} to {} %", kLeastCoverageNearTheEnds, kMostCoverageNearTheEnds);
  BOOST_TEST(!Contains(SectionOf(scores), "an interval covers"));
  for (auto& score : scores) {
    if (score.cell.defense == "abd" && score.student && score.student->asr)
      score.student->asr = 0.03;
  }
  BOOST_TEST(Contains(SectionOf(scores), covers));
  // The application cannot include the header.
  const auto twin =
      ReadBytes(fs::path(DFKD_SOURCE_DIR) / "leaderboard/site/src/statistics/interval.ts");
  BOOST_TEST(
      Contains(twin, fmt::format("{{least: {}, most: {}, end: {}}}", kLeastCoverageNearTheEnds,
                                 kMostCoverageNearTheEnds, kNearTheEnds)));
}

BOOST_AUTO_TEST_CASE(who_has_no_rank_for_a_collapse_and_is_lower_than_the_first_is_in_the_answer) {
  auto scores = WithThreeTeachers();
  const auto sentence = "without a rank, because students collapsed: abd (collapse in ";
  BOOST_TEST(!Contains(SectionOf(scores), "because students collapsed"));
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.defense == "abd" && cell.attack == "blend_0.1" && cell.teacher_seed == 1)
      score.validity.push_back("utility_collapse");
  }
  const auto ranked = SectionOf(scores);
  BOOST_TEST(Contains(ranked, std::string("Lower than the first where both finished, and ") +
                                  sentence + "1 of 6 cells, −"),
             ranked);
  const auto few = SectionOf(ToyCollapsed());
  BOOST_TEST(Contains(few, std::string("Lower than it where both finished, and ") + sentence), few);
}

BOOST_AUTO_TEST_CASE(the_kd_loss_at_temperature_1_is_a_row_for_reference_on_its_own_track) {
  const auto at = [](double temperature) {
    auto scores = WithThreeTeachers();
    for (auto& score : scores) {
      if (score.cell.defense != "abd") continue;
      score.cell.defense = "kd";
      score.entries.at("defense") = {"temperature", 1, {{"temperature", temperature}}, false, {}};
    }
    return SectionOf(scores);
  };
  const std::regex tagged("kd</a> <span class=\"tag\">reference</span>");
  const auto reference = at(1), hotter = at(2);
  BOOST_TEST(std::regex_search(reference, tagged), reference);
  BOOST_TEST(Contains(reference, "missing: references have no rank"));
  BOOST_TEST(!Contains(reference, "<strong><bdi>kd</bdi></strong>"));
  BOOST_TEST(!std::regex_search(hotter, tagged), hotter);
  BOOST_TEST(Contains(hotter, "<strong><bdi>kd</bdi></strong>"));
}

// Of the toy scores, sv on the track of clean data and sr as the KD loss at a temperature.
std::vector<Score> OnTwoTracks(double temperature) {
  auto scores = WithThreeTeachers();
  for (auto& score : scores) {
    auto& defense = score.entries.at("defense");
    if (score.cell.defense == "sv") score.track = "clean_subset";
    if (score.cell.defense != "sr") continue;
    score.cell.defense = "kd_1";
    defense = {"temperature", 1, {{"temperature", temperature}}, false, {}};
  }
  return scores;
}

std::string CleanSection(const std::vector<Score>& scores) {
  const auto matrices = ByMatrix(scores);
  const auto board = site::BoardOf(matrices.at(0));
  const auto group = std::find_if(board.groups.begin(), board.groups.end(), [](const auto& one) {
    return one.group.track == "clean_subset";
  });
  return Templates().Render("standings", site::StandingsData(*group, "id", "anchor"));
}

BOOST_AUTO_TEST_CASE(a_track_without_an_undefended_student_has_that_of_another_one_pinned) {
  const auto section = CleanSection(OnTwoTracks(1));
  const auto pinned = section.substr(section.find("<tfoot>"));
  BOOST_TEST(Contains(pinned, "backdoored teacher"), section);
  BOOST_TEST(Contains(pinned, ">none <span class=\"tag\">reference</span>"), pinned);
  BOOST_TEST(Contains(pinned, "no defence, on another track"));
  BOOST_TEST(Contains(pinned, ">kd_1 <span class=\"tag\">reference</span>"));
  BOOST_TEST(Contains(pinned, "the KD loss at temperature 1, on another track"));
  BOOST_TEST(!Contains(pinned, "abd"));
  BOOST_TEST(!Contains(CleanSection(OnTwoTracks(2)), "kd_1"));
  BOOST_TEST(!Contains(SectionOf(WithThreeTeachers()), "on another track"));
}

}  // namespace dfkd::standings_table_test
