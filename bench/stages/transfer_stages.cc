// The stages that make images before any student exists: transfer sets, and synthesis from them.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/registry.h"
#include "bench/recipes/transfer_set.h"
#include "bench/stages/attack_state.h"
#include "bench/stages/gateway.h"
#include "bench/stages/parts.h"
#include "bench/stages/pictures.h"
#include "bench/stages/state.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

void SaveImages(const StageRun& run, const Split& split, const ImageSpec& spec) {
  TensorsByName tensors = {{"images", split.images}};
  if (split.labels.defined()) tensors["labels"] = split.labels;
  WriteTensors(run.out() / "images.safetensors", tensors);
  WritePicture(run.out() / "images.png", split.images, spec, kShownImages);
}

// What DeepInversion and its kin see.
class SynthesisRun final : public SynthesisContext {
 public:
  explicit SynthesisRun(StageRun& run)
      : run_(run),
        rng_(run.rng()),
        teacher_(LoadModel(run.Input("teacher"), run.device(), run.profile())),
        log_(kScalars, [&run](int64_t done, int64_t total) { run.Report(done, total); }),
        parts_(MakeParts(run.description().at("parts"))) {
    teacher_->Freeze();
    start_ = {TransferSet(run, run.device()).images, {}};
    const auto traits = TraitsOf(run.description().at("distiller"));
    if (NeedsCleanData(run.description().at("parts"))) clean_subset_ = CleanSubset(run);
    const auto* clean = clean_subset_.images.defined() ? &clean_subset_ : nullptr;
    for (auto& part : parts_) {
      part.rounds = {0, INT64_MAX};
      auto context = ContextFor(run, part, *teacher_, traits, log_, clean);
      part.defense->Begin(context);
    }
  }

  const Classifier& teacher() const override { return *teacher_; }
  const ImageSpec& spec() const override { return teacher_->spec(); }
  at::Device device() const override { return run_.device(); }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return log_; }
  const Split& start() const override { return start_; }

  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t step) override {
    if (run_.MustStop()) throw Interrupted("synthesis");
    return Taught(*teacher_, parts_, images, kd, /*round=*/step, Grad::kInputs);
  }

  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return SumOfPenalties(parts_, batch);
  }

  const ScalarLog& log() const { return log_; }

 private:
  StageRun& run_;
  const Rng rng_;
  const std::unique_ptr<Classifier> teacher_;
  ScalarLog log_;
  Split start_, clean_subset_;
  std::vector<ActivePart> parts_;
};

// Of images that nobody has looked at: sizes from the card. Drawing pixels needs neither classes
// nor mean and deviation.
ImageSpec Geometry(const Json& dataset) {
  const auto& card = Registry::Get().Card(PluginKind::kDataset, dataset.at("plugin"));
  const Json spec = card.image_spec(dataset.at("options"));
  return {.channels = spec.at("channels"), .height = spec.at("height"), .width = spec.at("width")};
}

}  // namespace

bool RunTransferSet(StageRun& run) {
  auto recipe = run.description().at("recipe");
  recipe["options"] = WithPaths(recipe["options"], run.store().root());
  std::unique_ptr<Classifier> teacher;
  std::shared_ptr<const LoadedData> data;
  if (run.HasInput("teacher")) {
    teacher = LoadModel(run.Input("teacher"), run.device(), Profile::kFp32);
    teacher->Freeze();
  }
  if (recipe.at("needs_train").get<bool>()) data = run.Data();
  const auto spec = teacher ? teacher->spec()
                    : data  ? data->spec
                            : Geometry(run.description().at("dataset"));
  ScalarLog log(1, ReportOrStop(run, "a transfer set"));
  log.Tick(0, 1);  // reading what it is made from may have taken long, and not every recipe ticks
  TransferSetContext context{
      teacher.get(), data ? &data->train : nullptr, spec, run.rng(), run.device(), log};
  SaveImages(run, MakeTransferSet(recipe, context), spec);
  return true;
}

// For the teacher as its user receives it. Has no checkpoints: one that is interrupted starts
// again.
bool RunPoisonTransfer(StageRun& run) {
  const auto teacher = LoadModel(run.Input("teacher"), run.device(), Profile::kFp32);
  teacher->Freeze();
  const auto attack = MakeAttack(run, teacher->spec());
  if (run.HasInput("attack")) LoadAttack(run.Input("attack"), *attack);
  auto given = TransferSet(run, at::kCPU);
  ScalarLog log(kScalars, ReportOrStop(run, "poisoning"));
  TransferPoisonContext context{given, *teacher, teacher->spec(), run.device(), run.rng(), log};
  given.images = attack->PoisonTransfer(context);
  SaveImages(run, given, teacher->spec());
  log.Save(run.out() / "log.json");
  return true;
}

bool RunSynthesis(StageRun& run) {
  SynthesisRun synthesis(run);
  const auto& entry = run.description().at("distiller");
  const auto distiller = MakeChecked<Distiller>(entry.at("plugin"),
                                                WithPaths(entry.at("options"), run.store().root()));
  SaveImages(run, distiller->Synthesize(synthesis), synthesis.spec());
  synthesis.log().Save(run.out() / "log.json");
  return true;
}

}  // namespace dfkd
