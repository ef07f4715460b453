// The teacher stage: poison the training set, train on it, keep weights, attack state and what was
// poisoned.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/stages/attack_state.h"
#include "bench/stages/train.h"

namespace dfkd {
namespace {

struct PoisonedTraining {
  std::unique_ptr<Attack> attack;
  std::unique_ptr<Classifier> clean_teacher;  // null unless the attack asks for it
  Poisoned poisoned;

  // Attacks that leave training alone are not asked: their teachers are trained as a clean one is.
  TrainingAttack Hooks(const StageRun& run) const {
    const auto& entry = run.description().at("attack");
    const auto& card = Registry::Get().Card(PluginKind::kAttack, entry.at("plugin"));
    if (!card.trains_teacher(entry.at("options"))) return {};
    return {attack.get(), clean_teacher.get()};
  }
};

PoisonedTraining Poison(const StageRun& run, const LoadedData& data) {
  auto attack = MakeAttack(run, data.spec);
  if (run.HasInput(kCraft)) LoadAttack(run.Input(kCraft), *attack);
  auto poisoned = attack->Poison(data.train, AttackStream(run));
  RequirePoisonOfItsCard(run, poisoned, data.train);
  return {std::move(attack), LoadCleanTeacher(run), std::move(poisoned)};
}

// Attacks that poison batches while they train keep counts of their own in their state: null here.
void SaveWhatWasPoisoned(const StageRun& run, const Poisoned& poisoned, const Split& clean,
                         bool in_training) {
  const auto& indices = poisoned.indices;
  TensorsByName rows = {{"indices", at::tensor(indices, at::kLong)}};
  if (!poisoned.covers.empty()) rows["covers"] = at::tensor(poisoned.covers, at::kLong);
  WriteTensors(run.out() / "poison.safetensors", rows);
  const auto relabelled = (poisoned.data.labels != clean.labels).sum().item<int64_t>();
  Json counts = {{"poisoned", indices.size()},
                 {"relabelled", relabelled},
                 {"training_images", clean.labels.size(0)}};
  if (!poisoned.covers.empty()) counts["covers"] = poisoned.covers.size();
  if (in_training && indices.empty()) counts["poisoned"] = counts["relabelled"] = nullptr;
  WriteFileAtomically(run.out() / "poison.json", counts.dump(2) + "\n");
}

}  // namespace

bool RunTeacher(StageRun& run) {
  const auto data = run.Data();
  const auto set = Poison(run, *data);
  const Split on_device = {set.poisoned.data.images.to(run.device()),
                           set.poisoned.data.labels.to(run.device())};
  Classifier model(run.description().at("network").get<std::string>(), data->spec);
  model.Initialize(run.rng().Fork("init"));
  model.Use(run.device(), run.profile());
  const auto recipe = TableOf<TeacherRecipe>().Read(run.description().at("recipe"));
  const auto hooks = set.Hooks(run);
  ScalarLog log(TotalSteps(PlanFor(recipe, hooks), on_device),
                [&](int64_t done, int64_t of) { run.Report(done, of); });
  Training training(model, on_device, recipe, run.rng(), log, hooks);
  const Visited state = [&](StateVisitor& visitor) { training.Visit(visitor); };
  const auto checkpoint = [&] {
    run.WriteCheckpoint([&](const std::filesystem::path& folder) {
      SaveState(folder / "state.safetensors", state);
      log.Save(folder / "log.json");
    });
  };
  if (const auto folder = run.Checkpoint()) {
    LoadState(*folder / "state.safetensors", run.device(), state);
    log.Load(*folder / "log.json");
  }
  while (training.done() < training.total()) {
    if (run.MustStop()) return checkpoint(), false;
    if (run.CheckpointIsDue()) checkpoint();
    training.Step();
  }
  RequireFinite(model, "after the teacher's training");
  SaveModel(run.out(), model);
  SaveAttack(run, *set.attack);
  RequireStateSuffices(run, *set.attack, data->train, data->spec);
  SaveWhatWasPoisoned(run, set.poisoned, data->train, hooks.attack != nullptr);
  log.Save(run.out() / "log.json");
  return true;
}

}  // namespace dfkd
