// The teacher stage: poison the training set, train on it, keep weights, attack state and what was
// poisoned.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/stages/stage_run.h"
#include "bench/stages/train.h"

namespace dfkd {
namespace {

struct PoisonedTraining {
  std::unique_ptr<Attack> attack;
  Poisoned poisoned;
};

PoisonedTraining Poison(StageRun& run, const LoadedData& data) {
  const auto& entry = run.description().at("attack");
  auto attack = Registry::Get().Make<Attack>(entry.at("plugin"), entry.at("options"));
  attack->Begin(data.spec);
  auto poisoned = attack->Poison(data.train, run.rng().Fork("attack"));
  return {std::move(attack), std::move(poisoned)};
}

void SaveAttack(StageRun& run, PoisonedTraining& training, const Split& clean) {
  SaveState(run.out() / "attack.safetensors",
            [&](StateVisitor& visitor) { training.attack->Visit(visitor); });
  const auto& indices = training.poisoned.indices;
  WriteTensors(run.out() / "poison.safetensors", {{"indices", at::tensor(indices, at::kLong)}});
  const auto relabelled = (training.poisoned.data.labels != clean.labels).sum().item<int64_t>();
  const Json counts = {{"poisoned", indices.size()},
                       {"relabelled", relabelled},
                       {"training_images", clean.labels.size(0)}};
  WriteFileAtomically(run.out() / "poison.json", counts.dump(2) + "\n");
}

}  // namespace

bool RunTeacher(StageRun& run) {
  const auto data = run.Data();
  auto training_set = Poison(run, *data);
  const Split on_device = {training_set.poisoned.data.images.to(run.device()),
                           training_set.poisoned.data.labels.to(run.device())};
  Classifier model(run.description().at("network").get<std::string>(), data->spec);
  model.Initialize(run.rng().Fork("init"));
  model.Use(run.device(), run.profile());
  const auto recipe = TableOf<TeacherRecipe>().Read(run.description().at("recipe"));
  const int64_t total = on_device.images.size(0) / recipe.batch_size * recipe.epochs;
  ScalarLog log(total, [&](int64_t done, int64_t of) { run.Report(done, of); });
  Training training(model, on_device, recipe, run.rng(), log);
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
  SaveModel(run.out(), model);
  SaveAttack(run, training_set, data->train);
  log.Save(run.out() / "log.json");
  return true;
}

}  // namespace dfkd
