#include "leaderboard/pages/media.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench/io/file.h"

namespace dfkd::media_test {
namespace {

// What the site takes of a file beside a score.
Json TakenOf(const std::string& kind, const std::string& text) {
  std::filesystem::create_directories("beside/media");
  WriteFileAtomically("beside/media/numbers.json", text);
  Score score;
  score.file = "beside/score.json";
  score.media[kind] = "media/numbers.json";
  return site::NumbersBeside(score, kind);
}

Score WithTrigger(const std::string& file, const std::string& picture) {
  Score score;
  score.file = file;
  score.media["trigger"] = picture;
  return score;
}

void WritePicture(const std::filesystem::path& file) {
  std::filesystem::create_directories(file.parent_path());
  WriteFileAtomically(file, "\x89PNG\r\n\x1a\n a trigger");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_picture_that_several_scores_name_is_read_once) {
  WritePicture("shared/media/trigger.png");
  SiteFolder folder("shared_site");
  site::PictureCopier copier(folder);
  const auto first = copier.Copy(WithTrigger("shared/first.json", "media/trigger.png"));
  BOOST_TEST_REQUIRE(first.contains("trigger"));
  BOOST_TEST(std::filesystem::is_regular_file("shared_site/" + first.at("trigger")));
  std::filesystem::remove("shared/media/trigger.png");
  BOOST_TEST((copier.Copy(WithTrigger("shared/second.json", "media/trigger.png")) == first));
}

BOOST_AUTO_TEST_CASE(a_picture_behind_a_link_is_left_out_though_another_score_may_name_it) {
  WritePicture("linked/real/trigger.png");
  std::filesystem::remove("linked/alias");
  std::filesystem::create_directory_symlink("real", "linked/alias");
  SiteFolder folder("linked_site");
  site::PictureCopier copier(folder);
  BOOST_TEST(copier.Copy(WithTrigger("linked/alias/score.json", "trigger.png")).size() == 1u);
  BOOST_TEST(copier.Copy(WithTrigger("linked/score.json", "alias/trigger.png")).empty());
}

BOOST_AUTO_TEST_CASE(a_log_of_many_points_is_thinned_evenly_and_keeps_its_ends) {
  Json points = Json::array();
  for (int round = 0; round < 20000; ++round) points.push_back({round, 0.3});
  const auto log = TakenOf("log", Json{{"kd_loss", points}}.dump());
  const auto& kept = log.at("kd_loss");
  BOOST_TEST_REQUIRE(kept.size() == 2000u);
  BOOST_TEST(kept.front()[0] == 0);
  BOOST_TEST(kept.back()[0] == 19999);
  for (size_t i = 1; i < kept.size(); ++i) {
    const auto step = kept[i][0].get<int>() - kept[i - 1][0].get<int>();
    BOOST_TEST((step == 10 || step == 11), step);
  }
  points.erase(points.begin() + 2000, points.end());
  BOOST_TEST((TakenOf("log", Json{{"a", points}}.dump()) == Json{{"a", points}}));
}

BOOST_AUTO_TEST_CASE(curves_are_thinned_at_the_same_positions) {
  Json rounds = Json::array(), values = Json::array();
  for (int round = 0; round < 5000; ++round) {
    rounds.push_back(round);
    if (round < 4000) values.push_back(round / 10000.0);
  }
  const auto curves =
      TakenOf("curves", Json{{"round", rounds}, {"acc", values}, {"other", values}}.dump());
  BOOST_TEST(curves.size() == 2u);
  BOOST_TEST_REQUIRE(curves.at("round").size() == 2000u);
  BOOST_TEST(curves["round"].back() == 4999);
  const auto& acc = curves["acc"];
  BOOST_TEST_REQUIRE(acc.size() > 1500u);
  BOOST_TEST(acc.size() < 2000u);
  for (size_t i = 0; i < acc.size(); ++i)
    BOOST_TEST(acc[i].get<double>() == curves["round"][i].get<int>() / 10000.0);
}

BOOST_AUTO_TEST_CASE(numbers_that_cannot_be_drawn_are_null_and_such_rounds_are_out) {
  const auto log = TakenOf(
      "log", R"({"a": [[0, 0.5], [1, 1e300], [2, -2e18], [1e300, 1], [null, 1], ["x", 1], [3, "y"],
                      [4, 1e18], [5], 6]})");
  BOOST_TEST(log.dump() == R"({"a":[[0,0.5],[1,null],[2,null],[3,null],[4,1e+18]]})");
  const auto curves = TakenOf("curves", R"({"round": [1, 2e18], "acc": [1e300, {}], "asr": "no"})");
  BOOST_TEST(curves.dump() == R"({"acc":[null,null],"round":[1,null]})");
}

BOOST_AUTO_TEST_CASE(of_a_log_of_many_scalars_the_first_hundred_are_taken) {
  Json log = Json::object();
  for (int i = 0; i < 150; ++i) log["scalar " + std::to_string(1000 + i)] = {{0, 0.1}, {1, 0.2}};
  const auto taken = TakenOf("log", log.dump());
  BOOST_TEST(taken.size() == 100u);
  BOOST_TEST(taken.contains("scalar 1099"));
}

}  // namespace dfkd::media_test
