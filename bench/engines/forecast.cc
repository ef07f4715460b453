#include "bench/engines/forecast.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "bench/engines/board.h"
#include "bench/engines/scheduler.h"
#include "bench/store/failures.h"
#include "bench/store/inventory.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

constexpr size_t kMostCandidates = 20;  // earlier stages of the same label that are compared
constexpr size_t kMostDifferences = 4;

class Explainer {
 public:
  Explainer(const Plan& plan, Store& store, const History& history)
      : plan_(plan), store_(store), there_(store), history_(history), failures_(store.root()) {
    const auto& lines = history.lines();
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      auto& candidates = candidates_[line->label];
      const auto ref = line->kind + "/" + line->key;
      const bool seen = std::find(candidates.begin(), candidates.end(), ref) != candidates.end();
      if (candidates.size() < kMostCandidates && !seen && plan.Find(ref) == kNoStage)
        candidates.push_back(ref);
    }
  }

  std::string Why(const PlannedStage& planned) {
    const auto& ref = planned.stage.ref;
    const bool begun = there_.HasWork(planned.stage.key());
    if (begun) {
      const auto holder = DescribeLease(WorkFolder(store_.root(), planned.stage.key()));
      if (holder) return "somebody works on it: " + *holder;
    }
    if (const auto failed = BecauseItFailed(planned); !failed.empty()) return failed;
    if (history_.WasPublished(ref)) return "published earlier and deleted since";
    if (begun) return "begun, not finished";
    if (const auto change = BecauseOfChange(planned); !change.empty()) return change;
    return "never run";
  }

 private:
  std::string BecauseItFailed(const PlannedStage& planned) {
    if (!there_.HasFailures(planned.stage.key())) return "";
    const auto failures = failures_.ReadAll(planned.stage.key());
    if (failures.empty()) return "";
    const auto& last = failures.back();
    return fmt::format("failed before ({}): {}{}", Name(last.failure), last.message,
                       MayTry(failures) ? "; tried again" : "; only with --retry-failed");
  }

  // The most similar stage of the same label that was published and that this plan does not have:
  // what it would be, had nothing changed.
  std::string BecauseOfChange(const PlannedStage& planned) {
    std::vector<std::string> least;
    const auto alike = candidates_.find(planned.label);
    if (alike == candidates_.end()) return "";
    const auto description = planned.stage.description();
    for (const auto& ref : alike->second) {
      const auto differences = DifferencesFrom(ref, description);
      if (!differences.empty() && (least.empty() || differences.size() < least.size())) {
        least = differences;
      }
    }
    if (least.empty() || least.size() > kMostDifferences) return "";
    return fmt::format("changed since the last of its kind: {}", fmt::join(least, ", "));
  }

  std::vector<std::string> DifferencesFrom(const std::string& ref, const Json& description) {
    const auto [known, fresh] = earlier_.try_emplace(ref);
    auto& before = known->second;
    try {
      if (fresh) before = ReadJson(store_.FolderOf(ref) / "key.json");
    } catch (const Error&) {  // deleted since
    }
    return before.is_null() ? std::vector<std::string>() : Differences(before, description);
  }

  const Plan& plan_;
  const Store& store_;
  Inventory there_;
  const History& history_;
  const Failures failures_;
  // By label: the last that were published and that the plan does not have, latest first.
  std::unordered_map<std::string, std::vector<std::string>> candidates_;
  std::unordered_map<std::string, Json> earlier_;  // their descriptions, by ref; null: gone
};

// All that a cell's own score is read from, with nothing shared.
std::vector<StageId> OwnStages(const PlannedCell& cell) {
  auto own = cell.path;
  own.insert(own.end(), {cell.teacher_evaluation, cell.student_evaluation});
  std::sort(own.begin(), own.end());
  own.erase(std::unique(own.begin(), own.end()), own.end());
  std::erase(own, kNoStage);
  return own;
}

void CompareWithOneByOne(const Plan& plan, const History& history, Forecast& forecast) {
  double apart = 0, together = 0;
  size_t apart_count = 0;
  bool all_known = true;
  size_t together_count = 0;
  std::vector<bool> seen(plan.stages.size());
  for (const auto& cell : plan.cells) {
    for (const auto id : OwnStages(cell)) {
      const auto seconds = ExpectedSeconds(plan.At(id), history);
      all_known &= seconds.has_value();
      apart += seconds.value_or(0);
      ++apart_count;
      if (seen[id]) continue;
      seen[id] = true;
      ++together_count;
      together += seconds.value_or(0);
    }
  }
  forecast.ratio_in_seconds = all_known && together > 0;
  if (forecast.ratio_in_seconds) {
    forecast.ratio = apart / together;
  } else if (together_count > 0) {
    forecast.ratio = static_cast<double>(apart_count) / static_cast<double>(together_count);
  }
}

void Compare(const Json& before, const Json& after, const std::string& at,
             std::vector<std::string>& differences) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) {
    differences.push_back(at.empty() ? "/" : at);
    return;
  }
  std::set<std::string> names;
  for (const auto& [name, value] : before.items()) names.insert(name);
  for (const auto& [name, value] : after.items()) names.insert(name);
  for (const auto& name : names) {
    if (before.contains(name) && after.contains(name)) {
      Compare(before.at(name), after.at(name), at + "/" + name, differences);
    } else {
      differences.push_back(at + "/" + name);
    }
  }
}

}  // namespace

std::vector<std::string> Differences(const Json& before, const Json& after) {
  std::vector<std::string> differences;
  Compare(before, after, "", differences);
  return differences;
}

Forecast MakeForecast(const Plan& plan, Store& store, bool ignore_gate) {
  const auto history = store.ReadHistory();
  Explainer explain(plan, store, history);
  const auto board = ReadBoard(plan, store, ignore_gate);
  const auto there = [&](StageId id) { return board.at(id).state == StageState::kDone; };
  std::vector<bool> is_needed(plan.stages.size());
  const auto needed = NeededStages(plan, there);
  Forecast forecast{.total = plan.stages.size()};
  for (const auto id : needed) {
    is_needed[id] = true;
    const auto& planned = plan.At(id);
    if (board.at(id).state == StageState::kSkipped) {
      forecast.shut_out.push_back({id, board.at(id).why});
      continue;
    }
    forecast.needed.push_back({id, explain.Why(planned)});
    const auto seconds = ExpectedSeconds(planned, history);
    forecast.seconds += seconds.value_or(0);
    forecast.unmeasured += !seconds;
  }
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& cells = plan.At(id).cells;
    forecast.shared += cells.size() > 1;
    forecast.references += cells.empty();
    forecast.cached += there(id);
    if (!there(id) && !is_needed[id] && history.WasPublished(plan.Ref(id)))
      forecast.gone.push_back(id);
  }
  CompareWithOneByOne(plan, history, forecast);
  return forecast;
}

}  // namespace dfkd
