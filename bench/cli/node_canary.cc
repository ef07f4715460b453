#include "bench/cli/node_canary.h"

#include <chrono>

#include "bench/cli/toy_matrix.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/matrix/load_plan.h"
#include "bench/stages/services.h"
#include "bench/store/disk.h"
#include "bench/store/store.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

StageOutcome OutcomeOf(Engine& engine, const StageRequest& request) {
  engine.Submit(0, request);
  while (true) {
    const auto event = engine.Wait(std::chrono::milliseconds(200));
    if (event && event->outcome) return *event->outcome;
  }
}

bool SpeaksAgainstNode(const StageOutcome& outcome) {
  return outcome.status == StageStatus::kFailed && outcome.failure != FailureClass::kIo &&
         outcome.failure != FailureClass::kLost;
}

}  // namespace

ToyTeacher ComputeToyTeacher(Engine& engine, const fs::path& folder) {
  const auto matrix = folder / kToyMatrixFile;
  WriteFileAtomically(matrix, ToyMatrix("defense", "none").dump(2) + "\n");
  const auto loaded =
      dfkd::LoadPlan({matrix.string(), "", {}, folder / "store", folder / "data"}, CheckModelFile);
  for (const auto& planned : loaded.plan.stages) {
    if (planned.stage.kind != "teacher" || !planned.inputs.empty()) continue;
    ToyTeacher toy;
    toy.outcome = OutcomeOf(engine, {.stage = planned.stage,
                                     .store = loaded.store_folder.string(),
                                     .data = loaded.data_folder.string(),
                                     .label = planned.label});
    if (toy.outcome.status != StageStatus::kDone) return toy;
    const auto made = Store(loaded.store_folder).Open(planned.stage.ref);
    toy.bits.key = planned.stage.key();
    toy.bits.numerics = made.manifest.at("numerics");
    toy.bits.digest = made.digest();
    return toy;
  }
  throw MakeError("the toy matrix has no teacher");
}

std::string ProblemOfNode(Engine& engine, const std::string& store, const std::string& node) try {
  const auto folder = fs::path(store) / (".new-" + store::NewToken());
  auto toy = ComputeToyTeacher(engine, folder);
  store::RemoveTree(folder, store);
  if (SpeaksAgainstNode(toy.outcome)) return "the toy teacher fails: " + toy.outcome.message;
  if (toy.outcome.status != StageStatus::kDone) {
    spdlog::warn("no canary: {}", toy.outcome.message);
    return "";
  }
  toy.bits.node = node;
  return CompareCanary(store, toy.bits);
} catch (const Error& e) {
  spdlog::warn("no canary: {}", e.what());
  return "";
}

}  // namespace dfkd::cli
