#include "bench/stages/attack_state.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "bench/core/registry.h"
#include "bench/stages/gateway.h"
#include "bench/stages/state.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

constexpr char kFile[] = "attack.safetensors";
constexpr int64_t kTried = 4;         // images
constexpr size_t kTriedPoison = 256;  // images

std::string PluginOf(const StageRun& run) { return run.description().at("attack").at("plugin"); }

// What two instances are compared by: all places and labels, and the images of some.
struct PoisonSample {
  std::vector<int64_t> indices, covers;
  at::Tensor labels, images;

  bool operator==(const PoisonSample& other) const {
    return indices == other.indices && covers == other.covers && labels.equal(other.labels) &&
           images.equal(other.images);
  }
};

// The poisoned set itself, as large as the training set, is gone when it returns.
PoisonSample SampleOf(const Attack& attack, const Split& train, const Rng& rng) {
  auto [data, indices, covers] = attack.Poison(train, rng);
  std::vector<int64_t> rows;
  for (const auto& places : {indices, covers}) {
    const auto some = std::min<size_t>(places.size(), kTriedPoison);
    rows.insert(rows.end(), places.begin(), places.begin() + static_cast<int64_t>(some));
  }
  auto images = data.images.index_select(0, at::tensor(rows, at::kLong));
  return {std::move(indices), std::move(covers), std::move(data.labels), std::move(images)};
}

bool SameTargets(const Attack& a, const Attack& b, int64_t classes) {
  for (int64_t label = 0; label < classes; ++label) {
    if (a.TargetLabel(label) != b.TargetLabel(label)) return false;
  }
  return true;
}

[[noreturn]] void FailForState(const StageRun& run, const char* hook, const char* otherwise) {
  throw MakeError(
      "attack {}: {}: a new instance with the state that Visit names {}: Visit must name all that "
      "{} needs beside the options",
      PluginOf(run), hook, otherwise, hook);
}

}  // namespace

std::function<void(int64_t, int64_t)> ReportOrStop(StageRun& run, const char* what) {
  return [&run, what](int64_t done, int64_t total) {
    run.Report(done, total);
    if (run.MustStop()) throw Interrupted(what);
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
                          const ImageSpec& spec, bool trained) {
  const auto& entry = run.description().at("attack");
  const auto& card = Registry::Get().Card(PluginKind::kAttack, PluginOf(run));
  const auto fresh = MakeAttack(run, spec);
  const auto file = run.out() / kFile;
  LoadState(file, at::kCPU, [&](StateVisitor& visitor) { fresh->Visit(visitor); });
  const auto images = train.images.slice(0, 0, kTried);
  const bool triggers = trained || !card.trains_teacher(entry.at("options"));
  if (triggers && !fresh->Trigger(images).equal(attack.Trigger(images)))
    FailForState(run, "Trigger", "triggers otherwise");
  if (!SameTargets(*fresh, attack, spec.classes))
    FailForState(run, "TargetLabel", "names other targets");
  const auto rng = AttackStream(run);
  if (!(SampleOf(*fresh, train, rng) == SampleOf(attack, train, rng)))
    FailForState(run, "Poison", "poisons otherwise");
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
