#include "bench/stages/parts.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "bench/core/registry.h"
#include "bench/nn/random.h"
#include "bench/stages/gateway.h"
#include "bench/stages/state.h"

namespace dfkd {
namespace {

constexpr int64_t kSlice = 128;  // images that are labelled at a time

// Not StageRun::rng, which is another in each kind of stage.
Rng DefenseStream(const StageRun& run) {
  return Rng(static_cast<uint64_t>(run.description().at("seed").get<int64_t>())).Fork("defense");
}

// "defense_images", which the planner leaves out where it knows of no training images.
int64_t ImagesForDefenses(const StageRun& run) {
  return run.description().value("defense_images", kSamples);
}

at::Tensor LabelsBy(const Classifier& teacher, const at::Tensor& images) {
  std::vector<at::Tensor> labels;
  for (const auto& slice : images.split(kSlice)) {
    labels.push_back(teacher.Logits(Normalize(slice, teacher.spec())).argmax(1));
  }
  return at::cat(labels);
}

}  // namespace

std::vector<ActivePart> MakeParts(const Json& list) {
  std::vector<ActivePart> parts;
  for (const auto& json : list) {
    ActivePart part{.plugin = json.at("plugin"),
                    .label = json.value("label", json.at("plugin").get<std::string>())};
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    part.needs_clean_data = card.needs_clean_data(json.at("options"));
    part.needs_synthetic_data = card.needs_synthetic_data(json.at("options"));
    part.defense = MakeCheckedDefense(part.plugin, json.at("options"), part.label);
    if (json.contains("rounds")) part.rounds = {json.at("rounds").at(0), json.at("rounds").at(1)};
    parts.push_back(std::move(part));
  }
  return parts;
}

DefenseContext ContextFor(const StageRun& run, const ActivePart& part, const Classifier& teacher,
                          const DistillerTraits& traits, Progress& progress,
                          const Split* clean_subset) {
  // The stream is named by the part alone: it is the same whatever stands beside it.
  return {.teacher = teacher,
          .spec = teacher.spec(),
          .distiller = traits,
          .rng = DefenseStream(run).Fork(part.label),
          .progress = progress,
          .clean_subset = part.needs_clean_data ? clean_subset : nullptr,
          .device = run.device()};
}

Split CleanSubset(const StageRun& run) {
  const auto data = run.Data();
  const int64_t n = data->train.images.size(0);
  const auto rows = Permutation(DefenseStream(run).Fork("clean_subset"), n)
                        .narrow(0, 0, std::min(n, ImagesForDefenses(run)));
  return {data->train.images.index_select(0, rows).to(run.device()),
          data->train.labels.index_select(0, rows).to(run.device())};
}

bool NeedsCleanData(const Json& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const Json& part) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.at("plugin"));
    return card.needs_clean_data(part.at("options"));
  });
}

Split TransferSet(const StageRun& run, const at::Device& device) {
  if (!run.HasInput("transfer_set")) return {};
  auto tensors = ReadTensors(run.Input("transfer_set").File("images.safetensors"), device);
  return {tensors.at("images"), tensors.contains("labels") ? tensors.at("labels") : at::Tensor()};
}

Split SyntheticData(const StageRun& run, const Classifier& teacher) {
  if (!run.HasInput("synthetic")) return {};
  auto images = ReadTensors(run.Input("synthetic").File("images.safetensors")).at("images");
  const auto rows = Permutation(DefenseStream(run).Fork("synthetic"), images.size(0));
  images = images.index_select(0, rows.slice(0, 0, ImagesForDefenses(run))).to(run.device());
  return {images, LabelsBy(teacher, images)};
}

void Observe(std::vector<ActivePart>& parts, const TransferBatch& batch) {
  for (auto& part : parts) {
    if (part.ActsIn(batch.round)) part.defense->Observe(batch);
  }
}

at::Tensor SumOfPenalties(std::vector<ActivePart>& parts, TransferBatch batch) {
  batch.use = BatchUse::kSynthesis;
  Observe(parts, batch);
  auto total = at::zeros({}, batch.teacher_logits.options());
  for (const auto& part : parts) {
    if (!part.ActsIn(batch.round)) continue;
    const auto penalty = part.defense->SynthesisPenalty(batch);
    if (penalty.defined()) total = total + penalty;
  }
  return total;
}

DistillerTraits TraitsOf(const Json& distiller) {
  return Registry::Get()
      .Card(PluginKind::kDistiller, distiller.at("plugin"))
      .traits(distiller.at("options"));
}

TransferBatch Taught(const Classifier& teacher, const std::vector<ActivePart>& parts,
                     const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                     const std::vector<std::string>& taps) {
  TransferBatch batch;
  batch.images = images;
  batch.kd = kd;
  batch.round = round;
  batch.teacher_taps = WantedTaps(taps);
  for (const auto& part : parts) {
    if (part.ActsIn(round)) batch.teacher_taps.merge(WantedTaps(part.defense->Taps()));
  }
  batch.teacher_logits = teacher.Logits(images, grad, &batch.teacher_taps);
  return batch;
}

}  // namespace dfkd
