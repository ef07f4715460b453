#include "bench/scores/validate.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "bench/io/file.h"
#include "bench/io/schema.h"
#include "tests/scores/fixtures.h"

namespace dfkd::validate_test {

std::vector<std::filesystem::path> JsonFilesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// An invalid fixture is a valid file and a JSON Patch, so that it shows nothing but what is wrong.
// The result is written to `folder` beside the media of the valid one.
std::filesystem::path WriteInvalid(const Json& fixture, const std::filesystem::path& folder) {
  const auto base = fixture["base"] == "score" ? FixtureScoreFile() : FixtureMatrixFile();
  Json document = ReadJson(base).patch(fixture["patch"]);
  auto name = base.filename();
  // A cell that is wrong in its name would otherwise be a second problem.
  if (fixture.contains("file")) name = fixture["file"].get<std::string>();
  WriteFileAtomically(folder / name, document.dump());
  return folder / name;
}

std::string Described(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem.path + ": " + problem.reason + "; ";
  return text;
}

BOOST_AUTO_TEST_CASE(all_valid_fixtures_are_valid_alone_and_together) {
  const auto files = JsonFilesIn(Fixtures() / "valid/toy");
  BOOST_TEST(files.size() == 21u);
  BOOST_TEST(Described(ValidateFiles(files)) == "");
}

BOOST_AUTO_TEST_CASE(every_invalid_fixture_has_exactly_the_problem_it_names) {
  const std::filesystem::path folder = "invalid";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::filesystem::copy(Fixtures() / "valid/toy/media", folder / "media");
  const auto fixtures = JsonFilesIn(Fixtures() / "invalid");
  BOOST_TEST(fixtures.size() >= 40u);
  for (const auto& file : fixtures) {
    BOOST_TEST_CONTEXT(file.filename()) {
      const Json fixture = ReadJson(file);
      const auto problems = ValidateFile(WriteInvalid(fixture, folder));
      BOOST_TEST_REQUIRE(problems.size() == 1u, Described(problems));
      BOOST_TEST(problems[0].path == fixture["path"].get<std::string>(), Described(problems));
      BOOST_TEST(Contains(problems[0].reason, fixture["reason"]), problems[0].reason);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_total_time_of_at_least_the_wall_time_is_valid) {
  Json score = ReadJson(FixtureScoreFile());
  std::filesystem::remove_all("total");
  std::filesystem::create_directories("total");
  std::filesystem::copy(Fixtures() / "valid/toy/media", "total/media");
  for (const auto& total : std::vector<Json>{nullptr, 940.8, 5000}) {
    score["cost"]["total_seconds"] = total;
    WriteFileAtomically("total" / FixtureScoreFile().filename(), score.dump());
    const auto problems = ValidateFile("total" / FixtureScoreFile().filename());
    BOOST_TEST(problems.empty(), Described(problems));
  }
}

// As `dfkd score` writes them: flags are read of numbers, and such a cell has none.
BOOST_AUTO_TEST_CASE(a_failed_attack_needs_no_flag_of_who_knew_it) {
  for (const auto& file : ScoreFiles(Fixtures() / "valid")) {
    auto score = ReadScore(file);
    if (score.status != Status::kAttackFailed) continue;
    score.validity.clear();
    score.entries.at("defense").attack_aware = true;
    const auto problems = CheckScore(score, file);
    BOOST_TEST(problems.empty(), Described(problems));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_a_problem_and_not_an_exception) {
  WriteFileAtomically("broken.json", "{\"schema\": ");
  WriteFileAtomically("infinite.json", "{\"schema\": 1e999}");
  WriteFileAtomically("list.json", "[]");
  for (const char* file : {"broken.json", "infinite.json", "list.json", "absent.json"}) {
    BOOST_TEST(ValidateFile(file).size() == 1u, file);
  }
}

BOOST_AUTO_TEST_CASE(a_cell_that_comes_twice_is_told_with_both_files) {
  const auto problems = ValidateFiles({FixtureScoreFile(), FixtureScoreFile()});
  BOOST_TEST_REQUIRE(problems.size() == 1u);
  BOOST_TEST(Contains(problems[0].reason, FixtureScoreFile().string()));
}

BOOST_AUTO_TEST_CASE(an_id_that_means_two_things_in_one_matrix_is_told) {
  auto scores = ReadScores(Fixtures() / "valid");
  BOOST_TEST(CheckScoresAgree(scores).empty());
  scores.back().entries["distiller"].revision = 2;
  BOOST_TEST(CheckScoresAgree(scores).at(0).path == "/entries/distiller");
  scores.back().matrix = "another";
  BOOST_TEST(CheckScoresAgree(scores).empty());
  scores[0].data.fingerprint = std::string(64, '0');
  BOOST_TEST(CheckScoresAgree(scores).at(0).path == "/data/fingerprint");
}

BOOST_AUTO_TEST_CASE(the_schema_of_a_value_is_found_through_references) {
  const Json schema =
      ReadJson(std::filesystem::path(DFKD_SOURCE_DIR) / "leaderboard/schema/scores.v1.json");
  BOOST_TEST(SubschemaAt(schema, "/student/acc")["maximum"] == 1);
  BOOST_TEST(SubschemaAt(schema, "/entries/defense/parts/1/revision")["minimum"] == 1);
  BOOST_TEST(SubschemaAt(schema, "/provenance/stages/teacher")["minLength"] == 64);
  BOOST_TEST(SubschemaAt(schema, "/no/such").is_null());
}

}  // namespace dfkd::validate_test
