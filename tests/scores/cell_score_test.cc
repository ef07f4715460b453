// What the score of a cell says of its stages, as long as they are there and afterwards.
#include "bench/scores/cell_score.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "bench/scores/validate.h"
#include "bench/scores/write_scores.h"
#include "bench/store/failures.h"
#include "tests/store/store_testing.h"

namespace dfkd::cell_score_test {

using testing::ScratchFolder;
using testing::Write;
namespace fs = std::filesystem;

struct Desk {
  StageId Add(const std::string& kind, const Json& description, const std::string& title) {
    const auto id = plan.Add(kind, description).first;
    plan.stages[id].title = title;
    return id;
  }
  StageId Publish(const std::string& kind, const Json& description, const std::string& title,
                  const std::string& file = "images", const std::string& content = "x",
                  const Json& costs = Json::object()) {
    const auto id = Add(kind, description, title);
    const auto& stage = plan.At(id).stage;
    const auto staged = folder.path() / "staged";
    Write(staged / file, content);
    store.Publish({.ref = stage.ref,
                   .description = stage.description(),
                   .staged = staged,
                   .numerics = {{"threads", 1}},
                   .facts = {{"commit", "abc"}, {"wall_seconds", 2.5}, {"costs", costs}}});
    return id;
  }

  ScratchFolder folder;
  Store store{folder.path() / "store"};
  Plan plan;
};

PlannedCell PlannedToy() {
  PlannedCell cell;
  cell.cell = {"shapes", "none", "vgg-s-4", "vgg-s-4", "ood_kd", "none", 0, 0};
  cell.id = CellId(cell.cell);
  CellEntries entries;
  for (const char* axis : {"dataset", "attack", "distiller", "defense"})
    entries[axis] = {.id = axis, .plugin = "none"};
  for (const char* axis : {"dataset", "distiller"}) entries[axis].plugin = axis;
  cell.entries = std::make_shared<const CellEntries>(entries);
  return cell;
}

// Of the teacher and of the sanitised one: a transfer set of each.
BOOST_FIXTURE_TEST_CASE(of_stages_of_one_title_a_score_names_each, Desk) {
  const auto first = Publish("transfer_set", {{"seed", 1}}, "transfer_set bank");
  const auto second = Publish("transfer_set", {{"seed", 2}}, "transfer_set bank");
  auto cell = PlannedToy();
  cell.student = Add("distill", {{"seed", 1}}, "distill ood_kd");
  cell.student_evaluation = Add("evaluate", {{"seed", 1}}, "evaluate student");
  cell.path = {first, second, cell.student, cell.student_evaluation};
  Failures(store.root()).Record(plan.At(cell.student).stage.key(), {.message = "bad"});
  Matrix matrix;
  matrix.name = "toy";
  std::map<std::string, DataFacts> data;
  data["shapes"] = {};
  const Scoring scoring{matrix, plan, data, "1"};
  Results results(plan, store);
  const auto score = ReadCellScore(scoring, cell, results);
  BOOST_TEST_REQUIRE(score.has_value());
  BOOST_TEST((score->status == Status::kFailed));
  const auto& stages = score->provenance.stages;
  BOOST_TEST_REQUIRE(stages.size() == 2U);
  BOOST_TEST(stages.at("transfer_set bank") == plan.At(first).stage.key());
  BOOST_TEST(stages.at("transfer_set bank (2)") == plan.At(second).stage.key());
}

// One cell that ended well: an earlier state, the student, its evaluation, what it is compared
// with, and one detection. `recorded`: costs have digests, as versions since write them.
struct Ended : Desk {
  explicit Ended(bool recorded = true) {
    matrix.name = "toy";
    matrix.source = {{"name", "toy"}};
    data["shapes"] = {.fingerprint = std::string(64, 'a')};
    cell = PlannedToy();
    early = Publish("distill", {{"round", 100}}, "distill ood_kd none to round 100");
    const Json before = {{plan.Ref(early), Cost(early, 1, recorded)}};
    cell.student = Publish("distill", {{"round", 200}}, "distill ood_kd none to round 200",
                           "log.json", R"({"loss":[[1,0.5]]})", before);
    Json costs = before;
    costs[plan.Ref(cell.student)] = Cost(cell.student, 2, recorded);
    cell.student_evaluation = Publish(
        "evaluate", {{"inputs", {{"model", plan.Ref(cell.student)}}}, {"reactivation", kHow}},
        "evaluate distill", "evaluation.json", kEvaluation, costs);
    cell.undefended_evaluation = Evaluated("undefended");
    cell.floor_evaluation = Evaluated("floor");
    const auto detection = Publish("detect", {{"detector", kDetector}}, "detect", "detection.json",
                                   R"({"statistic":1.5,"suspicious":false,"target":0})");
    cell.detections = std::make_shared<const std::vector<PlannedDetection>>(
        std::vector<PlannedDetection>{{"soon", detection, kNoStage}});
    cell.path = {early, cell.student, cell.student_evaluation};
    plan.matrix = "toy";
    plan.cells = {cell};
  }

  StageId Evaluated(const std::string& title) {
    return Publish("evaluate", {{"of", title}}, title, "evaluation.json", kEvaluation);
  }
  Json Cost(StageId id, double seconds, bool recorded) const {
    Json cost = {{"label", "x"},
                 {"wall_seconds", seconds},
                 {"cpu_seconds", seconds},
                 {"peak_bytes", 1 << 28}};
    if (recorded) cost["digest"] = store.Manifest(plan.Ref(id)).value().at("digest");
    return cost;
  }
  void Lose(StageId id) { fs::remove_all(store.FolderOf(plan.Ref(id))); }
  std::string Key(StageId id) const { return plan.At(id).stage.key(); }

  // As a process of its own writes it.
  Score Written(const std::string& out) {
    const Scoring scoring{matrix, plan, data, "1"};
    Store again(store.root());
    const auto files = WriteScores(scoring, again, folder.path() / out).files;
    BOOST_TEST_REQUIRE(files.size() == 1U);
    const auto read = ReadValidScore(files.front());
    for (const auto& problem : read.problems) BOOST_ERROR(problem.path + ": " + problem.reason);
    return read.score.value();
  }

  static constexpr const char* kEvaluation =
      R"({"clean":[60,100],"target":null,"true_label":null,"agreement":[70,100],)"
      R"("acc_per_class":[[20,50],[40,50]],"curves":null,"visibility":null})";
  const Json kHow = {{"images", {10, 50}}, {"steps", 7}, {"lr", 0.5}, {"revision", 1}, {"seed", 0}};
  const Json kDetector = {{"plugin", "mm_bd"}, {"revision", 1}, {"options", {{"steps", 3}}}};
  Matrix matrix;
  std::map<std::string, DataFacts> data;
  PlannedCell cell;
  StageId early = kNoStage;
};

struct EndedLongAgo : Ended {
  EndedLongAgo() : Ended(/*recorded=*/false) {}
};

BOOST_FIXTURE_TEST_CASE(a_score_records_what_it_was_compared_with_and_how_it_was_asked, Ended) {
  const auto score = Written("scores");
  std::vector<std::string> keys = {Key(cell.undefended_evaluation), Key(cell.floor_evaluation),
                                   Key(cell.detections->front().teacher)};
  std::sort(keys.begin(), keys.end());
  BOOST_TEST(score.provenance.references == keys, boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(score.provenance.asked.has_value());
  const auto& asked = *score.provenance.asked;
  BOOST_TEST(asked.detectors.at("soon").plugin == "mm_bd");
  BOOST_TEST(asked.detectors.at("soon").options.at("steps") == 3);
  const Json how = {{"images", {10, 50}}, {"steps", 7}, {"lr", 0.5}};
  BOOST_TEST(asked.reactivation == how);
}

BOOST_FIXTURE_TEST_CASE(costs_are_those_of_what_was_evaluated_even_if_that_is_gone, Ended) {
  const auto before = Written("scores");
  BOOST_TEST(before.cost.wall_seconds.value() == 3);
  BOOST_TEST(before.cost.total_seconds.value() == 5.5);
  Lose(early);
  Lose(cell.student);
  const auto after = Written("elsewhere");
  BOOST_TEST(ToJson(after).at("cost") == ToJson(before).at("cost"));
}

// `dfkd gc --superseded`
BOOST_FIXTURE_TEST_CASE(a_state_that_is_gone_changes_no_digest_of_a_score, Ended) {
  const auto before = Written("scores");
  BOOST_TEST(before.provenance.stages.size() == 3U);
  Lose(early);
  BOOST_TEST(Digest(Written("elsewhere")) == Digest(before));
}

// Where the store does not know it, the older file does.
BOOST_FIXTURE_TEST_CASE(a_score_is_replaced_by_none_that_says_less, EndedLongAgo) {
  const auto before = Written("scores");
  BOOST_TEST(before.media.contains("log"));
  Lose(early);
  Lose(cell.student);
  BOOST_TEST(Digest(Written("scores")) == Digest(before));
  BOOST_TEST(Written("elsewhere").provenance.stages.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_score_of_another_evaluation_gives_nothing, EndedLongAgo) {
  Written("scores");
  Lose(early);
  Lose(cell.student);
  Lose(cell.student_evaluation);
  auto other = std::string(kEvaluation);
  other.replace(other.find("[70,"), 4, "[71,");
  Publish("evaluate", {{"inputs", {{"model", plan.Ref(cell.student)}}}, {"reactivation", kHow}},
          "evaluate distill", "evaluation.json", other);
  BOOST_TEST(Written("scores").provenance.stages.size() == 1U);
}

}  // namespace dfkd::cell_score_test
