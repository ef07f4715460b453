// Stages that behave, or misbehave, as their description says. They take leases, checkpoint and
// publish as the real ones do, without LibTorch.
#pragma once
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <new>
#include <thread>

#include "bench/core/hash.h"
#include "bench/matrix/plan.h"
#include "bench/store/work.h"
#include "tests/store/store_testing.h"

namespace dfkd::testing {

using Report = std::function<void(const StageProgress&)>;
using Stop = std::function<bool()>;

// Of which processes a stage said that it keeps memory there; this is followed by their number.
inline const std::string kKeeper = "keeps-memory-";

// Those that still live.
inline int64_t CountKeepers(const fs::path& data) {
  return std::count_if(fs::directory_iterator(data), fs::directory_iterator(), [](const auto& e) {
    const std::string name = e.path().filename();
    return name.starts_with(kKeeper) && ::kill(std::stoi(name.substr(kKeeper.size())), 0) == 0;
  });
}

class FakeStage {
 public:
  FakeStage(const StageRequest& request, const Report& report, const Stop& stop)
      : request_(request),
        description_(request.stage.description()),
        report_(report),
        stop_(stop),
        store_(request.store) {}

  StageOutcome Run() {
    const auto& stage = request_.stage;
    if (store_.Has(stage.ref)) return {StageStatus::kDone};
    const WorkFolder work(store_.root(), stage.key());
    auto lease = TryAcquire(work);
    if (!lease) return {StageStatus::kBusy};
    if (store_.HasByNow(stage.ref)) return {StageStatus::kDone};
    const auto inputs = Digests();
    if (auto outcome = Misbehave()) return *outcome;
    if (!Work(work)) return {StageStatus::kInterrupted};
    Publish(work, inputs);
    lease->RemoveWork();
    return {StageStatus::kDone};
  }

 private:
  std::string Digests() {
    std::string all;
    for (const auto& ref : InputsOf(description_)) all += store_.Open(ref).digest();
    return all;
  }

  // True the first time that a process asks, in this scratch folder.
  bool First() const {
    const std::string name = description_.at("name");
    const fs::path marker = fs::path(request_.data) / ("tried-" + name);
    const bool first = !fs::exists(marker);
    Write(marker, "");
    return first;
  }

  std::optional<StageOutcome> Misbehave() {
    const std::string what = description_.value("does", "write");
    if (what == "crash" || (what == "crash_once" && First())) std::abort();
    if (what == "exit") ::_exit(3);
    if (what == "kill_once" && First()) ::raise(SIGKILL);
    if (what == "leave_once" && First()) ::_exit(0);
    if (what == "throw") throw MakeError("lr = nan must be finite");
    if (what == "diverge") throw MakeError(FailureClass::kDiverged, "loss = inf in round 3");
    if (what == "allocate") Allocate();
    if (what == "busy_once" && First()) return StageOutcome{StageStatus::kBusy};
    if (what == "too_large") throw MakeError(FailureClass::kMemory, "out of memory");
    if (what == "io") throw MakeError(FailureClass::kIo, "Input/output error");
    if (what == "full") throw MakeError(FailureClass::kIo, "No space left on device");
    if (what == "stale") throw MakeError(FailureClass::kIo, "Stale file handle");
    if (what == "stale_once" && First()) throw MakeError(FailureClass::kIo, "Stale file handle");
    if (what == "allocate_once" && First()) Allocate();
    if (what == "need_device_alone") NeedDeviceAlone();
    if (description_.value("keeps_memory", false)) KeepMemory();
    if (what == "await") Await();
    if (what == "remove_input_once" && First()) RemoveInput();
    if (what == "gone_thrice" && times_gone++ < 3) ReportGone();
    if (what == "break_gpu" && First()) gpu_is_broken = true;
    if (gpu_is_broken) throw MakeError("CUDA error: device-side assert triggered");
    if (what == "leak") [&]() noexcept { Allocate(); }();
    if (what == "hang") Hang();
    if (what == "print") std::cout << "{\"outcome\": \"not the protocol\"}\n" << std::flush;
    return std::nullopt;
  }

  [[noreturn]] static void Allocate() { throw std::bad_alloc(); }

  // As caches of an allocator do, for as long as the process lives.
  void KeepMemory() const {
    Write(fs::path(request_.data) / (kKeeper + std::to_string(::getpid())), "");
  }

  // The first time it fails anyway; then as long as a process lives that keeps memory.
  void NeedDeviceAlone() const {
    if (First() || CountKeepers(request_.data) > 0) Allocate();
  }

  // Until a stage of that name, which goes by First, was tried.
  void Await() const {
    const std::string name = description_.at("awaits");
    const fs::path marker = fs::path(request_.data) / ("tried-" + name);
    while (!fs::exists(marker) && !stop_()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  // As another process may at any time.
  void RemoveInput() {
    const auto input = InputsOf(description_).at(0);
    fs::remove_all(store_.FolderOf(input));
    store_.Open(input);
  }

  // Of what is there again by the time that anybody looks.
  [[noreturn]] void ReportGone() const {
    throw MakeError(FailureClass::kIo, "{}/teacher: not in the store", store_.root().string());
  }
  static inline int times_gone = 0;

  // Such an error stays for as long as the process does.
  static inline bool gpu_is_broken = false;

  // Its only progress says that it has begun and hears nothing from now on.
  [[noreturn]] void Hang() const {
    report_({1, 2});
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  }

  // While there is a file `hold` beside the store, stages stand still in the middle of their work
  // until they are told to stop: they are surely at work, however slow or fast the machine is.
  void Hold() const {
    const fs::path data = request_.data;
    if (!fs::exists(data / "hold")) return;
    Write(data / ("held-" + request_.stage.key()), "");
    while (fs::exists(data / "hold") && !stop_()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  // Steps of which a checkpoint keeps the count and a running hash: a wrong restart changes the
  // artifact. What is kept is written by what fails on a full disk, as the real stages do.
  bool Work(const WorkFolder& work) {
    const int64_t steps = description_.value("steps", 1);
    int64_t done = 0;
    hash_ = "start";
    if (const auto saved = work.Checkpoint("state")) {
      const auto state = ReadJson(*saved);
      done = state.at("done"), hash_ = state.at("hash");
    }
    const auto save = [&] {
      work.WriteCheckpoint("state", [&](const fs::path& path) {
        WriteFileSoon(path, Json{{"done", done}, {"hash", hash_}}.dump());
      });
    };
    for (; done < steps; ++done) {
      if (2 * done >= steps) Hold();
      if (stop_()) return save(), false;
      if (done % 5 == 4) save();
      hash_ = Sha256Hex(hash_ + std::to_string(done));
      std::this_thread::sleep_for(std::chrono::milliseconds(description_.value("step_ms", 0)));
      report_({done + 1, steps});
    }
    return true;
  }

  void Publish(const WorkFolder& work, const std::string& inputs) {
    const auto staging = work.NewStaging();
    WriteFileSoon(staging / "out.txt", Sha256Hex(hash_ + inputs) + "\n");
    if (description_.contains("evaluation")) {
      Write(staging / "evaluation.json", description_.at("evaluation").dump());
    }
    store_.Publish({.ref = request_.stage.ref,
                    .description = description_,
                    .staged = staging,
                    .numerics = {{"threads", request_.threads}},
                    .label = request_.label});
  }

  const StageRequest& request_;
  const Json description_;
  const Report& report_;
  const Stop& stop_;
  Store store_;
  std::string hash_;
};

inline StageOutcome RunFake(const StageRequest& request, const Report& report, const Stop& stop) {
  try {
    return FakeStage(request, report, stop).Run();
  } catch (const Error& e) {
    return {StageStatus::kFailed, e.failure(), e.what()};
  }
}

// A plan made by hand: stages by name, each cell ends in one of them.
class FakePlan {
 public:
  // `more` joins the description.
  StageId Add(const std::string& name, const std::vector<StageId>& inputs = {},
              const Json& more = Json::object()) {
    Json description = {{"name", name}, {"inputs", Json::object()}};
    for (size_t i = 0; i < inputs.size(); ++i) {
      description["inputs"]["input" + std::to_string(i)] = plan.Ref(inputs[i]);
    }
    description.update(more);
    const auto id = plan.Add("fake", description).first;
    plan.stages[id].title = plan.stages[id].label = name;
    return id;
  }
  PlannedCell& Cell(StageId last, std::vector<StageId> path = {}) {
    PlannedCell cell;
    cell.id = "cell" + std::to_string(plan.cells.size());
    cell.student_evaluation = last;
    path.push_back(last);
    for (const auto id : path) plan.stages[id].cells.push_back(plan.cells.size());
    cell.path = std::move(path);
    plan.cells.push_back(std::move(cell));
    return plan.cells.back();
  }

  Plan plan{.matrix = "fake"};
};

// A little of everything: shared stages, two runs of which one continues the other, two cells.
inline Plan DiamondPlan(int64_t steps, int64_t step_ms) {
  const Json work = {{"steps", steps}, {"step_ms", step_ms}};
  FakePlan fake;
  const auto teacher = fake.Add("teacher", {}, work), images = fake.Add("images", {}, work);
  const auto early = fake.Add("early", {teacher, images}, work);
  const auto late = fake.Add("late", {teacher, images}, work);
  const auto other = fake.Add("other", {teacher, images}, work);
  fake.plan.stages[late].starts = {early};
  const auto a = fake.Add("evaluate late", {late}, work);
  const auto b = fake.Add("evaluate other", {other}, work);
  fake.Cell(a, {teacher, images, early, late});
  fake.Cell(b, {teacher, images, other});
  return fake.plan;
}

// Two teachers, and cells that share them.
inline Plan GridPlan(int cells, int64_t steps, int64_t step_ms) {
  const Json work = {{"steps", steps}, {"step_ms", step_ms}};
  FakePlan fake;
  const StageId teachers[] = {fake.Add("teacher 0", {}, work), fake.Add("teacher 1", {}, work)};
  for (int i = 0; i < cells; ++i) {
    const auto teacher = teachers[i % 2];
    const auto student = fake.Add(fmt::format("student {}", i), {teacher}, work);
    const auto last = fake.Add(fmt::format("evaluate {}", i), {student}, {{"steps", 1}});
    fake.Cell(last, {teacher, student});
  }
  return fake.plan;
}

inline std::map<std::string, std::string> DigestsOf(const Plan& plan, const fs::path& root) {
  Store store(root);
  std::map<std::string, std::string> digests;
  for (const auto& stage : plan.stages) digests[stage.title] = store.Open(stage.stage.ref).digest();
  return digests;
}

}  // namespace dfkd::testing
