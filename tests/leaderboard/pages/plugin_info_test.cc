#include "leaderboard/pages/plugin_info.h"

#include <boost/test/unit_test.hpp>
#include <map>

#include "bench/core/registry.h"
#include "leaderboard/pages/boards.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/standings/by_teacher.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::plugin_info_test {

struct Options {
  double weight;
  static void Declare(OptionTable<Options>& o) {
    o.Add("weight", &Options::weight, {.initial = 0.5, .lowest = 0, .highest = 1}, "how much");
  }
};

template <class Card>
bool Add(const Card& card, const std::string& header) {
  return Registry::Get().Add(registry_detail::CardOf(card), {}, header, false);
}

bool Always(const Options&) { return true; }

// Names of the toy scores, so that their pages have something to say.
const bool kSv = Add(DefenseCard<Options>{.name = "shuffling_vaccine",
                                          .summary = "a defence of this test",
                                          .paper = "https://arxiv.org/abs/2306.02368",
                                          .revision = 3,
                                          .needs_clean_data = Always},
                     "/somewhere/methods/defenses/shuffling_vaccine/shuffling_vaccine.h");
const bool kSr = Add(DefenseCard<Options>{.name = "self_retrospection",
                                          .summary = "another",
                                          .paper = "https://doi.org/10.1145/1",
                                          .repairs_student = Always},
                     "/elsewhere/mine/self_retrospection/self_retrospection.h");
const bool kBlend = Add(
    AttackCard<Options>{.name = "blend", .summary = "", .paper = "", .clean_label = Always}, "");

const bool kUnborn = Add(
    DefenseCard<Options>{.name = "unborn", .summary = "of which nobody has a score", .paper = ""},
    "");

BOOST_AUTO_TEST_CASE(a_planned_defence_without_a_score_leads_to_the_page_of_its_plugin) {
  auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  auto& matrix = matrices.at(0);
  for (const char* defense : {"unborn", "unborn_1", "nobodys"}) {
    matrix.planned.push_back(matrix.scores.front().cell);
    matrix.planned.back().defense = defense;
  }
  const auto items = [&] {
    const auto board = site::BoardOf(matrix);
    const auto data = site::StandingsData(board.groups.front(), "id", "anchor");
    std::map<std::string, std::string> pages;
    for (const auto& item : data.at("unscored").at("items"))
      pages[item.at("name")] = item.at("page");
    return pages;
  };
  const std::string page = "../defenses/unborn.html";
  BOOST_TEST(items().at("unborn") == page);
  BOOST_TEST(items().at("unborn_1") == "");
  // With what is no block and no list of defences beside it.
  matrix.source = ParseJson(R"({"blocks": [{"defenses": ["unborn", {"id": "nobodys"},
                                {"id": "unborn_1", "plugin": "unborn"}]}, 7, {"defenses": 7}]})",
                            "matrix");
  BOOST_TEST(items().at("unborn") == page);
  BOOST_TEST(items().at("unborn_1") == page);
  BOOST_TEST(items().at("nobodys") == "");
}

BOOST_AUTO_TEST_CASE(plugins_without_a_score_have_pages_and_stand_apart_on_the_index) {
  const auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  const auto boards = site::BoardsOf(matrices);
  const auto plugins = site::PluginsIn(boards);
  const auto scored = [&](const std::string& name) {
    for (const auto& plugin : plugins) {
      if (plugin.kind == PluginKind::kDefense && plugin.name == name) return int{plugin.scored};
    }
    return -1;
  };
  BOOST_TEST(scored("unborn") == 0);
  BOOST_TEST(scored("shuffling_vaccine") == 1);
  const auto page = Templates().Render(
      "page", site::PluginPageData({PluginKind::kDefense, "unborn", false}, boards));
  BOOST_TEST(Contains(page, "of which nobody has a score"));
  BOOST_TEST(Contains(page, "No result yet."));
  const auto index = Templates().Render("page", site::HomePage(boards));
  const auto apart = index.find("No result yet:");
  BOOST_TEST_REQUIRE(apart != index.npos);
  BOOST_TEST(index.find("defenses/unborn.html") > apart);
  BOOST_TEST(index.find("defenses/abd.html") < apart);
}

BOOST_AUTO_TEST_CASE(a_plugin_is_what_its_card_says) {
  const auto sv = site::InfoOf(PluginKind::kDefense, "shuffling_vaccine");
  BOOST_TEST(sv.family == "during distillation");
  BOOST_TEST(sv.access == "clean images");
  BOOST_TEST(*sv.revision == 3);
  BOOST_TEST(sv.code == "methods/defenses/shuffling_vaccine");
  BOOST_TEST(Contains(sv.bibtex, "eprint = {2306.02368}"));
  BOOST_TEST(sv.options.at(0).at("highest") == 1);
  const auto sr = site::InfoOf(PluginKind::kDefense, "self_retrospection");
  BOOST_TEST(sr.family == "repairs the student");
  BOOST_TEST(sr.access == "no data");
  BOOST_TEST(sr.code == "");  // no path of this machine
  BOOST_TEST(Contains(sr.bibtex, "doi = {10.1145/1}"));
  BOOST_TEST(site::InfoOf(PluginKind::kAttack, "blend").family == "clean label");
}

BOOST_AUTO_TEST_CASE(of_a_list_of_defences_the_needs_and_places_are_those_of_all) {
  const auto both = site::InfoOf(PluginKind::kDefense, "shuffling_vaccine+self_retrospection");
  BOOST_TEST(both.family == "during distillation + repairs the student");
  BOOST_TEST(both.access == "clean images");
}

BOOST_AUTO_TEST_CASE(of_a_stranger_only_the_name_is_known) {
  const auto stranger = site::InfoOf(PluginKind::kDefense, "nobodys");
  BOOST_TEST(!stranger.revision.has_value());
  BOOST_TEST(stranger.family == "");
  BOOST_TEST(stranger.options.empty());
  BOOST_TEST(site::InfoOf(PluginKind::kAttack, "none").control);
}

BOOST_AUTO_TEST_CASE(the_page_of_a_plugin_lists_its_options_and_paper) {
  const auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  const auto page = Templates().Render(
      "page",
      site::PluginPageData({PluginKind::kDefense, "shuffling_vaccine"}, site::BoardsOf(matrices)));
  BOOST_TEST(Contains(page, "<code>weight</code>"));
  BOOST_TEST((Contains(page, "0.0 to 1.0") || Contains(page, "0 to 1")));
  BOOST_TEST(Contains(page, "href=\"https://arxiv.org/abs/2306.02368\""));
  BOOST_TEST(!Contains(page, "nothing is known of it"));
}

std::string AttackPage(std::vector<Score> scores, const std::string& attack) {
  const auto matrices = ByMatrix(std::move(scores));
  return Templates().Render(
      "page", site::PluginPageData({PluginKind::kAttack, attack}, site::BoardsOf(matrices)));
}

BOOST_AUTO_TEST_CASE(the_page_of_an_attack_averages_the_cells_that_count_and_says_how_many) {
  const auto later = [](const Cell& cell) { return cell.teacher_seed == 1; };
  const auto page = AttackPage(ToyFlagged("not_transferred", later), "badnets_grid");
  BOOST_TEST(Contains(page, ">3.4</td>"));  // of one cell: no deviation
  BOOST_TEST(Contains(page, ">1 of 2 <span class=\"tag\">others: not_transferred</span>"));
  const auto none = AttackPage(ToyWithoutTransferOfBlend(), "blend");
  BOOST_TEST(Contains(none, ">22.6</td>"));
  BOOST_TEST(Contains(none, ">0 of 1 <span class=\"tag\">in no mean: not_transferred</span>"));
  BOOST_TEST(Contains(none, ">0 of 1 <span class=\"tag\">diverged</span>"));
}

BOOST_AUTO_TEST_CASE(the_page_of_an_attack_weighs_teachers_alike_as_the_standings_do) {
  const auto page = AttackPage(WithoutOneStudent(), "badnets_grid");
  const auto row = page.substr(std::min(page.find(">abd</a></th>"), page.size()));
  // Behind them the deviation of the cells, of which 0.1 and 0.2 are there twice.
  const auto asr = row.find(">40.0 <span class=\"ci\">± 33.9</span>");
  BOOST_TEST_REQUIRE(asr != row.npos, page);
  BOOST_TEST(row.find(">60.0 <span class=\"ci\">± 33.9</span>") > asr);
  BOOST_TEST(!Contains(page, ">30.0 "));
}

BOOST_AUTO_TEST_CASE(the_page_of_an_attack_does_not_order_defences_by_their_means) {
  const auto page = AttackPage(ReadScores(Fixtures() / "valid"), "badnets_grid");
  const auto at = [&](const std::string& defense) {
    return page.find(">" + defense + "</a></th>");
  };
  BOOST_TEST_REQUIRE(at("none") != page.npos);
  BOOST_TEST(at("none") < at("abd"));  // which has the lowest
  BOOST_TEST(at("abd") < at("sr"));
  BOOST_TEST(at("sr") < at("sv"));
  BOOST_TEST(at("sv") != page.npos);
}

}  // namespace dfkd::plugin_info_test
