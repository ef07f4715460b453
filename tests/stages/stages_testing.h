// A laboratory: a store with toy artifacts, and stages to run in it. 16x16 shapes, tiny networks.
#pragma once
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <string>
#include <vector>

#include "bench/core/registry.h"
#include "bench/core/teacher_recipe.h"
#include "bench/stages/services.h"
#include "bench/stages/stage_run.h"
#include "bench/stages/state.h"
#include "tests/store/store_testing.h"

namespace dfkd::testing {

inline constexpr int64_t kTrainImages = 600, kTestImages = 100;

// What a description says of a plugin.
inline Json PluginJson(PluginKind kind, const std::string& name, const Json& given = {}) {
  const auto& card = Registry::Get().Card(kind, name);
  return {
      {"plugin", name}, {"revision", card.revision}, {"options", ResolveFor(card, given, "fixed")}};
}

inline Json ShapesJson() {
  auto json = PluginJson(PluginKind::kDataset, "shapes",
                         {{"size", 16}, {"train", kTrainImages}, {"test", kTestImages}});
  json["holdout"] = 0.0;
  return json;
}

inline Stage TeacherStage(const std::string& attack, const Json& recipe = {},
                          const std::string& profile = "fp32") {
  Json given = {{"epochs", 3}, {"batch_size", 64}, {"nesterov", true}, {"schedule", "one_cycle"}};
  if (!recipe.is_null()) given.update(recipe);
  const Json options = attack == "none" ? Json() : Json{{"poison_rate", 0.2}};
  return MakeStage("teacher",
                   {{"dataset", ShapesJson()},
                    {"attack", PluginJson(PluginKind::kAttack, attack, options)},
                    {"network", "vgg-s-4"},
                    {"recipe", ResolveOptions(TableOf<TeacherRecipe>().cards(), given, "")},
                    {"seed", 0},
                    {"profile", profile}});
}

// A distillation as the planner describes it: `parts` act when their cards say so.
struct Distillation {
  std::string teacher, transfer_set = "";
  Json distiller;
  std::vector<Json> parts = {};  // of PluginJson
  std::string student = "vgg-s-2", profile = "fp32";
  int64_t seed = 0;

  int64_t Rounds() const;
  Stage To(int64_t round) const;
};

inline DistillerTraits TraitsIn(const Json& distiller) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.at("plugin"));
  return card.traits(distiller.at("options"));
}

inline int64_t Distillation::Rounds() const { return TraitsIn(distiller).rounds; }

inline Stage Distillation::To(int64_t round) const {
  const auto traits = TraitsIn(distiller);
  Json acting = Json::array();
  for (auto part : parts) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.at("plugin"));
    const auto active = card.active(part.at("options"), traits);
    const int64_t first = std::max<int64_t>(active.first, 0), last = std::min(active.last, round);
    if (first >= last) continue;
    part["rounds"] = {first, last};
    acting.push_back(part);
  }
  const Json set = transfer_set.empty() ? Json() : Json(transfer_set);
  return MakeStage("distill", {{"distiller", distiller},
                               {"student", student},
                               {"parts", acting},
                               {"seed", seed},
                               {"profile", profile},
                               {"rounds", Rounds()},
                               {"round", round},
                               {"inputs", {{"teacher", teacher}, {"transfer_set", set}}}});
}

// Of a teacher, or of a student beside the evaluation of its teacher.
inline Stage EvaluateStage(const std::string& model, const std::string& teacher_evaluation,
                           const std::string& attack, const std::string& poisoned) {
  const bool attacked = !attack.empty();
  const Json options = Json{{"poison_rate", 0.2}};
  return MakeStage(
      "evaluate",
      {{"dataset", ShapesJson()},
       {"attack", attacked ? PluginJson(PluginKind::kAttack, attack, options) : Json()},
       {"inputs",
        {{"model", model},
         {"teacher_evaluation", teacher_evaluation.empty() ? Json() : Json(teacher_evaluation)},
         {"attack", attacked ? Json(poisoned) : Json()}}}});
}

inline Stage TransferSetStage(const Json& distiller, const std::string& teacher) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.at("plugin"));
  const Json recipe = card.transfer_set(distiller.at("options"));
  const bool asks = recipe.at("needs_teacher");
  return MakeStage("transfer_set", {{"recipe", recipe},
                                    {"dataset", ShapesJson()},
                                    {"seed", 0},
                                    {"inputs", {{"teacher", asks ? Json(teacher) : Json()}}}});
}

using Stop = std::function<bool()>;

// A store of its own. Copies of a laboratory start with all that the original has.
class Laboratory {
 public:
  Laboratory() = default;
  explicit Laboratory(const Laboratory& other) {
    fs::copy(other.scratch_.path(), scratch_.path(), fs::copy_options::recursive);
  }

  Store& store() { return store_; }
  const fs::path& root() const { return store_.root(); }
  void UseFreshRunner() { runner_ = StageRunner(); }

  StageOutcome Run(
      const Stage& stage, const std::vector<std::string>& starts = {},
      const Stop& stop = [] { return false; }, double limit_seconds = 0) {
    StageRequest request{.stage = TextOf(stage), .starts = starts};
    request.store = root().string();
    request.limit_seconds = limit_seconds;
    request.device = device;
    request.facts = facts;
    return runner_(
        request, [](const StageProgress&) {}, stop);
  }

  // Runs it to the end; returns its ref. Throws Error where it failed.
  std::string Make(const Stage& stage, const std::vector<std::string>& starts = {}) {
    const auto outcome = Run(stage, starts);
    if (outcome.status != StageStatus::kDone)
      throw MakeError("{} is {}: {}", stage.kind, Name(outcome.status), outcome.message);
    return stage.ref;
  }

  std::string DigestOf(const std::string& ref) { return store_.Open(ref).digest(); }

  Json facts = Json::object();  // of every request
  std::string device = "cpu";   // of every request

  std::unique_ptr<Classifier> Model(const std::string& ref, Profile profile = Profile::kFp32) {
    return LoadModel(store_.Open(ref), at::kCPU, profile);
  }

 private:
  ScratchFolder scratch_;
  Store store_{scratch_.path() / "store"};
  RunStageFunction runner_ = StageRunner();
};

// Shared by the cases of this program, made once: a clean and a backdoored teacher.
struct Teachers {
  Laboratory laboratory;
  std::string clean = laboratory.Make(TeacherStage("none"));
  std::string poisoned = laboratory.Make(TeacherStage("badnets_grid"));
};

inline const Teachers& ToyTeachers() {
  static const Teachers teachers;
  return teachers;
}

inline at::Tensor GlobalGenerator() { return at::detail::getDefaultCPUGenerator().get_state(); }

inline bool SameTensors(Classifier& a, Classifier& b) {
  const auto of_a = a.Parameters(), of_b = b.Parameters();
  for (size_t i = 0; i < of_a.size(); ++i) {
    if (!of_a[i].value.equal(of_b[i].value)) return false;
  }
  return of_a.size() == of_b.size();
}

}  // namespace dfkd::testing
