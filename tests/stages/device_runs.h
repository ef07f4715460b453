// Every distiller at work in a laboratory, as cheap as it goes.
#pragma once
#include <string>
#include <vector>

#include "bench/core/cheap_options.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::testing {

inline Json Cheap(PluginKind kind, const std::string& plugin, const Json& more) {
  const auto& card = Registry::Get().Card(kind, plugin);
  return PluginJson(kind, plugin, CheapOptions(card, more));
}

inline std::vector<std::string> DistillersHere() {
  std::vector<std::string> names;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDistiller)) {
    if (!card->name.starts_with("test_")) names.push_back(card->name);
  }
  return names;
}

// Those that act in the rounds.
inline std::vector<std::string> DefensesOfRounds() {
  std::vector<std::string> names;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    if (card->parts || card->name.starts_with("test_")) continue;
    const auto options = ResolveFor(*card, CheapOptions(*card), "fixed");
    if (!card->active(options, {.rounds = 100}).empty()) names.push_back(card->name);
  }
  return names;
}

// What the planner would describe: with its transfer set, and its images where those are made in a
// stage of their own.
inline Distillation DistillationOf(Laboratory& laboratory, const std::string& distiller,
                                   const Json& more, const std::vector<Json>& parts) {
  const auto teacher = ToyTeachers().poisoned;
  Distillation run{.teacher = teacher, .distiller = Cheap(PluginKind::kDistiller, distiller, more)};
  run.parts = parts;
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller);
  if (!card.transfer_set(run.distiller.at("options")).is_null())
    run.transfer_set = laboratory.Make(TransferSetStage(run.distiller, teacher));
  if (TraitsIn(run.distiller).synthesizes) {
    const Json start = run.transfer_set.empty() ? Json() : Json(run.transfer_set);
    run.transfer_set = laboratory.Make(
        MakeStage("synthesis", {{"distiller", run.distiller},
                                {"parts", Json::array()},
                                {"seed", 0},
                                {"profile", run.profile},
                                {"inputs", {{"teacher", teacher}, {"transfer_set", start}}}}));
  }
  return run;
}

}  // namespace dfkd::testing
