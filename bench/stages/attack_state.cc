#include "bench/stages/attack_state.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/registry.h"
#include "bench/stages/gateway.h"
#include "bench/stages/state.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

constexpr char kFile[] = "attack.safetensors";
constexpr int64_t kTried = 4;  // images

std::string PluginOf(const StageRun& run) { return run.description().at("attack").at("plugin"); }

}  // namespace

std::function<void(int64_t, int64_t)> ReportOrStop(StageRun& run, const char* what) {
  return [&run, what](int64_t done, int64_t total) {
    run.Report(done, total);
    if (run.MustStop()) throw MakeError(FailureClass::kLost, "{} was interrupted", what);
  };
}

std::unique_ptr<Attack> MakeAttack(const StageRun& run, const ImageSpec& spec) {
  const auto& entry = run.description().at("attack");
  auto attack =
      MakeChecked<Attack>(entry.at("plugin"), WithPaths(entry.at("options"), run.store().root()));
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

void RequireStateSuffices(const StageRun& run, Attack& attack, const Split& train,
                          const ImageSpec& spec) {
  const auto fresh = MakeAttack(run, spec);
  const auto file = run.out() / kFile;
  LoadState(file, at::kCPU, [&](StateVisitor& visitor) { fresh->Visit(visitor); });
  const auto images = train.images.slice(0, 0, kTried);
  if (fresh->Trigger(images).equal(attack.Trigger(images))) return;
  throw MakeError(
      "attack {}: Trigger: a new instance with the state that Visit names triggers otherwise: "
      "Visit must name all that the trigger needs beside the options",
      PluginOf(run));
}

void RequirePoisonOfItsCard(const StageRun& run, const Poisoned& poisoned, const Split& clean) {
  const auto& entry = run.description().at("attack");
  const auto& card = Registry::Get().Card(PluginKind::kAttack, PluginOf(run));
  const bool relabels = !poisoned.data.labels.equal(clean.labels);
  if (relabels && card.clean_label(entry.at("options"))) {
    throw MakeError("attack {}: Poison: labels were changed, though its card says clean_label",
                    PluginOf(run));
  }
  if (!poisoned.indices.empty() && !card.poisons(entry.at("options"))) {
    throw MakeError("attack {}: Poison: {} images, though its card says that it poisons none",
                    PluginOf(run), poisoned.indices.size());
  }
}

}  // namespace dfkd
