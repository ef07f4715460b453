// What a result of today's keys is, and which of several counts.
#include "bench/scores/results_state.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/hash.h"

namespace dfkd::kept_state_test {

// A plan of one cell that has a teacher and nothing else.
struct Desk {
  Desk() {
    PlannedCell planned;
    planned.id = CellId(planned.cell);
    planned.teacher = Add("teacher", 0);
    plan.cells.push_back(planned);
  }
  StageId Add(const std::string& kind, int seed) { return plan.Add(kind, {{"seed", seed}}).first; }
  PlannedCell& cell() { return plan.cells.front(); }
  std::string Digest() { return PlanDigest(plan, cell()); }
  static CommittedResult Result(const std::string& digest, const std::string& created,
                                const std::string& added = "") {
    CommittedResult result{{}, digest, "", Verified::kValid, "", added};
    result.score.provenance.created = created;
    return result;
  }

  Plan plan;
};

BOOST_FIXTURE_TEST_SUITE(kept_state, Desk)

BOOST_AUTO_TEST_CASE(the_digest_of_a_cell_without_judge_and_detectors_is_that_of_its_seven_keys) {
  const Json none;
  const Json keys = {plan.At(cell().teacher).stage.key(), none, none, none, none, none, none};
  BOOST_TEST(Digest() == Sha256Hex(Canonical(keys)));
  cell().gate = Gate{};  // of the teacher itself
  BOOST_TEST(Digest() == Sha256Hex(Canonical(keys)));
}

BOOST_AUTO_TEST_CASE(another_judge_of_a_dormant_attack_is_another_digest) {
  const auto before = Digest();
  cell().gate = Gate{};
  cell().gate->judging = {Add("evaluate", 1)};
  const auto judged = Digest();
  BOOST_TEST(judged != before);
  cell().gate->judging = {Add("evaluate", 2)};
  BOOST_TEST(Digest() != judged);
}

BOOST_AUTO_TEST_CASE(another_detector_is_another_digest) {
  const auto before = Digest();
  const auto ask = [&](int seed) {
    const std::vector<PlannedDetection> planned = {{"mm_bd", Add("detect", seed), kNoStage}};
    cell().detections = std::make_shared<const std::vector<PlannedDetection>>(planned);
    return Digest();
  };
  const auto asked = ask(1);
  BOOST_TEST(asked != before);
  BOOST_TEST(ask(2) != asked);
}

BOOST_AUTO_TEST_CASE(an_older_result_of_keys_that_are_back_is_not_current_until_it_is_added_again) {
  const std::string other(64, 'b');
  std::vector<CommittedResult> results = {Result(Digest(), "2024-01-01T00:00:00Z"),
                                          Result(other, "2024-02-01T00:00:00Z")};
  auto state = StatesOf(plan, results).front();
  BOOST_TEST(Name(state.state) == "stale");
  BOOST_TEST(state.result == &results.front());
  results.front().added = "2024-03-01T00:00:00Z";
  BOOST_TEST(Name(StatesOf(plan, results).front().state) == "current");
}

BOOST_AUTO_TEST_CASE(a_failure_that_was_added_last_is_current_though_its_stages_are_older) {
  const std::string other(64, 'b');
  std::vector<CommittedResult> results = {
      Result(Digest(), "2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"),
      Result(other, "2024-02-01T00:00:00Z")};
  results.front().score.status = Status::kDiverged;
  BOOST_TEST(Name(StatesOf(plan, results).front().state) == "current");
  const auto newest = NewestOfCells(results);
  BOOST_TEST_REQUIRE(newest.size() == 1U);
  BOOST_TEST((newest.front().score.status == Status::kDiverged));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::kept_state_test
