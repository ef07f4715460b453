// Pictures that cells share, on a site of results that the repository keeps.
#include "leaderboard/pages/shown_pictures.h"

#include "bench/io/png.h"
#include "bench/scores/results_file.h"
#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::shown_pictures_test {

const std::string kPlan(64, 'a');

std::string Png(uint8_t value) { return EncodePng({2, 2, 1, {value, 1, 2, 3}}); }

CommittedResult ResultOf(const std::string& defense) {
  CommittedResult result{
      ReadScore(Fixtures() / "valid/toy" /
                ("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-" + defense + "-t0-s0.json")),
      kPlan, "", Verified::kValid, "somebody"};
  result.score.media.clear();
  return result;
}

// Two cells, and a set of pictures of the undefended one.
fs::path ResultsIn(const fs::path& folder, const std::string& plan = kPlan) {
  fs::remove_all(folder);
  for (const char* defense : {"none", "abd"})
    WriteFileAtomically(ResultsPath(folder, "toy", defense), ToText({ResultOf(defense)}));
  PictureSet set{"toy", ResultOf("none").score.cell, plan, {}};
  const std::map<std::string, std::string> pictures = {{"trigger", Png(1)}, {"synthetic", Png(2)}};
  const auto media = PictureFolder(folder, "toy");
  for (const auto& [kind, bytes] : pictures) {
    set.pictures[kind] = NameOfPicture(bytes);
    WriteFileAtomically(media / set.pictures[kind], bytes);
  }
  WriteFileAtomically(media / NameOfSet(SubjectOf(set.cell)), PictureSetText(set));
  return folder;
}

BOOST_AUTO_TEST_CASE(a_site_of_results_has_the_pictures_that_cells_share_once) {
  const auto files = FilesBelow(SiteOf(ResultsIn("shared"), "shared_site"));
  const auto trigger = "media/" + NameOfPicture(Png(1)), samples = "media/" + NameOfPicture(Png(2));
  BOOST_TEST(files.at(trigger) == Png(1));
  BOOST_TEST(files.at(samples) == Png(2));
  const auto data = DataIn(files, "data/toy.pictures");
  BOOST_TEST_REQUIRE(data.at("sets").size() == 1U);
  const auto& set = data.at("sets")[0];
  BOOST_TEST(set.at("attack") == "badnets_grid");
  BOOST_TEST(set.at("distiller") == "zskt");
  BOOST_TEST(set.at("undefended") == true);
  BOOST_TEST(set.at("teacher_seed") == 0);
  BOOST_TEST(set.at("media").at("trigger") == trigger);
  BOOST_TEST(!Contains(files.at("data/toy/0.js"), trigger));  // a score has none of its own
  BOOST_TEST((FilesBelow(SiteOf("shared", "shared_again")) == files));
}

BOOST_AUTO_TEST_CASE(the_page_of_an_attack_shows_its_trigger_and_that_of_a_distiller_its_samples) {
  const auto files = FilesBelow(SiteOf(ResultsIn("pages"), "pages_site"));
  const auto& attack = files.at("attacks/badnets_grid.html");
  BOOST_TEST(Contains(attack, "<img src=\"../media/" + NameOfPicture(Png(1)) +
                                  "\" alt=\"Trigger of badnets_grid on toy\""),
             attack);
  BOOST_TEST(Contains(attack, "Trigger, teacher seed 0"));
  BOOST_TEST(CountOf(attack, "<img") == 1);
  const auto& distiller = files.at("distillers/zskt.html");
  BOOST_TEST(Contains(distiller, "<img src=\"../media/" + NameOfPicture(Png(2)) +
                                     "\" alt=\"Images that zskt showed its student on toy\""),
             distiller);
  BOOST_TEST(Contains(distiller,
                      "of a teacher under badnets_grid, wrn-16-2 → wrn-16-1, no "
                      "defence, seeds 0 (teacher) · 0 (student)"));
  BOOST_TEST(CountOf(files.at("defenses/abd.html"), "<img") == 0);
}

BOOST_AUTO_TEST_CASE(pictures_for_which_no_result_stands_are_left_out_and_told) {
  fs::remove_all("unfounded_site");
  const auto report = WriteSite({ResultsIn("unfounded", std::string(64, 'b'))}, "unfounded_site");
  BOOST_TEST(report.cells == 2);
  BOOST_TEST(report.left_out == 1);
  const auto files = FilesBelow("unfounded_site");
  BOOST_TEST(DataIn(files, "data/toy.pictures").at("sets").empty());
  for (const auto& [name, content] : files) BOOST_TEST(!name.starts_with("media/"), name);
}

BOOST_AUTO_TEST_CASE(where_scores_have_pictures_themselves_the_best_of_them_gives_its) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "own_site"));
  const auto sets = DataIn(files, "data/toy.pictures").at("sets");
  BOOST_TEST_REQUIRE(sets.size() == 1U);
  BOOST_TEST(sets[0].at("attack") == "badnets_grid");
  BOOST_TEST(sets[0].at("defense") == "none");
  BOOST_TEST(sets[0].at("media").size() == 5U);
  BOOST_TEST(CountOf(files.at("attacks/badnets_grid.html"), "<img") == 4);
}

}  // namespace dfkd::shown_pictures_test
