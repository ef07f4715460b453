// What the score of a cell says of its stages.
#include "bench/scores/cell_score.h"

#include <boost/test/unit_test.hpp>

#include "bench/store/failures.h"
#include "tests/store/store_testing.h"

namespace dfkd::cell_score_test {

using testing::ScratchFolder;
using testing::Write;

struct Desk {
  StageId Add(const std::string& kind, int seed, const std::string& title) {
    const auto id = plan.Add(kind, {{"seed", seed}}).first;
    plan.stages[id].title = title;
    return id;
  }
  StageId Publish(const std::string& kind, int seed, const std::string& title) {
    const auto id = Add(kind, seed, title);
    const auto& stage = plan.At(id).stage;
    const auto staged = folder.path() / "staged";
    Write(staged / "images", std::to_string(seed));
    store.Publish({.ref = stage.ref,
                   .description = stage.description(),
                   .staged = staged,
                   .numerics = {{"threads", 1}},
                   .facts = {{"commit", "abc"}, {"wall_seconds", 2.5}}});
    return id;
  }

  ScratchFolder folder;
  Store store{folder.path() / "store"};
  Plan plan;
};

// Of the teacher and of the sanitised one: a transfer set of each.
BOOST_FIXTURE_TEST_CASE(of_stages_of_one_title_a_score_names_each, Desk) {
  const auto first = Publish("transfer_set", 1, "transfer_set bank");
  const auto second = Publish("transfer_set", 2, "transfer_set bank");
  PlannedCell cell;
  cell.cell.dataset = "shapes";
  cell.student = Add("distill", 1, "distill ood_kd");
  cell.student_evaluation = Add("evaluate", 1, "evaluate student");
  cell.path = {first, second, cell.student, cell.student_evaluation};
  CellEntries entries;
  for (const char* axis : {"dataset", "attack", "distiller", "defense"})
    entries[axis] = {.id = axis, .plugin = "none"};
  cell.entries = std::make_shared<const CellEntries>(entries);
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

}  // namespace dfkd::cell_score_test
