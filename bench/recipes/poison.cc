#include "bench/recipes/poison.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "bench/core/error.h"

namespace dfkd {

void StaticTrigger::Begin(const ImageSpec& spec) {
  if (poison_.target >= spec.classes) {
    throw MakeError("target = {} must lie in [0, {}]", poison_.target, spec.classes - 1);
  }
  spec_ = spec;
}

int64_t StaticTrigger::TargetLabel(int64_t true_label) const {
  return poison_.labels == "all_to_all" ? (true_label + 1) % spec_.classes : poison_.target;
}

Poisoned StaticTrigger::Poison(const Split& train, const Rng& rng) const {
  const auto count = static_cast<int64_t>(poison_.poison_rate * train.labels.size(0));
  const auto labels = train.labels.to(at::kCPU, at::kLong).contiguous();
  Poisoned result{{train.images.clone(), train.labels.clone()}, Choose(labels, count, rng)};
  if (result.indices.empty()) return result;
  std::vector<int64_t> targets;
  for (const int64_t i : result.indices) {
    targets.push_back(TargetLabel(labels.data_ptr<int64_t>()[i]));
  }
  const auto rows = at::tensor(result.indices, at::kLong).to(train.images.device());
  const auto triggered = Trigger(train.images.index_select(0, rows));
  result.data.images.index_copy_(0, rows, triggered);
  result.data.labels.index_copy_(0, rows.to(train.labels.device()),
                                 at::tensor(targets, at::kLong).to(train.labels.device()));
  return result;
}

// Ascending. Which `count` of the eligible images: a seeded permutation of all of them, cut off, so
// that a smaller rate poisons a subset of what a larger one does.
std::vector<int64_t> StaticTrigger::Choose(const at::Tensor& labels, int64_t count,
                                           const Rng& rng) const {
  std::vector<int64_t> eligible;
  const auto candidates = static_cast<int64_t>(poison_.candidates * labels.size(0));
  for (int64_t i = 0; i < candidates; ++i) {
    const int64_t label = labels.data_ptr<int64_t>()[i];
    if (label != TargetLabel(label)) eligible.push_back(i);
  }
  const auto available = static_cast<int64_t>(eligible.size());
  if (count > available) {
    throw MakeError(
        "poison_rate = {} asks for {} of {} images, but only {} of the {} candidates have another "
        "label",
        poison_.poison_rate, count, labels.size(0), available, candidates);
  }
  std::vector<int64_t> chosen(eligible.begin(), eligible.begin() + count);
  if (poison_.selection == "random") {
    const auto order = rng.Fork("poison").Permutation(available);
    for (int64_t k = 0; k < count; ++k) chosen[k] = eligible[order[k]];
    std::sort(chosen.begin(), chosen.end());
  }
  return chosen;
}

}  // namespace dfkd
