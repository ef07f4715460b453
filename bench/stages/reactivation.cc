#include "bench/stages/reactivation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

// The first `count` triggered in a drawn order of those that have another target, and as many of
// the next as they are, under their own labels: a network that answers with the target always has
// learned no trigger. Undefined where there are too few.
Split DrawLesson(const Attack& attack, const Split& train, int64_t count, const Rng& rng) {
  std::vector<int64_t> rows;
  const auto order = Permutation(rng, train.labels.size(0));
  for (int64_t i = 0; i < order.size(0) && static_cast<int64_t>(rows.size()) < 2 * count; ++i) {
    const auto row = order[i].item<int64_t>();
    const auto label = train.labels[row].item<int64_t>();
    if (attack.TargetLabel(label) != label) rows.push_back(row);
  }
  if (static_cast<int64_t>(rows.size()) < 2 * count) return {};
  const auto chosen = at::tensor(rows, at::kLong);
  const Split drawn = {train.images.index_select(0, chosen), train.labels.index_select(0, chosen)};
  const auto triggered =
      MakeTriggered(attack, {drawn.images.narrow(0, 0, count), drawn.labels.narrow(0, 0, count)});
  return {at::cat({triggered.images, drawn.images.narrow(0, count, count)}),
          at::cat({triggered.targets, drawn.labels.narrow(0, count, count)})};
}

void FineTuneOn(Classifier& model, const Split& lesson, const Json& how, const at::Device& device,
                const std::function<void()>& look) {
  const auto images = Normalize(lesson.images.to(device), model.spec());
  const auto labels = lesson.labels.to(device);
  Optimizer optimizer(model.Parameters(),
                      {.kind = "sgd", .lr = how.at("lr").get<double>(), .momentum = 0.9});
  for (int64_t step = 0; step < how.at("steps").get<int64_t>(); ++step) {
    look();
    const auto logits = model.Logits(images, Mode::kEval, Grad::kAll);
    optimizer.Descend(CrossEntropyPerSample(logits, labels).mean());
  }
}

}  // namespace

Json Reactivate(const Classifier& model, const Attack& attack, const Split& train,
                const Split& test, const TriggeredSet& triggered, const Json& how,
                const at::Device& device, const std::function<void()>& look) {
  Json results = Json::array();
  const auto rng = Rng(how.at("seed").get<uint64_t>()).Fork("reactivation");
  for (const auto& count : how.at("images")) {
    const auto lesson = DrawLesson(attack, train, count.get<int64_t>(), rng);
    if (!lesson.images.defined()) continue;
    const auto copy = model.Clone();
    FineTuneOn(*copy, lesson, how, device, look);
    const auto clean = Predict(*copy, test.images, device, look);
    const auto target = Predict(*copy, triggered.images, device, look);
    results.push_back({{"images", count},
                       {"clean", CountEqual(clean, test.labels)},
                       {"target", CountEqual(target, triggered.targets)}});
  }
  if (results.empty()) return nullptr;
  return results;
}

}  // namespace dfkd
