// What `dfkd gc --keep` and `dfkd push` take for named by scores.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <sstream>
#include <utility>

#include "bench/cli/artifact_names.h"
#include "bench/cli/command.h"
#include "bench/scores/results_file.h"
#include "bench/store/stage.h"
#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::gc_test {

namespace fs = std::filesystem;

Score Naming(const std::string& ref) {
  auto score = ReadScore(FixtureScoreFile());
  score.media.clear();
  score.provenance.stages = {{"the teacher", ParseRef(ref).key}};
  score.provenance.artifacts = {{"the teacher", std::string(64, 'd')}};
  return score;
}

CommittedResult ResultNaming(const std::string& ref, const std::string& created) {
  CommittedResult result{Naming(ref), ParseRef(ref).key, "", Verified::kValid, "somebody"};
  result.score.provenance.created = created;
  return result;
}

// A score in a file, two results of one cell in lines beside it, and an artifact for each; a last
// one is nobody's.
struct Kept {
  Kept() {
    Put([](Score&) {});
    testing::Write(lines, ToText({ResultNaming(in_line, "2024-01-01T00:00:00Z"),
                                  ResultNaming(in_newer_line, "2025-01-01T00:00:00Z")}));
  }
  // The score in a file, changed.
  void Put(const std::function<void(Score&)>& change) const {
    auto score = Naming(in_file);
    change(score);
    testing::Write(results / "toy" / FixtureScoreFile().filename(), ToJson(score).dump());
  }
  // Long ago, or it would stay in any case.
  std::string Publish(const std::string& name, const Json& inputs = Json::object()) {
    const auto stage = MakeStage("teacher", {{"name", name}, {"inputs", inputs}});
    const auto staged = scratch.path() / "staged";
    testing::Write(staged / "model.bin", name);
    store.Publish({.ref = stage.ref, .description = stage.description, .staged = staged});
    fs::last_write_time(store.FolderOf(stage.ref),
                        fs::file_time_type::clock::now() - std::chrono::hours(2));
    return stage.ref;
  }
  void Gc(const std::vector<std::string>& flags = {}) const {
    Program program("dfkd", "", "");
    AddGc(program);
    std::ostringstream said, refused;
    std::vector<std::string> words = {"gc", "--store", store.root().string(), "--keep",
                                      results.string()};
    words.insert(words.end(), flags.begin(), flags.end());
    program.Run(words, said, refused);
  }

  testing::ScratchFolder scratch;
  Store store{scratch.path() / "store"};
  const fs::path results = scratch.path() / "results";
  const fs::path lines = ResultsPath(results, "toy", "abd");
  const std::string in_file = Publish("in a file"), in_line = Publish("in a line"),
                    in_newer_line = Publish("in a newer line"), nobodys = Publish("nobody's");
};

BOOST_FIXTURE_TEST_SUITE(gc, Kept)

BOOST_AUTO_TEST_CASE(what_a_line_of_results_names_is_kept_as_is_what_a_file_names) {
  Gc();
  for (const auto& ref : {in_file, in_line, in_newer_line}) BOOST_TEST(store.Has(ref), ref);
  BOOST_TEST(!store.Has(nobodys));
}

// Floors, detections and the like are on nobody's way to a student.
BOOST_AUTO_TEST_CASE(what_scores_were_compared_with_is_kept_and_exported_with_its_inputs) {
  const auto student = Publish("student of the clean teacher");
  const auto floor = Publish("floor", {{"model", student}});
  Put([&](Score& score) {
    score.provenance.references = {ParseRef(floor).key, std::string(64, 'f')};
  });
  const auto named = ArtifactsNamed(store, {results.string()});
  for (const auto& ref : {floor, student})
    BOOST_TEST(std::count(named.refs.begin(), named.refs.end(), ref) == 1, ref);
  BOOST_TEST(named.missing.size() == 1U);
  Gc();
  for (const auto& ref : {floor, student, in_file}) BOOST_TEST(store.Has(ref), ref);
  BOOST_TEST(!store.Has(nobodys));
}

BOOST_AUTO_TEST_CASE(of_states_that_were_continued_none_is_missed_and_one_that_is_there_is_kept) {
  const auto early = Publish("early");
  Put([&](Score& score) {
    score.provenance.stages = {{"distill ood_kd none to round 50", std::string(64, 'f')},
                               {"distill ood_kd none to round 100", ParseRef(early).key},
                               {"distill ood_kd none to round 200", ParseRef(in_file).key}};
  });
  Gc();
  for (const auto& ref : {early, in_file}) BOOST_TEST(store.Has(ref), ref);
  Gc({"--superseded"});
  BOOST_TEST(!store.Has(early));
  BOOST_TEST(store.Has(in_file));
}

BOOST_AUTO_TEST_CASE(what_was_deleted_behind_an_evaluation_that_is_there_is_not_missed) {
  const auto student = Publish("student");
  Put([&](Score& score) {
    score.provenance.stages = {{"evaluate distill on clean data", ParseRef(in_file).key},
                               {"distill ood_kd none to round 200", ParseRef(student).key},
                               {"transfer_set bank", std::string(64, 'f')}};
  });
  Gc();
  for (const auto& ref : {student, in_file}) BOOST_TEST(store.Has(ref), ref);
  BOOST_TEST(!store.Has(nobodys));
}

BOOST_AUTO_TEST_CASE(without_what_a_score_hangs_on_nothing_goes) {
  fs::remove_all(store.FolderOf(in_file));
  BOOST_TEST(Contains(MessageOf([&] { Gc(); }), "nothing is removed"));
  BOOST_TEST(store.Has(nobodys));
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_lets_nothing_go) {
  testing::Write(lines, ReadBytes(lines) + "broken\n");
  BOOST_TEST(Contains(MessageOf([&] { Gc(); }), lines.string() + "/4: "));
  BOOST_TEST(store.Has(nobodys));
}

BOOST_AUTO_TEST_CASE(what_lines_of_results_name_is_what_they_stand_for) {
  BOOST_TEST(ArtifactsNamed(store, {results.string()}).refs.size() == 3U);
  BOOST_TEST(ArtifactsNamed(store, {lines.string()}).refs.size() == 2U);
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_told_how_many_of_all_files_have_been_read) {
  std::vector<std::pair<size_t, size_t>> told;
  const auto named = StagesNamedIn({results, lines},
                                   [&](size_t done, size_t all) { told.emplace_back(done, all); });
  BOOST_TEST((told == std::vector<std::pair<size_t, size_t>>{{1, 3}, {2, 3}, {3, 3}}));
  BOOST_TEST(named.own.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_folder_without_scores_among_others_lets_nothing_go) {
  const auto empty = scratch.path() / "empty";
  fs::create_directories(empty);
  BOOST_TEST(Contains(MessageOf([&] { Gc({empty.string()}); }), "there are no scores"));
  BOOST_TEST(store.Has(nobodys));
}

BOOST_AUTO_TEST_CASE(where_there_are_no_scores_nothing_is_called_named) {
  const auto empty = scratch.path() / "empty";
  fs::create_directories(empty);
  BOOST_TEST(Contains(MessageOf([&] { StageKeysIn(empty); }), "there are no scores"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::gc_test
