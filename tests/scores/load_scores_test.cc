#include "bench/scores/load_scores.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/io/file.h"
#include "bench/scores/agreement.h"
#include "bench/scores/matrix_beside.h"
#include "tests/scores/fixtures.h"

namespace dfkd::load_scores_test {

namespace fs = std::filesystem;

// A copy of the toy scores, to be spoilt.
struct Copy {
  Copy() {
    fs::remove_all("loaded");
    fs::create_directories("loaded");
    fs::copy(Fixtures() / "valid/toy", "loaded/toy", fs::copy_options::recursive);
  }
  fs::path file() const { return fs::path("loaded/toy") / FixtureScoreFile().filename(); }
  void Patch(const Json& patch) {
    WriteFileAtomically(file(), ReadJson(file()).patch(patch).dump());
  }
  LoadedScores Load() const { return LoadScores({"loaded"}); }
};

Json Replace(const char* path, const Json& value) {
  return Json::array({{{"op", "replace"}, {"path", path}, {"value", value}}});
}

BOOST_FIXTURE_TEST_SUITE(loading, Copy)

BOOST_AUTO_TEST_CASE(valid_scores_of_one_experiment_are_all_loaded) {
  const auto loaded = Load();
  BOOST_TEST(loaded.scores.size() == 20U);
  BOOST_TEST(loaded.left_out.empty());
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_how_many_files_have_been_read) {
  std::vector<std::pair<size_t, size_t>> told;
  LoadScores({"loaded"}, [&](size_t done, size_t all) { told.emplace_back(done, all); });
  BOOST_TEST_REQUIRE(!told.empty());
  BOOST_TEST((told.back() == std::pair<size_t, size_t>{20, 20}));
  for (size_t i = 1; i < told.size(); ++i) {
    BOOST_TEST(told[i - 1].first < told[i].first);
    BOOST_TEST(told[i].second == 20U);
  }
}

BOOST_AUTO_TEST_CASE(what_validate_refuses_is_left_out_and_costs_no_other_score) {
  const Json wrong[] = {Replace("/student/asr", 7.5), Replace("/student/acc", 1.7),
                        Replace("/counts/student/target", {5, 3}), Replace("/status", "fine"),
                        Replace("/provenance/stages", {{"a~b", 5}}),
                        Replace("/media/curves", Json::object()),  // no path at all
                        // Finite, and the sum of two is not.
                        Replace("/cost/cpu_seconds", 1e308), Replace("/cost/wall_seconds", 1e19)};
  for (const auto& patch : wrong) {
    Copy copy;
    copy.Patch(patch);
    const auto loaded = copy.Load();
    BOOST_TEST(loaded.scores.size() == 19U, patch);
    BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U, patch);
    BOOST_TEST(loaded.left_out[0].file == copy.file());
  }
}

// The text of the score with a part of it in other words.
std::string Reworded(const fs::path& file, const std::string& from, const std::string& to) {
  auto text = ReadJson(file).dump();
  const auto at = text.find(from);
  BOOST_TEST_REQUIRE(at != text.npos, from);
  return text.replace(at, from.size(), to);
}

BOOST_AUTO_TEST_CASE(hostile_scores_are_left_out_with_one_short_line_each) {
  const std::string wall = "\"wall_seconds\":940.8", matrix = "\"matrix\":\"toy\"";
  const std::string name(10240, 'n');
  const std::pair<std::string, std::string> words[] = {
      {wall, "\"wall_seconds\":NaN"},
      {wall, "\"wall_seconds\":-Infinity"},
      {wall, "\"wall_seconds\":1e999"},
      {wall, wall + "," + wall},  // one key twice
      {matrix, "\"matrix\":\"" + name + "\""},
      {"\"attack\":\"badnets_grid\"", "\"attack\":\"" + name + "\""}};
  for (const auto& [from, to] : words) {
    Copy copy;
    WriteFileAtomically(copy.file(), Reworded(copy.file(), from, to));
    const auto loaded = copy.Load();
    BOOST_TEST(loaded.scores.size() == 19U, to.substr(0, 60));
    BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U, to.substr(0, 60));
    const auto& reason = loaded.left_out[0].reason;
    BOOST_TEST(!Contains(reason, "\n"), reason);
    BOOST_TEST(reason.size() < 400U, reason);
  }
}

BOOST_AUTO_TEST_CASE(a_score_of_eight_gigabytes_is_refused_before_it_is_read) {
  fs::resize_file(file(), uint64_t{8} << 30);  // of holes
  const auto loaded = Load();
  fs::remove(file());
  BOOST_TEST(loaded.scores.size() == 19U);
  BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U);
  const auto& reason = loaded.left_out[0].reason;
  BOOST_TEST(Contains(reason, "8589934592 bytes; at most"), reason);
  BOOST_TEST(!Contains(reason, "\n"));
}

BOOST_AUTO_TEST_CASE(what_is_odd_and_harmless_in_a_score_changes_nothing) {
  // One bit beside k / n, and a curve of two points that are one bit apart.
  Patch(Replace("/student/asr", std::nextafter(31 / 900.0, 1)));
  WriteFileAtomically("loaded/toy/media/odd.json",
                      R"({"round":[0,1],"acc":[0.3,0.30000000000000004],"asr":[0.3,0.3]})");
  Patch(Replace("/media/curves", "media/odd.json"));
  const auto loaded = Load();
  BOOST_TEST(loaded.left_out.empty());
  int64_t seen = 0;
  for (const auto& score : loaded.scores) {
    if (score.file != file()) continue;
    ++seen;
    BOOST_TEST(score.student->asr.value() == std::nextafter(31 / 900.0, 1));
    BOOST_TEST(score.media.at("curves") == "media/odd.json");
  }
  BOOST_TEST(seen == 1);
}

BOOST_AUTO_TEST_CASE(what_is_no_score_at_all_is_left_out) {
  WriteFileAtomically("loaded/stray.json", "[1, 2");
  WriteFileAtomically("loaded/list.json", "[]");
  fs::create_symlink(fs::absolute(file()), "loaded/link.json");
  fs::create_symlink("endless.json", "loaded/endless.json");
  fs::create_symlink("nowhere.json", "loaded/nowhere.json");
  const auto loaded = Load();
  BOOST_TEST(loaded.scores.size() == 20U);
  BOOST_TEST(loaded.left_out.size() == 5U);
}

BOOST_AUTO_TEST_CASE(media_behind_a_link_are_dropped_and_the_score_stays) {
  WriteFileAtomically("secret.json", "{\"token\": 1}");
  fs::create_symlink(fs::absolute("secret.json"), "loaded/toy/media/link.json");
  fs::create_directory_symlink(fs::absolute("."), "loaded/toy/media/folder");
  for (const char* name : {"media/link.json", "media/folder/secret.json", "../../secret.json"}) {
    Patch(Replace("/media/curves", name));
    const auto loaded = Load();
    BOOST_TEST(loaded.scores.size() == 20U);
    for (const auto& score : loaded.scores) {
      if (score.file == file()) BOOST_TEST(!score.media.contains("curves"), name);
    }
    BOOST_TEST(ValidateFile(file()).size() == 1U, name);
  }
}

// Each changes one score of one experiment into one of another.
BOOST_AUTO_TEST_CASE(a_score_of_another_experiment_is_left_out_with_both_values) {
  const std::pair<Json, const char*> changes[] = {
      {Replace("/preset", "faithful"), "/preset"},
      {Replace("/evaluated_on", "validation"), "/evaluated_on"},
      {Replace("/numerics/profile", "bf16"), "/numerics/profile"},
      {Replace("/teacher_recipe", {{"epochs", 1}}), "/teacher_recipe"},
      {Replace("/entries/distiller/options", {{"rounds", 99999}}), "/entries/distiller/options"},
      {Replace("/entries/attack/options", {{"alpha", 0.01}}), "/entries/attack/options"},
      {Replace("/entries/defense/options", {{"sv_coefficient", 9.9}}), "/entries/defense/options"},
      {Replace("/entries/defense/revision", 7), "/entries/defense"}};
  for (const auto& [patch, path] : changes) {
    Copy copy;
    copy.Patch(patch);
    const auto loaded = copy.Load();
    BOOST_TEST(loaded.scores.size() == 19U, patch);
    BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U, patch);
    BOOST_TEST(loaded.left_out[0].path == path);
    BOOST_TEST(!Contains(loaded.left_out[0].reason, "\n"));
  }
  Copy fresh;
  fresh.Patch(Json::array(
      {{{"op", "add"}, {"path", "/entries/distiller/options/rounds"}, {"value", 99999}}}));
  const auto reason = fresh.Load().left_out.at(0).reason;
  BOOST_TEST(Contains(reason, "rounds = 99999 here"), reason);
  BOOST_TEST(ValidateFiles(ScoreFiles("loaded")).size() == 1U);
}

// It takes a cell out of every mean.
BOOST_AUTO_TEST_CASE(a_flag_against_what_the_undefended_student_says_leaves_its_score_out) {
  Patch(Replace("/validity", {"not_transferred"}));
  const auto loaded = Load();
  BOOST_TEST(loaded.scores.size() == 19U);
  BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U);
  BOOST_TEST(loaded.left_out[0].path == "/validity");
  const auto& reason = loaded.left_out[0].reason;
  BOOST_TEST(Contains(reason, "must not contain not_transferred: ASR 0.946"), reason);
  BOOST_TEST(ValidateFiles(ScoreFiles("loaded")).size() == 1U);
}

// It takes a place out of every ranking, for all defences.
BOOST_AUTO_TEST_CASE(a_missing_undefended_student_that_is_there_leaves_its_score_out) {
  Patch(Replace("/validity", {"no_undefended"}));
  const auto loaded = Load();
  BOOST_TEST(loaded.scores.size() == 19U);
  BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U);
  BOOST_TEST(loaded.left_out[0].file == file());
  BOOST_TEST(loaded.left_out[0].path == "/validity");
  const auto& reason = loaded.left_out[0].reason;
  BOOST_TEST(Contains(reason, "must not contain no_undefended"), reason);
  BOOST_TEST(ValidateFiles(ScoreFiles("loaded")).size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_undefended_student_that_failed_or_is_not_there_may_be_told) {
  Patch(Replace("/validity", {"no_undefended"}));
  auto cell = ReadScore(file()).cell;
  cell.defense = "none";
  const auto undefended = file().parent_path() / (CellId(cell) + ".json");
  auto failed = ReadScore(undefended);
  failed.status = Status::kDiverged, failed.reason = "the loss is not finite";
  failed.student.reset(), failed.counts.erase("student");
  WriteFileAtomically(undefended, ToJson(failed).dump());
  BOOST_TEST(Load().left_out.empty());
  BOOST_TEST(Load().scores.size() == 20U);
  fs::remove(undefended);
  BOOST_TEST(Load().left_out.empty());
}

// Chance would be half of it, and a student at 0.15 no longer one that collapsed.
BOOST_AUTO_TEST_CASE(twice_as_many_classes_as_others_say_leave_a_score_out) {
  const auto score = ReadJson(file());
  Json twice = score.at("student").at("acc_per_class");
  for (const auto& acc : score.at("student").at("acc_per_class")) twice.push_back(acc);
  Patch(Replace("/student/acc_per_class", twice));
  const auto loaded = Load();
  BOOST_TEST(loaded.scores.size() == 19U);
  BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U);
  BOOST_TEST(loaded.left_out[0].path == "/student/acc_per_class");
  const auto& reason = loaded.left_out[0].reason;
  BOOST_TEST(Contains(reason, "the number of classes of"), reason);
}

BOOST_AUTO_TEST_CASE(options_chosen_knowing_the_attack_may_depend_on_it) {
  auto scores = ReadScores("loaded");
  for (auto& score : scores) {
    if (score.cell.defense != "sv") continue;
    score.entries["defense"].attack_aware = true;
    score.entries["defense"].options["layers"] = score.cell.attack == "blend_0.1" ? 3 : 4;
  }
  BOOST_TEST(FindDisagreements(scores).empty());
  for (auto& score : scores) score.entries["defense"].attack_aware = false;
  BOOST_TEST(!FindDisagreements(scores).empty());
}

BOOST_AUTO_TEST_CASE(two_cells_of_one_id_are_told_and_the_first_is_taken) {
  auto other = ReadScore(file());
  other.cell.attack = "badnets-grid";  // for files and pages the same as badnets_grid
  other.media.clear();
  WriteFileAtomically(fs::path("loaded/zz") / file().filename(), ToJson(other).dump());
  const auto loaded = Load();
  BOOST_TEST(loaded.scores.size() == 20U);
  BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U);
  BOOST_TEST(Contains(loaded.left_out[0].reason, file().string()));
  const auto problems = ValidateFiles(ScoreFiles("loaded"));
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(Contains(problems[0].reason, "another cell of the same id"));
}

BOOST_AUTO_TEST_CASE(the_matrix_beside_scores_says_what_is_planned) {
  const auto beside = ReadMatrixBeside("loaded/toy");
  BOOST_TEST_REQUIRE(beside.has_value());
  BOOST_TEST(beside->name == "toy");
  const auto cell = ReadScore(file()).cell;
  BOOST_TEST(std::count(beside->cells.begin(), beside->cells.end(), cell) == 1);
  const auto missing = MissingScores("loaded/toy");
  BOOST_TEST(std::count(missing.begin(), missing.end(), CellId(cell)) == 0);
  fs::remove(file());
  BOOST_TEST(MissingScores("loaded/toy").size() == missing.size() + 1);
  fs::create_symlink(file().filename(), file());  // leads to itself
  BOOST_TEST(MissingScores("loaded/toy").size() == missing.size() + 1);
  fs::remove(file());
  fs::create_directory(file());
  BOOST_TEST(MissingScores("loaded/toy").size() == missing.size() + 1);
  Json matrix = ReadJson("loaded/toy/matrix.json");
  for (auto* axis : {"teacher_seeds", "student_seeds"}) {
    auto& seeds = matrix["blocks"][0][axis] = Json::array();
    for (int seed = 0; seed < 1000; ++seed) seeds.push_back(seed);
  }
  WriteFileAtomically("loaded/toy/matrix.json", matrix.dump());
  BOOST_TEST(ReadMatrixBeside("loaded/toy")->cells.empty());  // a million and more
  WriteFileAtomically("loaded/toy/matrix.json", "{\"schema\": \"matrix.v1\"");
  BOOST_TEST(!ReadMatrixBeside("loaded/toy").has_value());
  BOOST_TEST(!ReadMatrixBeside("loaded").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::load_scores_test
