// A runner on a scratch store, and what it was heard to say.
#pragma once
#include "bench/engines/inline_engine.h"
#include "bench/engines/scheduler.h"
#include "tests/engines/fake_stages.h"

namespace dfkd::testing {

// Remembers in which order stages started and what was said.
class Recorder : public Observer {
 public:
  void Begin(const Plan& plan, const Board&, const History&) override { plan_ = &plan; }
  void Started(StageId id, const Slot&) override { started.push_back(plan_->At(id).title); }
  void Finished(StageId id, const StageOutcome&) override {
    finished.push_back(plan_->At(id).title);
  }
  void Note(const std::string& line) override { notes += line + "\n"; }
  std::vector<std::string> started, finished;
  std::string notes;

 private:
  const Plan* plan_ = nullptr;
};

// As another runner, or a remote, would bring it.
inline void Bring(const Plan& plan, Store& store, StageId id) {
  const auto staged = store.root() / "work" / "fetched";
  Write(staged / "out.txt", "fetched");
  store.Publish(
      {.ref = plan.Ref(id), .description = plan.At(id).stage.description(), .staged = staged});
}

struct Bench {
  RunReport Run(const Plan& plan, RunOptions options = {}) {
    options.data = scratch.path();
    options.busy_pause = pause;
    InlineEngine engine(RunFake);
    recorder = Recorder();
    return RunPlan(plan, store, engine, options, recorder);
  }
  std::chrono::milliseconds pause{5};
  ScratchFolder scratch;
  bool Has(const Plan& plan, StageId id) const { return store.Has(plan.Ref(id)); }
  Store store{scratch.path() / "store"};
  Recorder recorder;
};

}  // namespace dfkd::testing
