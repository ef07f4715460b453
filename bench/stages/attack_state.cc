#include "bench/stages/attack_state.h"

#include "bench/core/registry.h"
#include "bench/stages/state.h"

namespace dfkd {
namespace {

constexpr char kFile[] = "attack.safetensors";

}  // namespace

std::unique_ptr<Attack> MakeAttack(const StageRun& run, const ImageSpec& spec) {
  const auto& entry = run.description().at("attack");
  auto attack = Registry::Get().Make<Attack>(entry.at("plugin"), entry.at("options"));
  attack->Begin(spec);
  return attack;
}

Rng AttackStream(const StageRun& run) {
  const auto seed = static_cast<uint64_t>(run.description().at("seed").get<int64_t>());
  return Rng(seed).Fork("teacher").Fork("attack");
}

std::unique_ptr<Classifier> LoadCleanTeacher(const StageRun& run) {
  if (!run.HasInput(kCleanTeacher)) return nullptr;
  auto teacher = LoadModel(run.Input(kCleanTeacher), run.device(), run.profile());
  teacher->Freeze();
  return teacher;
}

void SaveAttack(const StageRun& run, Attack& attack) {
  SaveState(run.out() / kFile, [&](StateVisitor& visitor) { attack.Visit(visitor); });
}

void LoadAttack(const Artifact& artifact, Attack& attack) {
  LoadState(artifact.File(kFile), at::kCPU, [&](StateVisitor& visitor) { attack.Visit(visitor); });
}

}  // namespace dfkd
