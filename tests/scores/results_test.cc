#include "bench/scores/results.h"

#include <boost/test/unit_test.hpp>

#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::results_test {

using testing::ScratchFolder;
using testing::ThrowsIo;
using testing::Write;
namespace fs = std::filesystem;

const Json kEvaluation = {
    {"clean", {90, 100}}, {"target", {40, 50}}, {"true_label", nullptr}, {"curves", nullptr}};

const Json kCosts = {{"distill/key", {{"cpu_seconds", 1.5}}}};

// A student and its evaluation.
struct Desk {
  Desk()
      : student(Publish("distill", {{"seed", 1}})),
        evaluation(Publish("evaluate", {{"seed", 1}})) {}
  StageId Publish(const std::string& kind, const Json& description) {
    const auto id = plan.Add(kind, description).first;
    const auto& stage = plan.At(id).stage;
    const auto staged = folder.path() / "staged";
    Write(staged / "weights", "heavy");
    Write(staged / "evaluation.json", kEvaluation.dump());
    store.Publish({.ref = stage.ref,
                   .description = stage.description(),
                   .staged = staged,
                   .numerics = {{"threads", 3}},
                   .facts = {{"commit", "abc"},
                             {"costs", kCosts},
                             {"wall_seconds", 2.5},
                             {"sources", {{"defense mine", "hash"}}}}});
    return id;
  }
  fs::path FileOf(StageId id, const std::string& name) const {
    return store.FolderOf(plan.Ref(id)) / name;
  }

  ScratchFolder folder;
  Store store{folder.path() / "store"};
  Plan plan;
  const StageId student, evaluation;
};

BOOST_FIXTURE_TEST_SUITE(results, Desk)

BOOST_AUTO_TEST_CASE(facts_are_those_of_the_manifest) {
  Results read(plan, store);
  const auto* facts = read.FactsOf(plan.Ref(student));
  BOOST_TEST_REQUIRE(facts != nullptr);
  BOOST_TEST(facts->digest == store.Open(plan.Ref(student)).digest());
  BOOST_TEST(facts->commit == "abc");
  BOOST_TEST(facts->threads == 3);
  BOOST_TEST(facts->wall_seconds == 2.5);
  BOOST_TEST_REQUIRE(facts->sources.size() == 1U);
  BOOST_TEST(facts->sources[0].first == "defense mine");
  BOOST_TEST(read.FactsOf("distill/" + std::string(64, '0')) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_thousand_cells_read_the_manifest_of_what_they_share_once) {
  Results read(plan, store);
  for (int cell = 0; cell < 1000; ++cell) {
    BOOST_TEST_REQUIRE(read.FactsOf(plan.Ref(student)) != nullptr);
    BOOST_TEST_REQUIRE(read.CountsOf(evaluation).clean->hits == 90);
  }
  BOOST_TEST(read.manifests_read() == 2U);
}

BOOST_AUTO_TEST_CASE(what_a_cell_asks_for_twice_is_read_once) {
  Results read(plan, store);
  BOOST_TEST(read.Evaluation(evaluation).contains("clean"));
  BOOST_TEST_REQUIRE(read.FactsOf(plan.Ref(student)) != nullptr);
  BOOST_TEST(read.Manifest(student).contains("facts"));
  BOOST_TEST(read.manifests_read() == 2U);
  Write(FileOf(evaluation, "evaluation.json"), "{}");
  BOOST_TEST(read.Evaluation(evaluation).contains("clean"));
}

BOOST_AUTO_TEST_CASE(costs_are_read_where_they_are_asked_for) {
  Results read(plan, store);
  BOOST_TEST(!read.Manifest(student).at("facts").contains("costs"));
  BOOST_TEST(read.ManifestWithCosts(student).at("facts").at("costs") == kCosts);
  BOOST_TEST(read.Evaluation(evaluation).contains("clean"));
  BOOST_TEST(read.ManifestWithCosts(evaluation).at("facts").at("costs") == kCosts);
  BOOST_TEST(read.manifests_read() == 3U);  // that of an evaluation once, with its costs
}

BOOST_AUTO_TEST_CASE(weights_are_not_read_but_what_is_read_is_checked) {
  Write(FileOf(student, "weights"), "changed");
  Write(FileOf(evaluation, "evaluation.json"), "{}");
  Results read(plan, store);
  BOOST_TEST(read.FactsOf(plan.Ref(student)) != nullptr);
  BOOST_TEST(ThrowsIo([&] { read.CountsOf(evaluation); }));
}

BOOST_AUTO_TEST_CASE(what_is_there_is_asked_of_the_store_once_for_all_cells) {
  Results read(plan, store);
  BOOST_TEST(read.Has(student));
  BOOST_TEST(!read.Has(kNoStage));
  fs::remove_all(store.FolderOf(plan.Ref(student)));
  BOOST_TEST(read.Has(student));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::results_test
