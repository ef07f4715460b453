#include "bench/scores/cell_matrix.h"

#include <boost/test/unit_test.hpp>

#include "bench/io/schema.h"
#include "bench/matrix/matrix.h"
#include "tests/scores/fixtures.h"

namespace dfkd::cell_matrix_test {

Score Toy() {
  auto score = ReadScore(FixtureScoreFile());
  score.teacher_recipe = {{"epochs", 40}, {"lr", 0.1}, {"batch_size", 128}};  // of today's names
  return score;
}

BOOST_AUTO_TEST_CASE(the_matrix_of_a_cell_has_that_cell_and_every_option_as_it_ran) {
  const auto score = Toy();
  const auto matrix = MatrixOfCell(score, nullptr);
  BOOST_TEST_REQUIRE(matrix.has_value());
  BOOST_TEST(CheckSchema(*matrix, "matrix.v1").empty());
  const auto& block = matrix->at("blocks").at(0);
  for (const char* axis : {"datasets", "attacks", "networks", "distillers", "defenses",
                           "teacher_seeds", "student_seeds"})
    BOOST_TEST(block.at(axis).size() == 1U, axis);
  BOOST_TEST(block["distillers"][0]["id"] == score.cell.distiller);
  BOOST_TEST(block["distillers"][0]["options"] == score.entries.at("distiller").options);
  BOOST_TEST(block["defenses"][0]["plugin"] == "abd");
  BOOST_TEST(matrix->at("name") == score.matrix);
  BOOST_TEST(matrix->at("preset") == score.preset);
  BOOST_TEST(matrix->at("teacher") == score.teacher_recipe);
}

BOOST_AUTO_TEST_CASE(a_list_of_defences_stands_there_as_its_parts) {
  auto score = Toy();
  auto& entry = score.entries.at("defense");
  entry = {"clp+shuffling_vaccine", 1, Json::object(), true, {}};
  entry.parts = {{"clp", 1, {{"bound", 3}}, false, {}}, {"shuffling_vaccine", 1, {}, false, {}}};
  const auto defense = MatrixOfCell(score, nullptr)->at("blocks")[0]["defenses"][0];
  BOOST_TEST(defense["parts"].size() == 2U);
  BOOST_TEST(defense["parts"][0]["options"]["bound"] == 3);
  BOOST_TEST(defense["attack_aware"] == true);
  BOOST_TEST(!defense.contains("plugin"));
}

BOOST_AUTO_TEST_CASE(of_validation_images_it_takes_the_matrix_file) {
  auto score = Toy();
  score.evaluated_on = "validation";
  score.cell.dataset = "toy_small";
  BOOST_TEST(!MatrixOfCell(score, nullptr).has_value());
  const auto matrix = MatrixOfCell(score, ReadJson(FixtureMatrixFile()));
  BOOST_TEST_REQUIRE(matrix.has_value());
  BOOST_TEST(matrix->at("blocks")[0]["datasets"][0]["holdout"] == 0.1);
}

// The matrix file of the fixtures, with these members in its blocks.
Json FileWith(const Json& members) {
  Json file = ReadJson(FixtureMatrixFile());
  for (auto& block : file["blocks"]) block.update(members);
  return file;
}

BOOST_AUTO_TEST_CASE(detectors_are_asked_again_as_the_matrix_file_says) {
  auto score = Toy();
  score.detectors["eagle"];
  BOOST_TEST(!MatrixOfCell(score, nullptr).has_value());
  BOOST_TEST(Contains(WhyNoMatrixOfCell(score, nullptr), "detectors were asked"));
  const Json eagle = {{"id", "eagle"}, {"plugin", "free_eagle"}, {"options", {{"steps", 7}}}};
  const auto matrix = MatrixOfCell(score, FileWith({{"detectors", {"mm_bd", eagle}}}));
  BOOST_TEST_REQUIRE(matrix.has_value());
  const auto& asked = matrix->at("blocks")[0].at("detectors");
  BOOST_TEST_REQUIRE(asked.size() == 1U);  // mm_bd has joined since
  BOOST_TEST(asked[0]["id"] == "eagle");
  BOOST_TEST(asked[0]["options"]["steps"] == 7);
  BOOST_TEST(CheckSchema(*matrix, "matrix.v1").empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_parsed_once_says_of_every_cell_what_it_says_of_one) {
  const auto file = FileWith({{"detectors", {"mm_bd"}}, {"reactivation", {{"steps", 3}}}});
  auto validation = Toy(), asked = Toy(), unknown = Toy();
  validation.evaluated_on = "validation", validation.cell.dataset = "toy_small";
  asked.detectors["mm_bd"];
  unknown.detectors["of_no_block"];
  for (const auto& matrix : {file, Json(nullptr)}) {
    const CellMatrices all(matrix);
    for (const auto& score : {Toy(), validation, asked, unknown}) {
      BOOST_TEST((all.Of(score) == MatrixOfCell(score, matrix)));
      BOOST_TEST(all.WhyNot(score) == WhyNoMatrixOfCell(score, matrix));
    }
  }
  const CellMatrices all(file);
  BOOST_TEST(all.Of(asked)->at("blocks")[0].at("detectors")[0].at("id") == "mm_bd");
  BOOST_TEST(!all.Of(unknown).has_value());
}

BOOST_AUTO_TEST_CASE(students_are_tried_again_as_the_matrix_file_says) {
  auto score = Toy();
  const auto file = FileWith({{"reactivation", {{"steps", 3}}}});
  // HowAsked for, and too few images to try: the key of the evaluation says so all the same.
  BOOST_TEST(MatrixOfCell(score, file)->at("blocks")[0].at("reactivation").at("steps") == 3);
  score.reactivation.push_back({.images = 10});
  BOOST_TEST(MatrixOfCell(score, file)->at("blocks")[0].at("reactivation").at("lr") == 0.01);
  BOOST_TEST(!MatrixOfCell(score, nullptr).has_value());
  BOOST_TEST(Contains(WhyNoMatrixOfCell(score, nullptr), "a backdoor that sleeps"));
  score.cell.attack = "of_no_block";
  BOOST_TEST(!MatrixOfCell(score, file).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_score_says_of_how_it_was_asked_goes_before_the_matrix_file) {
  auto score = Toy();
  score.detectors["eagle"];
  score.reactivation.push_back({.images = 10});
  HowAsked asked{{}, {{"images", {10}}, {"steps", 7}, {"lr", 0.5}}};
  asked.detectors["eagle"] = {"free_eagle", 2, {{"steps", 5}}, false, {}};
  score.provenance.asked = asked;
  BOOST_TEST(WhyNoMatrixOfCell(score, nullptr) == "");
  const auto file = FileWith({{"reactivation", {{"steps", 3}}}});
  for (const auto& beside : {Json(nullptr), file}) {
    const auto matrix = MatrixOfCell(score, beside);
    BOOST_TEST_REQUIRE(matrix.has_value());
    BOOST_TEST(CheckSchema(*matrix, "matrix.v1").empty());
    const auto& block = matrix->at("blocks")[0];
    BOOST_TEST(block.at("reactivation") == asked.reactivation);
    BOOST_TEST(block.at("detectors")[0].at("options").at("steps") == 5);
  }
  score.provenance.asked->reactivation = nullptr;  // it was not asked for then
  score.reactivation.clear();
  BOOST_TEST(!MatrixOfCell(score, file)->at("blocks")[0].contains("reactivation"));
}

BOOST_AUTO_TEST_CASE(the_command_runs_it_as_it_ran_whatever_it_is_called) {
  auto score = Toy();
  BOOST_TEST(CommandOfCell(score, "cell.json") == "dfkd run cell.json --threads 1");
  score.numerics.device = "cuda:1";
  score.numerics.threads = 4;
  score.teacher->gate = "ignored";
  BOOST_TEST(CommandOfCell(score, "my cell.json") ==
             "dfkd run 'my cell.json' --threads 4 --device cuda:1 --ignore-gate");
  BOOST_TEST(ShellWord("it's; rm") == "'it'\\''s; rm'");
  BOOST_TEST(ShellWord("") == "''");
}

}  // namespace dfkd::cell_matrix_test
