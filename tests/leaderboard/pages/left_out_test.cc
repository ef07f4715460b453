// What validation leaves out stands on the page that it is missing from, as text.
#include "leaderboard/pages/left_out.h"

#include <boost/test/unit_test.hpp>

#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::left_out_test {

const char* const kAbd = "toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json";

// A score whose ASR no student has, and one that is no JSON and is named to do harm.
fs::path Spoilt(const fs::path& folder) {
  const auto scores = ToyCopy(folder);
  Json json = ReadJson(scores / "toy" / kAbd);
  json["student"]["asr"] = 7.5;
  WriteFileAtomically(scores / "toy" / kAbd, json.dump());
  WriteFileAtomically(scores / "toy/<img src=x onerror=alert(1)>.json", "{");
  return scores;
}

BOOST_AUTO_TEST_CASE(the_page_of_a_matrix_names_each_file_left_out_beside_it_and_why) {
  const auto scores = fs::absolute(Spoilt("left_out"));
  const auto files = FilesBelow(SiteOf(scores, "left_out_site"));
  const auto& page = files.at("matrices/toy.html");
  BOOST_TEST(Contains(page, "<a href=\"#toy/left_out\">2 scores left out</a>"));
  BOOST_TEST(Contains(page, "<section id=\"toy/left_out\">"));
  BOOST_TEST(Contains(page, std::string("<bdi>toy/") + kAbd + "</bdi>"));
  BOOST_TEST(Contains(page, "<code>/student/asr</code>"));
  BOOST_TEST(Contains(page, "<bdi>toy/&lt;img src=x onerror=alert(1)&gt;.json</bdi>"));
  BOOST_TEST(!Contains(page, "<img src=x"));
  BOOST_TEST(!Contains(page, scores.string()));  // nobody learns where it was made
  BOOST_TEST(!Contains(files.at("index.html"), "id=\"left_out\""));
}

BOOST_AUTO_TEST_CASE(a_page_without_anything_left_out_does_not_speak_of_it) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  BOOST_TEST(!Contains(files.at("matrices/toy.html"), "left_out"));
  BOOST_TEST(!Contains(files.at("index.html"), "left_out"));
}

BOOST_AUTO_TEST_CASE(files_beside_no_score_that_is_shown_are_named_on_the_first_page) {
  const auto scores = ToyCopy("left_out_elsewhere");
  WriteFileAtomically(scores / "broken/a.json", "{");
  const auto files = FilesBelow(SiteOf(scores, "left_out_elsewhere_site"));
  BOOST_TEST(Contains(files.at("index.html"), "<bdi>broken/a.json</bdi>"));
  BOOST_TEST(!Contains(files.at("matrices/toy.html"), "a.json"));
}

BOOST_AUTO_TEST_CASE(paths_within_reasons_begin_below_the_folders_too) {
  const std::vector<Problem> problems = {
      {"/home/a/scores/m/x.json", "/cell", "the same cell is in /home/a/scores/m/y.json"},
      {"here/z.json", "", "'here/z.json' is not where/here/z.json"},
      {"here/here/z.json", "", "here/here/z.json: bad"}};
  const auto told = site::LeftOutOf(problems, {}, {"/home/a/scores", "here/"}).elsewhere;
  BOOST_TEST_REQUIRE(told.size() == 3U);
  BOOST_TEST(told[0].file.string() == "m/x.json");
  BOOST_TEST(told[0].reason == "the same cell is in m/y.json");
  BOOST_TEST(told[1].file.string() == "z.json");
  BOOST_TEST(told[1].reason == "'z.json' is not where/here/z.json");
  BOOST_TEST(told[2].file.string() == "here/z.json");
  BOOST_TEST(told[2].reason == "here/z.json: bad");
}

BOOST_AUTO_TEST_CASE(of_very_many_the_first_are_listed_and_the_others_counted) {
  const std::vector<Problem> problems(site::kMostLeftOut + 3, {"a.json", "", "not valid"});
  const auto data = site::LeftOutData(problems);
  BOOST_TEST(data.at("items").size() == site::kMostLeftOut);
  BOOST_TEST(data.at("more") == "3");
  BOOST_TEST(data.at("count") == "203 scores");
  BOOST_TEST(site::LeftOutData({}).is_null());
}

}  // namespace dfkd::left_out_test
