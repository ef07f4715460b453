#include "bench/scores/results_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/core/hash.h"

namespace dfkd {
namespace {

// Under whatever title: of two stages of one title the second has a number behind it.
bool HasStage(const Score& score, const std::string& key) {
  const auto& stages = score.provenance.stages;
  return std::any_of(stages.begin(), stages.end(),
                     [&](const auto& stage) { return stage.second == key; });
}

// A title that both have, with another key; titles hold no options, so that one is found unless the
// networks or the cuts are others.
std::string WhyStale(const Plan& plan, const PlannedCell& cell, const Score& score) {
  for (const auto id : cell.path) {
    const auto& planned = plan.At(id);
    const auto& stages = score.provenance.stages;
    if (!stages.contains(planned.title) || HasStage(score, planned.stage.key())) continue;
    return fmt::format("'{}' has another key", planned.title);
  }
  return "a reference, a detector or what judges the attack has another key, or the rounds are "
         "others";
}

CellResult StateOf(const Plan& plan, const PlannedCell& cell,
                   const std::vector<const CommittedResult*>& results) {
  if (results.empty()) return {&cell, ResultState::kMissing, nullptr, ""};
  const auto digest = PlanDigest(plan, cell);
  const auto current = std::find_if(results.begin(), results.end(),
                                    [&](const auto* result) { return result->plan == digest; });
  const auto newest =
      std::max_element(results.begin(), results.end(),
                       [](const auto* a, const auto* b) { return AddedAt(*a) < AddedAt(*b); });
  if (current == results.end())
    return {&cell, ResultState::kStale, *newest, WhyStale(plan, cell, (*newest)->score)};
  const auto status = (*current)->score.status;
  if (IsToRepeat(status)) return {&cell, ResultState::kFailed, *current, Name(status)};
  if (current == newest) return {&cell, ResultState::kCurrent, *current, ""};
  return {&cell, ResultState::kStale, *current,
          "a result of other keys was added after that of today's: `dfkd results add` makes the "
          "latter count"};
}

}  // namespace

std::string PlanDigest(const Plan& plan, const PlannedCell& cell) {
  Json keys = Json::array();
  for (const auto id :
       {cell.teacher, cell.clean_evaluation, cell.teacher_evaluation, cell.student,
        cell.student_evaluation, cell.floor_evaluation, cell.undefended_evaluation}) {
    keys.push_back(id == kNoStage ? Json() : Json(plan.At(id).stage.key()));
  }
  // Most cells have none of these, and a digest without them is that of before they were counted.
  auto more = DetectionsOf(cell);
  if (cell.gate && !cell.gate->judging.empty()) more.insert(more.begin(), cell.gate->Judged());
  for (const auto id : more) keys.push_back(plan.At(id).stage.key());
  return Sha256Hex(Canonical(keys));
}

bool IsToRepeat(Status status) { return status == Status::kFailed || status == Status::kTimedOut; }

const char* Name(ResultState state) {
  constexpr const char* kNames[] = {"missing", "stale", "failed", "current"};
  return kNames[static_cast<size_t>(state)];
}

std::vector<CellResult> StatesOf(const Plan& plan, const std::vector<CommittedResult>& results) {
  std::map<std::string, std::vector<const CommittedResult*>> of_cell;
  for (const auto& result : results) of_cell[CellId(result.score.cell)].push_back(&result);
  std::vector<CellResult> states;
  for (const auto& cell : plan.cells) states.push_back(StateOf(plan, cell, of_cell[cell.id]));
  const auto order = [](const CellResult& state) {
    return std::pair(state.state, state.state == ResultState::kStale
                                      ? state.result->score.provenance.created
                                      : std::string());
  };
  std::stable_sort(states.begin(), states.end(),
                   [&](const auto& a, const auto& b) { return order(a) < order(b); });
  return states;
}

}  // namespace dfkd
