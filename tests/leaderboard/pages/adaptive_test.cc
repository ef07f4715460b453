// Attacks that were built against a defence are labelled where they meet it.
#include "leaderboard/pages/adaptive.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "leaderboard/pages/matrix_data.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::adaptive_test {

struct Options {
  int64_t target;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
  }
};

const bool kKnowing = Registry::Get().Add(
    registry_detail::CardOf(AttackCard<Options>{
        .name = "knowing", .summary = "knows abd", .paper = "", .adapts_to = {"abd"}}),
    {}, "", false);

// The toy scores with this attack in place of badnets_grid.
std::vector<Score> Scores() {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.attack == "badnets_grid") score.entries.at("attack").plugin = "knowing";
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(a_defence_is_met_as_plugin_in_a_list_and_as_a_part) {
  const auto plugins = site::AdaptsTo("knowing");
  BOOST_TEST(plugins == std::vector<std::string>{"abd"}, boost::test_tools::per_element());
  BOOST_TEST(site::AdaptsTo("nobodys").empty());
  Entry entry{.plugin = "abd"};
  BOOST_TEST(site::RunsOneOf(entry, plugins));
  BOOST_TEST(!site::RunsOneOf(entry, {}));
  entry.plugin = "clp+abd";
  BOOST_TEST(site::RunsOneOf(entry, plugins));
  entry.plugin = "abd_late";
  BOOST_TEST(!site::RunsOneOf(entry, plugins));
  entry.parts = {Entry{.plugin = "abd"}};
  BOOST_TEST(site::RunsOneOf(entry, plugins));
}

BOOST_AUTO_TEST_CASE(the_heat_map_names_the_columns_that_an_attack_adapts_to) {
  auto scores = Scores();
  const auto rows = [](const std::vector<Score>& of) {
    std::vector<const Score*> pointers;
    for (const auto& score : of) pointers.push_back(&score);
    std::map<std::string, std::string> adapts;
    const auto map = site::HeatMapData(pointers);
    for (const auto& row : map.at("heat_rows")) adapts[row.at("attack")] = row.at("adapts_to");
    return adapts;
  };
  BOOST_TEST(rows(scores).at("badnets_grid") == "abd");
  BOOST_TEST(rows(scores).at("blend_0.1") == "");
  // Beside other defences there is nothing to say.
  std::erase_if(scores, [](const Score& score) { return score.cell.defense == "abd"; });
  BOOST_TEST(rows(scores).at("badnets_grid") == "");
}

BOOST_AUTO_TEST_CASE(the_page_of_a_matrix_labels_the_row_and_the_cells) {
  const auto matrices = ByMatrix(Scores());
  const auto board = site::BoardOf(matrices.at(0));
  const auto page = Templates().Render("page", site::MatrixPageData(board));
  const std::string tag = "badnets_grid <span class=\"tag\">adapts to abd</span>";
  BOOST_TEST(CountOf(page, "<th scope=\"row\">" + tag + "</th>") == 1, page);
  BOOST_TEST(CountOf(page, "<td>" + tag + "</td>") == 2);  // of two teachers
  BOOST_TEST(CountOf(page, "adapts to") == 3);
  const auto data = site::CoreData(board);
  for (const auto& attack : data.at("ids").at("attack")) {
    const auto expected = attack.at("id") == "badnets_grid" ? "[\"abd\"]" : "[]";
    BOOST_TEST(attack.at("adapts_to").dump() == expected);
  }
}

}  // namespace dfkd::adaptive_test
