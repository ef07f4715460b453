// A small matrix as a file would have it, its plan, and questions about that.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/matrix/plan.h"

namespace dfkd::testing {

inline Json SmallMatrix() {
  return {
      {"schema", "matrix.v1"},
      {"name", "small"},
      {"blocks",
       {{{"datasets", {"shapes"}},
         {"attacks", {"none", "blend"}},
         {"networks", {{{"teacher", "vgg-s-4"}, {"student", "vgg-s-2"}}}},
         {"distillers", {{{"id", "noise"}, {"plugin", "noise_kd"}, {"options", {{"rounds", 40}}}}}},
         {"defenses",
          {"none",
           {{"id", "sv"}, {"plugin", "shuffling_vaccine"}},
           {{"id", "sr"}, {"plugin", "self_retrospection"}},
           "abd"}}}}}};
}

inline Json& BlockOf(Json& matrix) { return matrix["blocks"][0]; }

inline Matrix Parse(const Json& json) { return ParseMatrix(json, "file"); }

inline Plan PlanOf(const Json& json, const Selection& selection = {},
                   const std::string& fingerprint = std::string(64, 'a'),
                   std::optional<int64_t> training_images = std::nullopt) {
  const auto matrix = Parse(json);
  std::map<std::string, DataFacts> facts;
  for (const auto& block : matrix.blocks) {
    for (const auto& dataset : block.datasets)
      facts[dataset.id] = {fingerprint, std::nullopt, nullptr, training_images};
  }
  return MakePlan(matrix, selection, facts);
}

inline const PlannedCell& CellOf(const Plan& plan, const std::string& attack,
                                 const std::string& defense) {
  for (const auto& cell : plan.cells) {
    if (cell.cell.attack == attack && cell.cell.defense == defense) return cell;
  }
  throw MakeError("no cell {} {}", attack, defense);
}

// The distillation states on a cell's way, first to last.
inline std::vector<StageId> StatesOf(const Plan& plan, const PlannedCell& cell) {
  std::vector<StageId> states;
  for (const auto id : cell.path) {
    if (plan.At(id).stage.kind == "distill") states.push_back(id);
  }
  return states;
}

// As its stages know them.
inline int64_t RoundsOf(const Plan& plan, const PlannedCell& cell) {
  return plan.At(StatesOf(plan, cell).back()).stage.description().at("rounds");
}

// The stages of a kind, by ref; of all kinds if it is "".
inline std::set<std::string> Refs(const Plan& plan, const std::string& kind = "") {
  std::set<std::string> refs;
  for (const auto& stage : plan.stages) {
    if (stage.stage.ref.starts_with(kind)) refs.insert(stage.stage.ref);
  }
  return refs;
}

// A plan knows stages by id, a store and a description by ref.
inline const PlannedStage& AtRef(const Plan& plan, const std::string& ref) {
  return plan.At(plan.Find(ref));
}

inline std::set<std::string> NeededRefs(const Plan& plan, const std::set<std::string>& store) {
  const auto has = [&](StageId id) { return store.contains(plan.Ref(id)); };
  std::set<std::string> refs;
  for (const auto id : NeededStages(plan, has)) refs.insert(plan.Ref(id));
  return refs;
}

inline std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace dfkd::testing
