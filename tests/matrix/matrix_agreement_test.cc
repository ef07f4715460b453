// Scores against the matrix.json beside them, with the plugins that are here.
#include "bench/scores/matrix_agreement.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench/io/file.h"
#include "bench/scores/load_scores.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::matrix_agreement_test {

namespace fs = std::filesystem;
using testing::BlockOf;
using testing::Contains;
using testing::SmallMatrix;

const fs::path kFolder = "agreeing";
const fs::path kToy = fs::path(DFKD_SOURCE_DIR) / "tests/scores/fixtures/valid/toy";

Entry EntryOf(const ResolvedEntry& resolved, bool parts) {
  Entry entry{resolved.plugin, resolved.revision, resolved.options, resolved.attack_aware, {}};
  if (!parts) return entry;
  for (const auto& part : resolved.parts) {
    if (part.plugin != resolved.plugin) entry.parts.push_back(EntryOf(part, false));
  }
  return entry;
}

// As a run would write it, with the numbers of another cell.
Score ScoreOf(const Matrix& matrix, const PlannedCell& cell) {
  const bool undefended = cell.cell.defense == "none";
  auto score = ReadScore(kToy / fmt::format("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-{}-t0-s0.json",
                                            undefended ? "none" : "abd"));
  score.matrix = matrix.name, score.preset = matrix.preset;
  score.demonstration = matrix.demonstration;
  score.numerics.profile = matrix.profile;
  score.teacher_recipe = matrix.ResolvedTeacher();
  score.cell = cell.cell, score.track = Name(cell.track);
  for (const auto& [axis, entry] : *cell.entries) score.entries[axis] = EntryOf(entry, true);
  const bool held_out = cell.entries->at("dataset").holdout > 0;
  score.evaluated_on = held_out ? "validation" : "test";
  score.media.clear();
  score.file = kFolder / (CellId(score.cell) + ".json");
  return score;
}

// Their matrix lies in the folder.
std::vector<Score> ScoresOf(const Json& json, const Selection& selection = {}) {
  fs::remove_all(kFolder);
  WriteFileAtomically(kFolder / "matrix.json", json.dump());
  const auto matrix = testing::Parse(json);
  std::vector<Score> scores;
  for (const auto& cell : testing::PlanOf(json, selection).cells)
    scores.push_back(ScoreOf(matrix, cell));
  return scores;
}

std::string Told(const std::vector<Score>& scores) {
  const auto problems = CheckAgainstMatrices(scores);
  for (size_t i = 0; i < problems.size(); ++i)
    BOOST_TEST(problems[i].second.file == scores.at(problems[i].first).file);
  if (problems.empty()) return "";
  return fmt::format("{} {}: {}", problems.size(), problems[0].second.path,
                     problems[0].second.reason);
}

// One attack, so that all scores have the numbers of one teacher.
Json Attacked() {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {"blend"};
  json["teacher"] = {{"epochs", 7}};
  return json;
}

void Write(const std::vector<Score>& scores) {
  for (const auto& score : scores) WriteFileAtomically(score.file, ToJson(score).dump());
}

BOOST_AUTO_TEST_CASE(scores_of_what_is_planned_agree_with_it) {
  auto json = SmallMatrix();
  BlockOf(json)["defenses"].push_back({"clp", "abd"});
  BlockOf(json)["defenses"].push_back("ft");
  BlockOf(json)["distillers"].push_back("zskt");
  json["overrides"] = {{{"when", {{"attack", "blend"}, {"student", "vgg-s-2"}}},
                        {"set", {{"sv.layers", 2}, {"noise.temperature", 2}}}}};
  json["settings"] = {{"distiller.batch_size", 32}};
  const auto scores = ScoresOf(json);
  BOOST_TEST(scores.size() == 24U);
  BOOST_TEST(Told(scores) == "");
}

struct Changed {
  const char *path, *words;
  void (*change)(Score&);
};

// Every score says so: whom most contradict is not the question.
BOOST_AUTO_TEST_CASE(scores_that_say_otherwise_than_the_matrix_beside_them_are_told_though_all_do) {
  const Changed changes[] = {
      {"/preset", "the preset: 'faithful' here, 'fixed' in",
       [](Score& s) { s.preset = "faithful"; }},
      {"/numerics/profile", "the profile: 'bf16' here, 'fp32' in",
       [](Score& s) { s.numerics.profile = "bf16"; }},
      {"/demonstration", "'true' here, 'false' in", [](Score& s) { s.demonstration = true; }},
      {"/evaluated_on", "'validation' here, 'test' in",
       [](Score& s) { s.evaluated_on = "validation"; }},
      {"/track", "'clean_subset' here", [](Score& s) { s.track = "clean_subset"; }},
      {"/teacher_recipe", "epochs = 1 here, epochs = 7 in",
       [](Score& s) { s.teacher_recipe["epochs"] = 1; }},
      {"/teacher_recipe", "no epochs here, epochs = 7 in",
       [](Score& s) { s.teacher_recipe.erase("epochs"); }},
      {"/teacher_recipe", "lr = 0.5 here, lr = 0.1 in",
       [](Score& s) { s.teacher_recipe["lr"] = 0.5; }},
      {"/teacher_recipe", "null here", [](Score& s) { s.teacher_recipe = nullptr; }},
      {"/entries/distiller/options", "distiller 'noise': rounds = 20 here, rounds = 40 in",
       [](Score& s) { s.entries["distiller"].options["rounds"] = 20; }},
      {"/entries/distiller/options", "no rounds here, rounds = 40 in",
       [](Score& s) { s.entries["distiller"].options.erase("rounds"); }},
      {"/entries/attack/options", "attack 'blend': alpha = 0.9 here",
       [](Score& s) { s.entries["attack"].options["alpha"] = 0.9; }},
      {"/entries/dataset/options", "more = 1 here, no more in",
       [](Score& s) { s.entries["dataset"].options["more"] = 1; }},
      {"/entries/dataset/attack_aware", "attack_aware = true here, false in",
       [](Score& s) { s.entries["dataset"].attack_aware = true; }},
      {"/entries/distiller/plugin", "plugin 'ood_kd' here, 'noise_kd' in",
       [](Score& s) { s.entries["distiller"].plugin = "ood_kd"; }}};
  const auto sound = ScoresOf(Attacked());
  BOOST_TEST(Told(sound) == "");
  for (const auto& [path, words, change] : changes) {
    auto scores = sound;
    for (auto& score : scores) change(score);
    const auto told = Told(scores);
    BOOST_TEST(told.starts_with(fmt::format("4 {}: ", path)), told);
    BOOST_TEST(Contains(told, words), told);
    BOOST_TEST(Contains(told, (kFolder / "matrix.json").string()), told);
  }
}

BOOST_AUTO_TEST_CASE(a_plugin_under_the_id_of_another_and_parts_of_a_composite_are_told) {
  auto scores = ScoresOf(Attacked());
  for (auto& score : scores) {
    auto& defense = score.entries["defense"];
    if (score.cell.defense == "sv") defense.plugin = "clp", defense.options = {{"bound", 99}};
    if (score.cell.defense == "abd") defense.parts.at(0).options["layers"] = 9;
  }
  const auto problems = CheckAgainstMatrices(scores);
  BOOST_TEST_REQUIRE(problems.size() == 2U);
  BOOST_TEST(problems[0].second.path == "/entries/defense/plugin");
  BOOST_TEST(problems[1].second.path == "/entries/defense/parts");
  const auto& reason = problems[1].second.reason;
  BOOST_TEST(Contains(reason, "defense 'abd', part shuffling_vaccine: layers = 9 here"), reason);
}

BOOST_AUTO_TEST_CASE(options_of_a_list_and_of_who_joined_the_matrix_are_compared) {
  auto json = Attacked();
  BlockOf(json)["defenses"] = {"none", {"clp", "abd"}};
  Selection selection;
  selection.defenses = {"clp+abd", "ft"};
  const auto sound = ScoresOf(json, selection);
  BOOST_TEST_REQUIRE(sound.size() == 2U);
  BOOST_TEST(Told(sound) == "");
  auto scores = sound;
  for (auto& score : scores) {
    auto& options = score.entries["defense"].options;
    score.cell.defense == "ft" ? options["epochs"] = 999 : options["clp"]["u"] = 99;
  }
  const auto problems = CheckAgainstMatrices(scores);
  BOOST_TEST_REQUIRE(problems.size() == 2U);
  for (const auto& [unused, problem] : problems)
    BOOST_TEST(problem.path == "/entries/defense/options", problem.reason);
}

BOOST_AUTO_TEST_CASE(another_revision_of_a_plugin_may_have_had_other_options_and_another_track) {
  auto scores = ScoresOf(Attacked());
  for (auto& score : scores) {
    score.entries["distiller"].revision = 0;
    score.entries["distiller"].options = {{"steps", 3}};
    score.track = "out_of_distribution";
  }
  BOOST_TEST(Told(scores) == "");
}

// An option that joins at a default that changes nothing needs no other revision.
BOOST_AUTO_TEST_CASE(an_option_at_its_default_may_be_missing_in_a_score_of_an_earlier_program) {
  auto scores = ScoresOf(Attacked());
  for (auto& score : scores) {
    BOOST_TEST_REQUIRE(score.entries["distiller"].options.erase("temperature") == 1U);
    BOOST_TEST_REQUIRE(score.teacher_recipe.erase("augment") == 1U);
  }
  BOOST_TEST(Told(scores) == "");
}

BOOST_AUTO_TEST_CASE(the_checksum_of_a_file_that_the_matrix_names_by_its_path_is_the_scores) {
  auto json = Attacked();
  BlockOf(json)["attacks"] = {{{"id", "blend"},
                               {"plugin", "blend"},
                               {"options", {{"picture", "file"}, {"image", "trigger.ppm"}}}}};
  auto scores = ScoresOf(json);
  for (auto& score : scores) score.entries["attack"].options["sha256"] = std::string(64, 'a');
  BOOST_TEST(Told(scores) == "");
  for (auto& score : scores) score.entries["attack"].options["image"] = "other.ppm";
  BOOST_TEST(Contains(Told(scores), "image = \"other.ppm\" here, image = \"trigger.ppm\" in"));
}

BOOST_AUTO_TEST_CASE(nothing_is_told_of_other_matrices_of_plugins_of_others_and_of_kept_results) {
  auto wrong = ScoresOf(Attacked());
  for (auto& score : wrong) score.preset = "faithful";
  BOOST_TEST(Told(wrong) != "");
  auto others = wrong;
  for (auto& score : others) score.matrix = "another";
  BOOST_TEST(CheckAgainstMatrices(others).empty());
  for (auto& score : others) score.matrix = "small", score.file = kFolder / "none.jsonl";
  BOOST_TEST(CheckAgainstMatrices(others).empty());
  auto theirs = Attacked();
  BlockOf(theirs)["attacks"].push_back("their_own");
  WriteFileAtomically(kFolder / "matrix.json", theirs.dump());
  BOOST_TEST(CheckAgainstMatrices(wrong).empty());
  theirs = Attacked();
  BlockOf(theirs)["detectors"] = {"their_own"};
  WriteFileAtomically(kFolder / "matrix.json", theirs.dump());
  BOOST_TEST(CheckAgainstMatrices(wrong).empty());
  fs::remove(kFolder / "matrix.json");
  BOOST_TEST(CheckAgainstMatrices(wrong).empty());
}

BOOST_AUTO_TEST_CASE(who_is_right_is_loaded_though_most_are_wrong) {
  const auto sound = ScoresOf(Attacked());
  auto scores = sound;
  Write(scores);
  BOOST_TEST(LoadScores({kFolder}).scores.size() == 4U);
  BOOST_TEST(LoadScores({kFolder}).left_out.empty());
  for (auto& score : scores) {
    if (score.cell.defense != "sv") score.teacher_recipe["epochs"] = 1;
  }
  Write(scores);
  const auto loaded = LoadScores({kFolder});
  BOOST_TEST_REQUIRE(loaded.scores.size() == 1U);
  BOOST_TEST(loaded.scores[0].cell.defense == "sv");
  BOOST_TEST(loaded.left_out.size() == 3U);
  const auto problems = ValidateFiles(ScoreFiles(kFolder));
  BOOST_TEST(problems.size() == 3U);
  for (const auto& problem : problems)
    BOOST_TEST(Contains(problem.reason, "epochs = 1 here, epochs = 7 in"), problem.reason);
}

}  // namespace dfkd::matrix_agreement_test
