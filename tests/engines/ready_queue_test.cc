// What is kept up to date while stages change is what a look at the whole plan would find.
#include "bench/engines/ready_queue.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "bench/engines/inline_engine.h"
#include "bench/engines/order.h"
#include "bench/engines/scheduler.h"
#include "bench/engines/tally.h"
#include "tests/engines/fake_stages.h"

namespace dfkd::ready_queue_test {

using namespace testing;  // NOLINT: the helpers of this folder

// Forty stages of which each needs some of those before, a few of which fail, and twelve cells.
Plan RandomPlan(unsigned seed) {
  std::mt19937 random(seed);
  FakePlan fake;
  std::vector<StageId> stages;
  for (int i = 0; i < 40; ++i) {
    std::vector<StageId> inputs;
    for (const auto id : stages) {
      if (random() % 16 == 0) inputs.push_back(id);
    }
    const bool fails = random() % 12 == 0;
    const Json bad = {{"does", i % 2 == 0 ? "throw" : "diverge"}};
    stages.push_back(fake.Add("stage " + std::to_string(i), inputs, fails ? bad : Json::object()));
    fake.plan.stages[stages.back()].work = static_cast<double>(random() % 4);
  }
  for (int i = 0; i < 12; ++i) {
    const auto last = stages[28 + i];
    fake.Cell(last, fake.plan.At(last).inputs).floor_evaluation = stages[random() % 28];
  }
  return fake.plan;
}

// Always the most important one whose needs are done, found by looking at all of them.
std::vector<StageId> OrderByScanning(const Plan& plan) {
  const auto needed = NeededStages(plan, [](StageId) { return false; });
  std::vector<bool> done(plan.stages.size()), over(plan.stages.size());
  std::vector<StageId> started;
  while (true) {
    const auto order = ByPriority(plan, needed, History({}), false);
    const auto next = std::find_if(order.begin(), order.end(), [&](StageId id) {
      const auto needs = NeedsOf(plan.At(id), false);
      return !over[id] &&
             std::all_of(needs.begin(), needs.end(), [&](StageId n) { return done[n]; });
    });
    if (next == order.end()) return started;
    started.push_back(*next);
    over[*next] = true;
    done[*next] = !plan.At(*next).stage.description().contains("does");
  }
}

// Remembers what started, and compares the tally with the board at every turn.
class Auditor : public Observer {
 public:
  void Begin(const Plan& plan, const Board& board, const History&) override {
    plan_ = &plan, board_ = &board;
    tally_.emplace(plan, board);
    Audit();
  }
  void Changed(StageId id, const StageView& before) override {
    if (tally_) tally_->Changed(id, before);
  }
  void Started(StageId id, const Slot&) override { started.push_back(id); }
  void Tick() override { Audit(); }

  std::vector<StageId> started;

 private:
  void Audit() {
    size_t ended = 0, done = 0;
    std::map<CellState, size_t> in;
    for (const auto& cell : plan_->cells) {
      const auto state = ViewOf(*plan_, cell, *board_).state;
      ended += state != CellState::kRunning && state != CellState::kWaiting;
      ++in[state];
    }
    for (const auto& view : *board_) done += view.state == StageState::kDone;
    BOOST_TEST(tally_->CellsEnded() == ended);
    for (const auto state : {CellState::kDone, CellState::kFailed, CellState::kDiverged})
      BOOST_TEST(tally_->CellsIn(state) == in[state], Name(state));
    BOOST_TEST(tally_->stages_done() == done);
    std::map<std::string, size_t> open, waiting;
    const auto is = [&](StageId id, StageState state) { return (*board_)[id].state == state; };
    for (const auto id :
         NeededStages(*plan_, [&](StageId id) { return is(id, StageState::kDone); })) {
      ++open[plan_->At(id).label];
      waiting[plan_->At(id).label] += is(id, StageState::kWaiting);
    }
    for (const auto& work : tally_->Work()) {
      BOOST_TEST(work.open == open[work.label], work.label);
      BOOST_TEST(work.waiting == waiting[work.label], work.label);
    }
  }

  const Plan* plan_ = nullptr;
  const Board* board_ = nullptr;
  std::optional<Tally> tally_;
};

BOOST_DATA_TEST_CASE(stages_start_in_the_order_that_a_scan_of_all_would_find,
                     boost::unit_test::data::xrange(8u), seed) {
  const auto plan = RandomPlan(seed);
  const ScratchFolder scratch;
  Store store(scratch.path() / "store");
  InlineEngine engine(RunFake);
  Auditor auditor;
  RunPlan(plan, store, engine, {.data = scratch.path()}, auditor);
  BOOST_TEST(auditor.started == OrderByScanning(plan), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_that_wait_for_a_stage_are_counted_once) {
  FakePlan fake;
  const auto root = fake.Add("root"), left = fake.Add("left", {root}),
             right = fake.Add("right", {root}), last = fake.Add("last", {left, right}),
             apart = fake.Add("apart");
  fake.Cell(last), fake.Cell(apart);
  fake.plan.stages[apart].work = 9, fake.plan.stages[right].work = 1;
  const std::vector expected = {root, right, left, apart, last};
  BOOST_TEST(
      ByPriority(fake.plan, {root, left, right, last, apart}, History({}), false) == expected,
      boost::test_tools::per_element());
}

}  // namespace dfkd::ready_queue_test
