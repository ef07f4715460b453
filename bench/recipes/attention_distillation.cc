#include "bench/recipes/attention_distillation.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"

namespace dfkd {
namespace {

std::unique_ptr<Classifier> FineTunedCopy(const Classifier& model, const Split& data,
                                          const AttentionDistillationOptions& options,
                                          const DefenseContext& context, const std::string& name) {
  auto teacher = model.Clone();
  FineTuneOptions own = options;
  own.epochs = options.teacher_epochs;
  auto forked = context;
  forked.rng = context.rng.Fork("teacher");
  FineTune(*teacher, data, own, forked, name + "/teacher");
  teacher->Freeze();
  return teacher;
}

}  // namespace

std::vector<std::string> LastGroups(const Classifier& model) {
  std::vector<std::string> groups;
  for (const auto& segment : model.Segments()) {
    const bool ends_group = segment.find('.') == std::string::npos;
    if (ends_group && segment != "stem" && segment != "head") groups.push_back(segment);
  }
  const auto surplus = std::max<int64_t>(0, static_cast<int64_t>(groups.size()) - 3);
  groups.erase(groups.begin(), groups.begin() + surplus);
  return groups;
}

void DistilAttention(Classifier& model, const Split& data,
                     const AttentionDistillationOptions& options, const DefenseContext& context,
                     const std::string& name) {
  const auto copy = FineTunedCopy(model, data, options, context, name);
  const auto& teacher = std::as_const(*copy);
  const auto groups = LastGroups(model);
  std::vector<double> betas = {options.beta1, options.beta2, options.beta3};
  betas.erase(betas.begin(), betas.end() - static_cast<int64_t>(groups.size()));
  const auto backward = [&](const FineTuneBatch& batch) {
    auto ours = WantedTaps(groups), theirs = WantedTaps(groups);
    const auto logits = model.Logits(batch.images, Mode::kTrain, Grad::kAll, &ours);
    teacher.Logits(batch.images, Grad::kNone, &theirs);
    auto loss = CrossEntropyPerSample(logits, batch.labels).mean();
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto gap = AttentionMap(ours.at(groups[i])) - AttentionMap(theirs.at(groups[i]));
      loss = loss + betas[i] * gap.square().mean();
    }
    loss.backward();
    return loss;
  };
  FineTuneAlong(model, data, options, context, name, {.backward = backward});
}

}  // namespace dfkd
