#include "bench/scores/validate.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>

#include "bench/io/file.h"
#include "bench/io/schema.h"
#include "tests/io/peak_memory.h"
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

// Where the only problem of the toy score lies after a change; all problems if there are several.
std::string PathAfter(const std::function<void(Score&)>& change) {
  auto score = ReadScore(FixtureScoreFile());
  change(score);
  const auto problems = CheckScore(score, FixtureScoreFile());
  return problems.size() == 1U ? problems[0].path : Described(problems);
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
  const auto whole = ReadBytes(FixtureMatrixFile());
  WriteFileAtomically("nul.json", whole + std::string(1, '\0') + "junk");
  for (const char* file :
       {"broken.json", "infinite.json", "list.json", "absent.json", "nul.json"}) {
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

BOOST_AUTO_TEST_CASE(twins_are_told_once_and_in_little_memory_however_many_there_are) {
  Json score = ReadJson(FixtureScoreFile());
  score["validity"] = std::vector<std::string>(2000, "attack_ineffective");
  const std::string hash(64, 'a');
  score["provenance"]["sources"]["defense abd"] = std::vector<std::string>{hash, hash};
  std::vector<SchemaProblem> problems;
  const auto held = testing::PeakMemoryOf([&] { problems = CheckSchema(score, "scores.v1"); });
  BOOST_TEST(held < 64 << 20);  // two million pairs take some hundred MiB
  BOOST_TEST_REQUIRE(problems.size() == 2u);
  BOOST_TEST(problems[0].path == "/provenance/sources/defense abd");
  BOOST_TEST(problems[1].path == "/validity");
  for (const auto& problem : problems)
    BOOST_TEST(Contains(problem.reason, "without twins"), problem.reason);
}

BOOST_AUTO_TEST_CASE(a_document_of_more_values_than_anybody_writes_is_refused_as_a_whole) {
  Json score = ReadJson(FixtureScoreFile());
  score["student"]["acc_per_class"] = std::vector<double>(100000, 0.5);
  const auto problems = CheckSchema(score, "scores.v1");
  BOOST_TEST_REQUIRE(problems.size() == 1u);
  BOOST_TEST(problems[0].path == "");
  BOOST_TEST(Contains(problems[0].reason, "values; at most 100000 are allowed"));
}

BOOST_AUTO_TEST_CASE(of_numbers_that_are_too_large_a_thousand_are_told) {
  Json score = ReadJson(FixtureScoreFile());
  score["student"]["acc_per_class"] = std::vector<double>(3000, 1e30);
  BOOST_TEST(CheckSchema(score, "scores.v1").size() == 1000u);
}

// The position of the score of a cell of the toy scores, teacher and student seed 0.
size_t Find(const std::vector<Score>& scores, const std::string& attack,
            const std::string& defense) {
  for (size_t i = 0; i < scores.size(); ++i) {
    const auto& cell = scores[i].cell;
    if (cell.attack == attack && cell.defense == defense && cell.teacher_seed == 0) return i;
  }
  throw MakeError("no score of {} under {}", defense, attack);
}

BOOST_AUTO_TEST_CASE(a_teacher_passes_at_the_bound_whatever_its_asr) {
  auto score = ReadScore(FixtureScoreFile());
  score.teacher->acc = 0.917, score.counts["teacher"].clean = Count{917, 1000};
  // Of a dormant attack: a student was judged.
  score.teacher->asr = 0.0, score.counts["teacher"].target = Count{0, 900};
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) == "");
  score.teacher->acc = 0.916, score.counts["teacher"].clean = Count{916, 1000};
  BOOST_TEST(CheckScore(score, FixtureScoreFile()).at(0).path == "/teacher/gate");
}

BOOST_AUTO_TEST_CASE(a_teacher_from_a_file_has_no_gate_and_says_why) {
  auto score = ReadScore(FixtureScoreFile());
  score.teacher->clean_acc.reset(), score.teacher->gate.reset();
  score.validity = {"no_clean_teacher"};
  score.teacher_recipe = {{"sha256", std::string(64, '0')}};
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) == "");
}

BOOST_AUTO_TEST_CASE(without_an_attack_there_is_neither_gate_nor_asr) {
  const auto scores = ReadScores(Fixtures() / "valid");
  const auto& sound = scores[Find(scores, "none", "abd")];
  BOOST_TEST(Described(CheckScore(sound, sound.file)) == "");
  auto gated = sound;
  gated.teacher->gate = "passed";
  BOOST_TEST(Described(CheckScore(gated, sound.file)) ==
             "/teacher/gate: passed must be null without an attack; ");
  auto triggered = sound;
  triggered.student->asr = 0.5, triggered.counts["student"].target = Count{450, 900};
  BOOST_TEST(Described(CheckScore(triggered, sound.file)) ==
             "/counts/student/target: must be null without an attack; ");
}

// A change of one of these scores, and where it contradicts the others then.
using Contradiction = std::pair<const char*, std::function<void(Score&)>>;

void CheckTold(const std::vector<Score>& sound, const Contradiction& contradiction) {
  auto scores = sound;
  auto& score = scores[Find(scores, "badnets_grid", "abd")];
  contradiction.second(score);
  const auto problems = CheckScoresAgree(scores);
  BOOST_TEST_REQUIRE(problems.size() == 1U, Described(problems));
  BOOST_TEST(problems[0].path == contradiction.first);
  BOOST_TEST(problems[0].file == score.file);
  BOOST_TEST(!Contains(problems[0].reason, "here,  in"), problems[0].reason);
  BOOST_TEST(!Contains(problems[0].reason, "\n"), problems[0].reason);
}

BOOST_AUTO_TEST_CASE(scores_of_one_place_speak_of_one_teacher_one_floor_and_the_same_images) {
  const Contradiction changes[] = {
      {"/teacher/gate", [](Score& s) { s.teacher->gate = "failed"; }},
      {"/teacher", [](Score& s) { s.teacher->acc = 0.3; }},
      {"/teacher", [](Score& s) { s.teacher->asr = 0.3; }},
      {"/teacher/clean_acc", [](Score& s) { s.teacher->clean_acc = 0.3; }},
      {"/floor", [](Score& s) { s.counts["floor"].target->hits = 900; }},
      {"/counts/student/clean", [](Score& s) { s.counts["student"].clean->of = 10; }},
      {"/counts/student/target", [](Score& s) { s.counts["student"].target->of = 10; }}};
  const auto scores = ReadScores(Fixtures() / "valid");
  for (const auto& change : changes) CheckTold(scores, change);
}

BOOST_AUTO_TEST_CASE(who_says_that_there_is_no_floor_where_others_have_one_is_told) {
  auto scores = ReadScores(Fixtures() / "valid");
  auto& score = scores[Find(scores, "badnets_grid", "abd")];
  score.floor.reset(), score.counts.erase("floor");
  score.validity.push_back("no_floor");
  const auto told = Described(CheckScoresAgree(scores));
  BOOST_TEST(told.starts_with("/validity: must not contain no_floor: the floor is in "), told);
  // Its teacher was trained on another machine, where the floor may have failed.
  score.provenance.artifacts["teacher"] = std::string(64, '1');
  BOOST_TEST(Described(CheckScoresAgree(scores)) == "");
}

BOOST_AUTO_TEST_CASE(what_may_differ_in_scores_of_one_place_is_no_contradiction) {
  auto scores = ReadScores(Fixtures() / "valid");
  // Trained on another machine.
  auto& elsewhere = scores[Find(scores, "badnets_grid", "abd")];
  elsewhere.teacher->acc = 0.95;
  elsewhere.provenance.artifacts["teacher"] = std::string(64, '1');
  auto& without_keys = scores[Find(scores, "blend_0.1", "abd")];
  without_keys.teacher->acc = 0.95;
  without_keys.provenance.artifacts.clear();
  // An attack that has learned from the clean teacher has its floor from another one.
  for (auto& score : scores) {
    if (score.cell.attack == "blend_0.1" && score.cell.defense != "abd")
      score.provenance.artifacts["teacher none"] = std::string(64, '2');
  }
  scores[Find(scores, "blend_0.1", "sv")].counts["floor"].target->hits = 1;
  // Failed all the same.
  scores[Find(scores, "sine", "abd")].teacher->gate = "ignored";
  BOOST_TEST(Described(CheckScoresAgree(scores)) == "");
}

BOOST_AUTO_TEST_CASE(a_time_is_one_that_the_calendar_and_the_clock_have) {
  BOOST_TEST(IsTime("2024-02-29T23:59:59Z"));
  for (const char* text : {"2026-02-31T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z",
                           "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
                           "2024-01-01T00:00:00", "2024-01-01T00:00:00Zulu", ""}) {
    BOOST_TEST(!IsTime(text), text);
    BOOST_TEST(PathAfter([&](Score& s) { s.provenance.created = text; }) == "/provenance/created");
  }
}

BOOST_AUTO_TEST_CASE(seconds_are_none_or_as_many_as_a_clock_tells) {
  const auto of_no_student = [](double seconds) {
    return PathAfter([seconds](Score& s) {
      s.status = Status::kDiverged, s.reason = "not finite";
      s.student.reset(), s.counts.erase("student");
      s.cost.wall_seconds.reset(), s.cost.cpu_seconds = seconds;
    });
  };
  for (const double seconds : {0.0, 1e-9}) BOOST_TEST(of_no_student(seconds) == "");
  for (const double seconds : {1e-300, 1e-320, 9e-10, 2e8})
    BOOST_TEST(of_no_student(seconds) == "/cost/cpu_seconds");
}

// Measured: 27 CPU-seconds in 758 on the clock, of a process that was suspended.
BOOST_AUTO_TEST_CASE(processors_work_as_long_as_a_machine_of_others_lets_them) {
  const auto of_threads = [](int64_t threads, double seconds) {
    return PathAfter([=](Score& s) { s.numerics.threads = threads, s.cost.cpu_seconds = seconds; });
  };
  for (const double seconds : {0.1, 27.0, 940.8, 1900.0}) BOOST_TEST(of_threads(1, seconds) == "");
  BOOST_TEST(of_threads(1, 1e5) == "/cost/cpu_seconds");
  BOOST_TEST(of_threads(64, 1e5) == "");
  BOOST_TEST(of_threads(1, 0.09) == "/cost/cpu_seconds");
}

BOOST_AUTO_TEST_CASE(a_student_takes_a_millisecond_at_least_and_a_gpu_counts_in_its_place) {
  const auto in_all = [](double seconds) {
    return PathAfter([=](Score& s) {
      s.cost = {.wall_seconds = seconds, .cpu_seconds = seconds, .peak_bytes = 0};
    });
  };
  BOOST_TEST(in_all(0.001) == "");
  BOOST_TEST(Contains(in_all(0.0005), "/cost/wall_seconds: 0.0005 must be at least 0.001"));
  const auto on_gpu = [](double seconds) {
    return PathAfter([=](Score& s) { s.numerics.device = "cuda", s.cost.gpu_seconds = seconds; });
  };
  BOOST_TEST(on_gpu(900) == "");
  BOOST_TEST(on_gpu(0) == "/cost/gpu_seconds");
}

// An evaluation may be made once more on another machine, where a few answers differ.
BOOST_AUTO_TEST_CASE(student_and_teacher_agree_as_often_as_their_acc_allows_and_a_few_times_more) {
  const auto agreeing = [](double agreement) {
    return PathAfter([=](Score& s) { s.student->agreement = agreement; });
  };
  for (const double agreement : {0.792, 0.799, 0.917, 0.924}) BOOST_TEST(agreeing(agreement) == "");
  for (const double agreement : {0.791, 0.925}) {
    BOOST_TEST(agreeing(agreement) == "/student/agreement");
  }
}

BOOST_AUTO_TEST_CASE(an_asr_without_a_floor_says_why) {
  auto score = ReadScore(FixtureScoreFile());
  score.floor.reset(), score.counts.erase("floor");
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) ==
             "/validity: must contain no_floor or no_clean_teacher, because floor.asr is null; ");
  score.validity.push_back("no_floor");
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) == "");
}

BOOST_AUTO_TEST_CASE(students_are_tried_once_after_each_number_of_images) {
  auto score = ReadScore(FixtureScoreFile());
  ReactivationScore tried{.images = 50, .acc = 0.5, .asr = 0.8, .floor_asr = 0.4, .kappa = 2.0};
  tried.student = {Count{1, 2}, Count{4, 5}, std::nullopt};
  tried.floor = {Count{1, 2}, Count{2, 5}, std::nullopt};
  score.reactivation = {tried, tried};
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) ==
             "/reactivation/1/images: 50 images were tried before; each number stands once; ");
  score.reactivation[1].images = 10;  // in whatever order the matrix asks
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) == "");
  score.reactivation[0].student.true_label = Count{1, 5};
  BOOST_TEST(Described(CheckScore(score, FixtureScoreFile())) == "");
  for (const auto& wrong : {Count{2, 5}, Count{1, 4}, Count{6, 5}}) {
    score.reactivation[0].student.true_label = wrong;
    BOOST_TEST(PathAfter([&](Score& s) { s = score; }) == "/reactivation/0/student/true_label");
  }
}

BOOST_AUTO_TEST_CASE(nobody_asks_twice_after_one_number_of_images) {
  Json score = ReadJson(FixtureScoreFile());
  auto& asked = score["provenance"]["asked"];
  asked = {{"detectors", Json::object()},
           {"reactivation", {{"images", {50, 10}}, {"steps", 7}, {"lr", 0.5}}}};
  BOOST_TEST(CheckSchema(score, "scores.v1").empty());
  asked["reactivation"]["images"] = {10, 10};
  const auto problems = CheckSchema(score, "scores.v1");
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems[0].path == "/provenance/asked/reactivation/images");
}

BOOST_AUTO_TEST_CASE(scores_of_one_matrix_agree_on_tracks_data_and_whether_they_demonstrate) {
  const Contradiction changes[] = {
      {"/track", [](Score& s) { s.track = "clean_subset"; }},
      {"/demonstration", [](Score& s) { s.demonstration = !s.demonstration; }},
      {"/data/official", [](Score& s) { s.data.official = false; }}};
  auto scores = ReadScores(Fixtures() / "valid");
  for (size_t i = 0; i + 1 < scores.size(); ++i) scores[i].data.official = true;
  scores.back().data.official.reset();  // nobody knows: no contradiction
  BOOST_TEST(Described(CheckScoresAgree(scores)) == "");
  for (const auto& change : changes) CheckTold(scores, change);
}

BOOST_AUTO_TEST_CASE(a_matrix_of_none_of_the_scores_beside_it_is_told) {
  BOOST_TEST(ValidateFiles({FixtureScoreFile(), FixtureMatrixFile()}).empty());
  std::filesystem::remove_all("beside");
  const auto file = std::filesystem::path("beside") / FixtureScoreFile().filename();
  Json score = ReadJson(FixtureScoreFile());
  score["matrix"] = "another";
  for (const auto& kind : MediaKinds()) score["media"][kind] = nullptr;
  WriteFileAtomically(file, score.dump());
  WriteFileAtomically("beside/matrix.json", ReadBytes(FixtureMatrixFile()));
  const auto problems = ValidateFiles({file, "beside/matrix.json"});
  BOOST_TEST_REQUIRE(problems.size() == 1U, Described(problems));
  BOOST_TEST(problems[0].path == "/name");
  BOOST_TEST(Contains(problems[0].reason, "'another'"));
}

BOOST_AUTO_TEST_CASE(a_score_behind_a_link_is_refused_as_sites_refuse_it) {
  namespace fs = std::filesystem;
  fs::remove_all("links");
  fs::create_directories("links");
  fs::create_symlink(FixtureScoreFile(), "links" / FixtureScoreFile().filename());
  fs::create_symlink("endless.json", "links/endless.json");
  for (const auto& name : {FixtureScoreFile().filename().string(), std::string("endless.json")})
    BOOST_TEST(Described(ValidateFile("links/" + name)) == ": must not be a link; ");
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
