#include "bench/recipes/fine_pruning.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/random.h"
#include "bench/recipes/count_of.h"
#include "bench/recipes/linear_head.h"

namespace dfkd {
namespace {

double ShareOfRight(const at::Tensor& features, const at::Tensor& labels, const at::Tensor& weight,
                    const at::Tensor& bias) {
  const auto answers = at::linear(features, weight, bias).argmax(1);
  return (answers == labels).to(at::kDouble).mean().item<double>();
}

Split RowsOf(const Split& data, const at::Tensor& rows) {
  return {data.images.index_select(0, rows), data.labels.index_select(0, rows)};
}

// Those that judge, and the rest.
std::pair<Split, Split> Held(const Split& data, const FinePruningOptions& options,
                             const DefenseContext& context, const std::string& name) {
  const int64_t images = data.images.size(0);
  const auto held = std::max<int64_t>(1, CountOf(options.held_out, images));
  if (held >= images) throw MakeError("{}: {} image is too few to hold one out", name, images);
  const auto rows = Permutation(context.rng.Fork("held_out"), images, data.images.device());
  return {RowsOf(data, rows.slice(0, 0, held)), RowsOf(data, rows.slice(0, held))};
}

// int64: the features that can be cut off.
at::Tensor Unused(const Classifier& model, const Split& judge, const Split& rest,
                  const FinePruningOptions& options) {
  const at::NoGradGuard no_grad;
  const auto head = LinearHead(model);
  const auto order = at::argsort(Features(model, rest.images, options.batch_size).mean(0));
  const auto features = Features(model, judge.images, options.batch_size);
  const auto count = CountPrunable(order, features.to(head.weight.scalar_type()), judge.labels,
                                   head.weight, head.bias, options);
  return order.slice(0, 0, count);
}

}  // namespace

int64_t CountPrunable(const at::Tensor& order, const at::Tensor& features, const at::Tensor& labels,
                      const at::Tensor& weight, const at::Tensor& bias,
                      const FinePruningOptions& options) {
  const int64_t total = order.size(0);
  const auto step = std::max<int64_t>(1, CountOfAtLeast(options.prune_step, total));
  const double all = ShareOfRight(features, labels, weight, bias);
  if (all == 0) return 0;  // nothing can be told from it
  int64_t pruned = 0;
  for (int64_t count = step; count < total; count += step) {
    const auto cut = weight.index_fill(1, order.slice(0, 0, count), 0);
    if (std::abs(ShareOfRight(features, labels, cut, bias) - all) / all >= options.tolerance) break;
    pruned = count;
  }
  return pruned;
}

void FinePrune(Classifier& model, const Split& data, const FinePruningOptions& options,
               const DefenseContext& context, const std::string& name) {
  const auto [judge, rest] = Held(data, options, context, name);
  const auto weight = LinearHead(model).weight;
  const auto cut = Unused(std::as_const(model), judge, rest, options);
  context.progress.Scalar(name + "/pruned", static_cast<double>(cut.size(0)), 0);
  context.progress.Scalar(name + "/features", static_cast<double>(weight.size(1)), 0);
  const auto prune = [&] {
    const at::NoGradGuard no_grad;
    weight.index_fill_(1, cut, 0);
  };
  prune();
  const auto backward = [&](const FineTuneBatch& batch) {
    return CrossEntropyBackward(model, batch);
  };
  FineTuneAlong(model, rest, options, context, name, {.backward = backward, .after = prune});
}

}  // namespace dfkd
