#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <regex>

#include "tests/leaderboard/pages/sections.h"
#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::standings_table_test {

BOOST_AUTO_TEST_CASE(ranks_have_ranges_and_means_have_intervals) {
  const auto section = SectionOf(WithThreeTeachers());
  BOOST_TEST(Contains(section, "<strong><bdi>abd</bdi></strong> has the lowest mean ASR"), section);
  BOOST_TEST(Contains(section, "are found four times in five"));
  BOOST_TEST(Contains(section, "agree on the first place in 100 % of splits"));
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
      "<bdi>abd</bdi></th><td class=\"n\">1\\s*</td>"
      "<td class=\"n\">[0-9.]+ <span class=\"ci\">[0-9.]+–[0-9.]+</span>");
  BOOST_TEST(std::regex_search(further, abd), further);
  BOOST_TEST(std::regex_search(further, std::regex("<td class=\"n\">(yes|no)")));
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
