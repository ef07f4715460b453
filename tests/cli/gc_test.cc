// What `dfkd gc --keep` and `dfkd push` take for named by scores.
#include <boost/test/unit_test.hpp>
#include <sstream>

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
    testing::Write(results / "toy" / FixtureScoreFile().filename(), ToJson(Naming(in_file)).dump());
    testing::Write(lines, ToText({ResultNaming(in_line, "2024-01-01T00:00:00Z"),
                                  ResultNaming(in_newer_line, "2025-01-01T00:00:00Z")}));
  }
  // Long ago, or it would stay in any case.
  std::string Publish(const std::string& name) {
    const auto stage = MakeStage("teacher", {{"name", name}});
    const auto staged = scratch.path() / "staged";
    testing::Write(staged / "model.bin", name);
    store.Publish({.ref = stage.ref, .description = stage.description, .staged = staged});
    fs::last_write_time(store.FolderOf(stage.ref),
                        fs::file_time_type::clock::now() - std::chrono::hours(2));
    return stage.ref;
  }
  void Gc() const {
    Program program("dfkd", "", "");
    AddGc(program);
    std::ostringstream said, refused;
    program.Run({"gc", "--store", store.root().string(), "--keep", results.string()}, said,
                refused);
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

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_lets_nothing_go) {
  testing::Write(lines, ReadBytes(lines) + "broken\n");
  BOOST_TEST(Contains(MessageOf([&] { Gc(); }), lines.string() + "/4: "));
  BOOST_TEST(store.Has(nobodys));
}

BOOST_AUTO_TEST_CASE(what_lines_of_results_name_is_what_they_stand_for) {
  BOOST_TEST(ArtifactsNamed(store, {results.string()}).refs.size() == 3U);
  BOOST_TEST(ArtifactsNamed(store, {lines.string()}).refs.size() == 2U);
}

BOOST_AUTO_TEST_CASE(where_there_are_no_scores_nothing_is_called_named) {
  const auto empty = scratch.path() / "empty";
  fs::create_directories(empty);
  BOOST_TEST(Contains(MessageOf([&] { StageKeysIn(empty); }), "there are no scores"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::gc_test
