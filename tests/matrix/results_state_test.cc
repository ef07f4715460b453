#include "bench/scores/results_state.h"

#include <boost/test/unit_test.hpp>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::results_state_test {

using namespace testing;  // NOLINT: the helpers of this folder

// As if it had been computed by this plan.
CommittedResult ResultOf(const Plan& plan, const PlannedCell& cell, const std::string& created) {
  CommittedResult result{{}, PlanDigest(plan, cell), "", Verified::kValid, ""};
  result.score.cell = cell.cell;
  result.score.provenance.created = created;
  for (const auto id : cell.path)
    result.score.provenance.stages[plan.At(id).title] = plan.At(id).stage.key();
  return result;
}

Json WithRate(double rate) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {
      {{"id", "blend"}, {"plugin", "blend"}, {"options", {{"alpha", rate}}}}};
  BlockOf(json)["defenses"] = {"none", "abd"};
  return json;
}

BOOST_AUTO_TEST_SUITE(results_state)

BOOST_AUTO_TEST_CASE(a_result_is_current_while_the_plan_gives_its_keys) {
  const auto then = PlanOf(WithRate(0.1)), now = PlanOf(WithRate(0.2));
  const std::vector<CommittedResult> results = {ResultOf(then, CellOf(then, "blend", "none"), "1")};
  BOOST_TEST(Name(StatesOf(then, results).back().state) == "current");
  const auto states = StatesOf(now, results);
  BOOST_TEST(Name(states.at(1).state) == "stale");
  BOOST_TEST(states.at(1).why == "'teacher shapes blend vgg-s-4 seed 0' has another key");
  BOOST_TEST(states.at(1).result == &results.front());
}

BOOST_AUTO_TEST_CASE(other_defences_beside_it_and_other_cuts_change_no_digest) {
  auto alone = SmallMatrix();
  BlockOf(alone)["defenses"] = {"abd"};
  const auto few = PlanOf(alone), many = PlanOf(SmallMatrix());
  BOOST_TEST(PlanDigest(few, CellOf(few, "blend", "abd")) ==
             PlanDigest(many, CellOf(many, "blend", "abd")));
}

BOOST_AUTO_TEST_CASE(cells_come_in_the_order_in_which_they_wait) {
  auto json = WithRate(0.1);
  BlockOf(json)["teacher_seeds"] = {0, 1};
  const auto then = PlanOf(json);
  BlockOf(json)["attacks"][0]["options"]["alpha"] = 0.2;
  const auto now = PlanOf(json);
  std::vector<CommittedResult> results;
  for (const auto& cell : then.cells) {
    if (cell.cell.defense == "abd" && cell.cell.teacher_seed == 1) continue;
    const bool older = cell.cell.teacher_seed == 1;
    results.push_back(ResultOf(then, cell, older ? "2020" : "2021"));
  }
  const auto& fresh = CellOf(now, "blend", "abd");
  results.push_back(ResultOf(now, fresh, "2022"));
  const auto states = StatesOf(now, results);
  BOOST_TEST_REQUIRE(states.size() == 4U);
  BOOST_TEST(Name(states[0].state) == "missing");
  BOOST_TEST(states[1].result->score.provenance.created == "2020");
  BOOST_TEST(states[2].result->score.provenance.created == "2021");
  BOOST_TEST(states[3].cell == &fresh);
  BOOST_TEST(states[3].result == &results.back());
}

BOOST_AUTO_TEST_CASE(what_failed_waits_behind_all_that_never_was_computed) {
  const auto then = PlanOf(WithRate(0.1)), now = PlanOf(WithRate(0.2));
  std::vector<CommittedResult> results = {ResultOf(now, CellOf(now, "blend", "none"), "1970"),
                                          ResultOf(then, CellOf(then, "blend", "abd"), "2020")};
  for (const auto status : {Status::kFailed, Status::kTimedOut}) {
    results.front().score.status = status;
    const auto states = StatesOf(now, results);
    BOOST_TEST_REQUIRE(states.size() == 2U);
    BOOST_TEST(Name(states[0].state) == "stale");
    BOOST_TEST(Name(states[1].state) == "failed");
    BOOST_TEST(states[1].why == Name(status));
    BOOST_TEST(states[1].result == &results.front());
  }
  results.front().score.status = Status::kDiverged;
  BOOST_TEST(Name(StatesOf(now, results).back().state) == "current");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::results_state_test
