// The only stage that ever sees test data and trigger together with a model. Counts, curves over
// the student's snapshots, and the pictures of the trigger.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "bench/io/file.h"
#include "bench/io/png.h"
#include "bench/stages/attack_state.h"
#include "bench/stages/metrics.h"
#include "bench/stages/pictures.h"
#include "bench/stages/reactivation.h"
#include "bench/stages/stage_run.h"
#include "bench/stages/state.h"

namespace dfkd {
namespace {

constexpr int64_t kCurveImages = 1000;  // at most: twenty snapshots must stay cheap
constexpr char kPredictions[] = "predictions.safetensors";  // uint8 or int64 [N]: "clean"
constexpr int64_t kShownTestImages = 4;
constexpr char kTriggered[] = "triggered.png";

// Null if none is named.
std::unique_ptr<Attack> AttackOfTeacher(StageRun& run, const ImageSpec& spec) {
  if (run.description().at("attack").is_null()) return nullptr;
  auto attack = MakeAttack(run, spec);
  // A teacher from a file brings no state: the plan refused triggers that are learned.
  if (run.HasInput("attack")) LoadAttack(run.Input("attack"), *attack);
  return attack;
}

// There is no checkpoint: an evaluation that is interrupted starts again.
std::function<void()> StopIfAsked(const StageRun& run) {
  return [&run] {
    if (run.MustStop()) throw Interrupted("an evaluation");
  };
}

at::Tensor Answers(const StageRun& run, const Classifier& model, const at::Tensor& images) {
  return Predict(model, images, run.device(), StopIfAsked(run));
}

// `clean` is what the model says of the clean images.
Json Score(const StageRun& run, const Classifier& model, const at::Tensor& clean, const Split& test,
           const TriggeredSet* triggered) {
  Json result = {{"clean", CountEqual(clean, test.labels)},
                 {"acc_per_class", CountEqualPerClass(clean, test.labels, model.spec().classes)},
                 {"target", nullptr},
                 {"true_label", nullptr}};
  if (triggered) {
    const auto predicted = Answers(run, model, triggered->images);
    result["target"] = CountEqual(predicted, triggered->targets);
    result["true_label"] = CountEqual(predicted, triggered->labels);
  }
  return result;
}

// Every k-th image: data sets may be sorted by class.
Split Thinned(const Split& split) {
  const int64_t n = split.images.size(0), step = (n + kCurveImages - 1) / kCurveImages;
  const auto rows = at::arange(0, n, std::max<int64_t>(1, step), at::kLong);
  return {split.images.index_select(0, rows), split.labels.index_select(0, rows)};
}

std::set<int64_t> SnapshotRounds(const TensorsByName& tensors) {
  std::set<int64_t> rounds;
  for (const auto& [name, unused] : tensors)
    rounds.insert(std::stoll(name.substr(0, name.find('/'))));
  return rounds;
}

void LoadSnapshot(Classifier& model, const TensorsByName& tensors, int64_t round) {
  const c10::NoGradGuard no_grad;
  for (const auto& list : {model.Parameters(), model.Buffers()}) {
    for (const auto& [name, value] : list)
      at::Tensor(value).copy_(tensors.at(fmt::format("{}/{}", round, name)));
  }
}

// {"round", "acc", "asr", "images"} over the snapshots, on a part of the test images.
Json Curves(const StageRun& run, const Artifact& artifact, Classifier& model, const Split& test,
            const Attack* attack) {
  const auto tensors = ReadTensors(artifact.File("snapshots.safetensors"));
  const auto subset = Thinned(test);
  const auto triggered = attack ? MakeTriggered(*attack, subset) : TriggeredSet{};
  Json curves = {{"round", Json::array()},
                 {"acc", Json::array()},
                 {"asr", Json::array()},
                 {"images", subset.labels.size(0)}};
  for (const int64_t round : SnapshotRounds(tensors)) {
    LoadSnapshot(model, tensors, round);
    const auto clean = Answers(run, model, subset.images);
    const auto score = Score(run, model, clean, subset, attack ? &triggered : nullptr);
    const auto fraction = [](const Json& count) {
      return count.is_null() || count[1] == 0
                 ? Json()
                 : Json(count[0].get<double>() / count[1].get<double>());
    };
    curves["round"].push_back(round);
    curves["acc"].push_back(fraction(score.at("clean")));
    curves["asr"].push_back(fraction(score.at("target")));
  }
  return curves;
}

Json VisibilityOf(const Attack& attack, const Split& test) {
  const auto clean = Thinned(test).images;
  return Visibility(clean, attack.Trigger(clean));
}

void WriteTriggerPictures(const StageRun& run, const Attack& attack, const Split& test,
                          const ImageSpec& spec) {
  const auto clean = test.images.narrow(0, 0, std::min(kShownTestImages, test.images.size(0)));
  if (clean.size(0) == 0) return;
  const auto triggered = attack.Trigger(clean);
  const auto change = (triggered.to(at::kInt) - clean.to(at::kInt)).abs();
  const auto difference = (change * 255).div(change.max().clamp_min(1), "floor").to(at::kByte);
  WritePicture(run.out() / "clean.png", clean, spec, kShownTestImages);
  WritePicture(run.out() / kTriggered, triggered, spec, kShownTestImages);
  WritePicture(run.out() / "difference.png", difference, spec, kShownTestImages);
  const auto grey = at::full({1, spec.channels, spec.height, spec.width}, 128, at::kByte);
  WritePicture(run.out() / "trigger.png", attack.Trigger(grey), spec, 1);
}

// Machines may round a pixel differently, no more.
bool Alike(const Image& a, const Image& b) {
  return std::equal(a.pixels.begin(), a.pixels.end(), b.pixels.begin(), b.pixels.end(),
                    [](int one, int other) { return std::abs(one - other) <= 1; });
}

// A student that is asked with another trigger than its teacher was would pass for unharmed.
void RequireTriggerOfTeacher(const StageRun& run) {
  if (!run.HasInput("teacher_evaluation")) return;
  const auto teacher = run.Input("teacher_evaluation");
  const auto& attack = run.description().at("attack");
  const auto theirs = teacher.folder / kTriggered, ours = run.out() / kTriggered;
  if (teacher.description.at("attack") != attack || !std::filesystem::exists(ours)) return;
  if (Alike(ParsePng(ReadBytes(theirs), theirs.string()),
            ParsePng(ReadBytes(ours), ours.string()))) {
    return;
  }
  throw MakeError(
      "attack {}: Trigger: images come out otherwise than when the teacher was evaluated: the "
      "trigger must depend on its options and on what Visit names alone",
      attack.at("plugin").get<std::string>());
}

// The teacher has been asked when it was evaluated. A teacher leaves its answers to its students.
Json Agreement(StageRun& run, const at::Tensor& clean) {
  if (run.HasInput("teacher_evaluation")) {
    const auto file = run.Input("teacher_evaluation").File(kPredictions);
    return CountEqual(clean, ReadTensors(file).at("clean").to(at::kLong));
  }
  const bool fits = clean.numel() == 0 || clean.max().item<int64_t>() < 256;
  WriteTensors(run.out() / kPredictions, {{"clean", fits ? clean.to(at::kByte) : clean}});
  return nullptr;
}

bool WantsCurves(const StageRun& run, const Artifact& model) {
  return run.description().value("curves", true) &&
         std::filesystem::exists(model.folder / "snapshots.safetensors");
}

// Without labels: on images of a transfer set, a synthesis or a probe.
bool RunAgreement(StageRun& run) {
  const auto tensors = ReadTensors(run.Input("images").File("images.safetensors"));
  const auto predicted = [&](const char* role) {
    const auto model = LoadModel(run.Input(role), run.device(), Profile::kFp32);
    return Answers(run, *model, tensors.at("images"));
  };
  const Json result = {
      {"clean", nullptr},      {"target", nullptr},
      {"true_label", nullptr}, {"acc_per_class", nullptr},
      {"curves", nullptr},     {"agreement", CountEqual(predicted("model"), predicted("teacher"))}};
  WriteFileAtomically(run.out() / "evaluation.json", Canonical(result) + "\n");
  return true;
}

}  // namespace

bool RunEvaluate(StageRun& run) {
  if (run.HasInput("images")) return RunAgreement(run);
  const auto data = run.Data();
  const auto artifact = run.Input("model");
  const auto model = LoadModel(artifact, run.device(), Profile::kFp32);
  const auto attack = AttackOfTeacher(run, data->spec);
  const auto triggered = attack ? MakeTriggered(*attack, data->test) : TriggeredSet{};
  const auto clean = Answers(run, *model, data->test.images);
  auto result = Score(run, *model, clean, data->test, attack ? &triggered : nullptr);
  result["agreement"] = Agreement(run, clean);
  const bool of_teacher = !run.HasInput("teacher_evaluation");
  result["visibility"] = attack && of_teacher ? VisibilityOf(*attack, data->test) : Json();
  result["curves"] =
      WantsCurves(run, artifact) ? Curves(run, artifact, *model, data->test, attack.get()) : Json();
  const Json how = run.description().value("reactivation", Json());
  if (attack && !how.is_null()) {
    result["reactivation"] = Reactivate(*model, *attack, data->train, data->test, triggered, how,
                                        run.device(), StopIfAsked(run));
  }
  WriteFileAtomically(run.out() / "evaluation.json", Canonical(result) + "\n");
  if (!attack) return true;
  WriteTriggerPictures(run, *attack, data->test, data->spec);
  RequireTriggerOfTeacher(run);
  return true;
}

}  // namespace dfkd
