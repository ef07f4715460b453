#include "bench/stages/parts.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "bench/core/registry.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

constexpr double kCleanShare = 0.05;

}  // namespace

std::vector<ActivePart> MakeParts(const Json& list) {
  std::vector<ActivePart> parts;
  for (const auto& json : list) {
    ActivePart part{.plugin = json.at("plugin"),
                    .label = json.value("label", json.at("plugin").get<std::string>())};
    part.defense = Registry::Get().Make<Defense>(part.plugin, json.at("options"));
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
          .rng = Rng(static_cast<uint64_t>(run.description().at("seed").get<int64_t>()))
                     .Fork("defense")
                     .Fork(part.label),
          .progress = progress,
          .clean_subset = clean_subset};
}

Split CleanSubset(const StageRun& run) {
  const auto data = run.Data();
  const int64_t n = data->train.images.size(0);
  const auto rows = Permutation(run.rng().Fork("clean_subset"), n)
                        .narrow(0, 0, std::max<int64_t>(1, kCleanShare * n));
  return {data->train.images.index_select(0, rows).to(run.device()),
          data->train.labels.index_select(0, rows).to(run.device())};
}

bool NeedsCleanData(const Json& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const Json& part) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.at("plugin"));
    return card.needs_clean_data(part.at("options"));
  });
}

DistillerTraits TraitsOf(const Json& distiller) {
  return Registry::Get()
      .Card(PluginKind::kDistiller, distiller.at("plugin"))
      .traits(distiller.at("options"));
}

std::map<std::string, at::Tensor> WantedTaps(const std::vector<ActivePart>& parts, int64_t round) {
  std::map<std::string, at::Tensor> taps;
  for (const auto& part : parts) {
    if (!part.ActsIn(round)) continue;
    for (const auto& name : part.defense->Taps()) taps[name] = at::Tensor();
  }
  return taps;
}

}  // namespace dfkd
