#include "bench/scores/score.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "bench/scores/members.h"
#include "tests/scores/fixtures.h"

namespace dfkd::score_test {

BOOST_AUTO_TEST_CASE(score_files_survive_a_round_trip_through_the_struct) {
  for (const auto& score : ReadScores(Fixtures() / "valid")) {
    const Json written = ToJson(score);
    BOOST_TEST(written == ReadJson(score.file), score.file);
    BOOST_TEST(ToJson(ScoreFrom(written, "again")) == written);
  }
}

BOOST_AUTO_TEST_CASE(the_visibility_of_a_trigger_survives_and_may_be_missing) {
  auto score = ReadScore(FixtureScoreFile());
  BOOST_TEST(!ToJson(score).at("teacher").contains("visibility"));
  for (const auto& psnr : {std::optional(21.5), std::optional<double>()}) {
    score.teacher->visibility = {0.25, 1.5, psnr};
    const Json written = ToJson(score);
    const auto again = ScoreFrom(written, "again");
    BOOST_TEST_REQUIRE(again.teacher->visibility.has_value());
    BOOST_TEST(again.teacher->visibility->linf == 0.25);
    BOOST_TEST((again.teacher->visibility->psnr == psnr));
    BOOST_TEST(ToJson(again) == written);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_is_read_in_order_without_media_and_matrix_files) {
  const auto scores = ReadScores(Fixtures() / "valid");
  BOOST_TEST(scores.size() == 20u);
  BOOST_TEST(std::is_sorted(scores.begin(), scores.end(),
                            [](const Score& a, const Score& b) { return a.file < b.file; }));
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_an_error_that_names_it) {
  BOOST_TEST(Contains(MessageOf([] { ReadScores("no/such/folder"); }), "no/such/folder"));
}

BOOST_AUTO_TEST_CASE(the_reader_refuses_unknown_missing_and_wrongly_typed_members) {
  const Json valid = ReadJson(FixtureScoreFile());
  const auto message = [&](const Json& patch) {
    return MessageOf([&] { ScoreFrom(valid.patch(patch), "file"); });
  };
  BOOST_TEST(message(Json::array()) == "no error");
  BOOST_TEST(Contains(message({{{"op", "add"}, {"path", "/winner"}, {"value", 1}}}),
                      "unknown key 'winner'"));
  BOOST_TEST(Contains(message({{{"op", "remove"}, {"path", "/student/ra"}}}),
                      "file.student: member 'ra' is missing"));
  BOOST_TEST(
      Contains(message({{{"op", "replace"}, {"path", "/cell/teacher_seed"}, {"value", 0.5}}}),
               "file.cell.teacher_seed: 0.5 must be an integer"));
  BOOST_TEST(Contains(message({{{"op", "replace"}, {"path", "/status"}, {"value", "fine"}}}),
                      "'fine' is not one of: ok, attack_failed"));
  BOOST_TEST(
      Contains(message({{{"op", "replace"}, {"path", "/counts/student/clean"}, {"value", {1}}}}),
               "file.counts.student.clean: [1] must be a pair [k, n]"));
  BOOST_TEST(Contains(
      message({{{"op", "replace"}, {"path", "/counts/student/clean/1"}, {"value", "all"}}}),
      "file.counts.student.clean[1]: \"all\" must be an integer"));
  BOOST_TEST(Contains(message({{{"op", "replace"}, {"path", "/provenance"}, {"value", 1}}}),
                      "file.provenance: must be an object"));
  BOOST_TEST(Contains(message({{{"op", "add"}, {"path", "/provenance/by"}, {"value", 1}}}),
                      "file.provenance: unknown key 'by'"));
}

BOOST_AUTO_TEST_CASE(of_two_members_of_one_name_the_first_stays) {
  Members members;
  BOOST_TEST(members.Add("b", 1).Add("a", nullptr).Add("b", 2).Take().dump() ==
             R"({"a":null,"b":1})");
  BOOST_TEST(members.Take() == Json::object());
}

BOOST_AUTO_TEST_CASE(the_digest_is_that_of_the_json_whoever_paid_and_when) {
  auto score = ReadScore(FixtureScoreFile());
  const auto digest = Digest(score);
  BOOST_TEST(DigestOfJson(ToJson(score)) == digest);
  score.cost = {};
  score.provenance.commit = "another";
  score.provenance.created = "2030-01-01T00:00:00Z";
  BOOST_TEST(Digest(score) == digest);
  score.media["trigger"] = "media/another.png";
  BOOST_TEST(Digest(score) != digest);
}

BOOST_AUTO_TEST_CASE(what_a_score_was_compared_with_and_how_it_was_asked_may_be_absent) {
  Json json = ReadJson(FixtureScoreFile());
  BOOST_TEST(ScoreFrom(json, "file").provenance.references.empty());
  BOOST_TEST(!ScoreFrom(json, "file").provenance.asked.has_value());
  const Json detector = {{"plugin", "mm_bd"}, {"revision", 1}, {"options", {{"steps", 3}}}};
  json["provenance"]["references"] = {std::string(64, 'a'), std::string(64, 'b')};
  json["provenance"]["asked"] = {{"detectors", {{"soon", detector}}},
                                 {"reactivation", {{"images", {10}}, {"steps", 7}, {"lr", 0.5}}}};
  const Score score = ScoreFrom(json, "file");
  BOOST_TEST(score.provenance.references.size() == 2U);
  BOOST_TEST(ToJson(score) == json);
}

BOOST_AUTO_TEST_CASE(states_that_were_continued_are_told_by_their_rounds) {
  using Titles = std::set<std::string>;
  BOOST_TEST((EarlierStates({"teacher x", "distill a to round 200", "distill a b to round 1000",
                             "distill a to round 950 (2)", "repair to round 1"}) ==
              Titles{"distill a to round 200", "distill a to round 950 (2)"}));
  BOOST_TEST(EarlierStates({"distill a"}).empty());
}

BOOST_AUTO_TEST_CASE(the_digest_ignores_cost_and_where_a_result_came_from_and_nothing_else) {
  const Score score = ReadScore(FixtureScoreFile());
  Score rerun = score;
  rerun.cost.wall_seconds = 1;
  rerun.provenance.version = "9";
  rerun.provenance.commit = "other";
  rerun.provenance.created = "2030-01-01T00:00:00Z";
  rerun.provenance.sources["defense abd"] = {std::string(64, 'a')};
  rerun.provenance.references = {std::string(64, 'a')};
  rerun.provenance.asked.emplace();
  BOOST_TEST(Digest(rerun) == Digest(score));
  rerun.numerics.threads = 2;
  BOOST_TEST(Digest(rerun) != Digest(score));
  rerun = score;
  rerun.student->acc = 0.5;
  BOOST_TEST(Digest(rerun) != Digest(score));
}

BOOST_AUTO_TEST_CASE(the_total_time_may_be_absent_null_or_a_number) {
  Json json = ReadJson(FixtureScoreFile());
  BOOST_TEST(!ScoreFrom(json, "file").cost.total_seconds.has_value());
  json["cost"]["total_seconds"] = nullptr;
  BOOST_TEST(!ScoreFrom(json, "file").cost.total_seconds.has_value());
  json["cost"]["total_seconds"] = 2000.5;
  const Score score = ScoreFrom(json, "file");
  BOOST_TEST(score.cost.total_seconds.value() == 2000.5);
  BOOST_TEST(ToJson(score) == json);
}

BOOST_AUTO_TEST_CASE(the_sources_of_plugins_may_be_absent) {
  Json json = ReadJson(FixtureScoreFile());
  BOOST_TEST(ScoreFrom(json, "file").provenance.sources.empty());
  json["provenance"]["sources"] = {{"defense abd", {std::string(64, 'a'), std::string(64, 'b')}}};
  const Score score = ScoreFrom(json, "file");
  BOOST_TEST(score.provenance.sources.at("defense abd").size() == 2U);
  BOOST_TEST(ToJson(score) == json);
}

BOOST_AUTO_TEST_CASE(a_zero_has_no_sign) {
  Json json = ToJson(ReadScore(FixtureScoreFile()));
  json["cost"]["cpu_seconds"] = -0.0;
  BOOST_TEST(ToJson(ScoreFrom(json, "zero"))["cost"]["cpu_seconds"].dump() == "0.0");
}

BOOST_AUTO_TEST_CASE(missing_numbers_stay_missing) {
  Score score = ReadScore(FixtureScoreFile());
  score.student.reset();
  score.floor->asr.reset();
  const Score read = ScoreFrom(ToJson(score), "file");
  BOOST_TEST(!read.student.has_value());
  BOOST_TEST(read.floor.has_value());
  BOOST_TEST(!read.floor->asr.has_value());
}

}  // namespace dfkd::score_test
