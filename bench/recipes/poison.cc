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
  auto chosen = Eligible(train);
  const auto eligible = static_cast<int64_t>(chosen.size()), count = Count(train, eligible);
  // Which of them: a seeded permutation of all, cut off, so that a smaller rate poisons a subset of
  // what a larger one does.
  if (poison_.selection == "random") {
    const auto order = rng.Fork("poison").Permutation(eligible);
    std::vector<int64_t> shuffled;
    for (const int64_t place : order) shuffled.push_back(chosen[place]);
    chosen = shuffled;
  }
  chosen.resize(count);
  std::sort(chosen.begin(), chosen.end());
  Poisoned result{{train.images.clone(), train.labels.clone()}, chosen};
  if (count == 0) return result;
  const auto rows = at::tensor(chosen, at::kLong);  // [count]
  const auto of_images = rows.to(train.images.device()), of_labels = rows.to(train.labels.device());
  result.data.images.index_copy_(0, of_images, PoisonedImages(train, of_images));
  result.data.labels.index_copy_(0, of_labels, Targets(train.labels.index_select(0, of_labels)));
  return result;
}

at::Tensor StaticTrigger::PoisonedImages(const Split& train, const at::Tensor& rows) const {
  return Trigger(train.images.index_select(0, rows));
}

std::vector<int64_t> StaticTrigger::Choosable(const Split& train) const {
  auto choosable = Eligible(train);
  const int64_t count = Count(train, static_cast<int64_t>(choosable.size()));
  if (poison_.selection == "first_n" || count == 0) choosable.resize(count);
  return choosable;
}

// All-to-one or all-to-all; a clean label is its own target.
at::Tensor StaticTrigger::Targets(const at::Tensor& labels) const {
  if (poison_.labels == "all_to_all") return labels.add(1).remainder(spec_.classes);
  return at::full_like(labels, poison_.target);
}

std::vector<int64_t> StaticTrigger::Eligible(const Split& train) const {
  const auto labels = train.labels.to(at::kCPU, at::kLong).contiguous();
  const int64_t candidates = Candidates(labels.size(0));
  std::vector<int64_t> eligible;
  for (int64_t i = 0; i < candidates; ++i) {
    const int64_t label = labels.data_ptr<int64_t>()[i];
    if ((label == TargetLabel(label)) == poison_.clean_label) eligible.push_back(i);
  }
  return eligible;
}

// The part behind them, the reference's holdout, is what is rounded down.
int64_t StaticTrigger::Candidates(int64_t images) const {
  return images - CountOf(1 - poison_.candidates, images);
}

int64_t StaticTrigger::Count(const Split& train, int64_t eligible) const {
  const int64_t images = train.labels.size(0);
  const int64_t count = CountOf(poison_.poison_rate, images);
  if (poison_.clean_label && (eligible > 0 || count == 0)) return std::min(count, eligible);
  if (count <= eligible) return count;
  throw MakeError(
      "poison_rate = {} asks for {} of {} images, but only {} of the {} candidates have {} label",
      poison_.poison_rate, count, images, eligible, Candidates(images),
      poison_.clean_label ? "the target" : "another");
}

}  // namespace dfkd
