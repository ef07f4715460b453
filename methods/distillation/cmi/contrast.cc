#include "methods/distillation/cmi/contrast.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "bench/core/error.h"
#include "bench/nn/device.h"
#include "bench/nn/numerics.h"
#include "bench/nn/random.h"
#include "bench/nn/visit.h"
#include "bench/recipes/inversion_pool.h"

namespace dfkd::cmi {
namespace {

constexpr double kNormFloor = 1e-12;

}  // namespace

at::Tensor SpatialMeans(const std::vector<NormInput>& norms) {
  std::vector<at::Tensor> means;
  for (const auto& norm : norms) means.push_back(AtLeastFloat(norm.input).mean({2, 3}));
  return at::cat(means, 1);
}

int64_t CountFeatures(const Classifier& net) {
  int64_t count = 0;
  for (const auto& [name, value] : net.Buffers()) {
    if (name.ends_with("running_mean")) count += value.numel();
  }
  return count;
}

int64_t MemoryBank::size() const {
  if (forgets_when_full_ && pushed_ == capacity_) return 0;
  return std::min(pushed_, capacity_);
}

at::Tensor MemoryBank::Draw(const Rng& rng, int64_t count) const {
  DFKD_CHECK(rows_.defined());
  const int64_t drawn = std::min(count, size());
  const auto rows = Permutation(rng, size()).slice(0, 0, drawn);
  return rows_.index_select(0, Upload(rows, rows_.device()));
}

void MemoryBank::Push(const at::Tensor& rows) {
  const at::NoGradGuard no_grad;
  const auto fresh = rows.detach();  // [n, 2d]
  const int64_t n = fresh.size(0), held = rows_.defined() ? rows_.size(0) : 0;
  DFKD_CHECK(n <= capacity_);
  if (const int64_t wanted = std::min(capacity_, pushed_ + n); wanted > held) {
    const auto larger = at::empty({wanted, fresh.size(1)}, fresh.options());
    if (held > 0) larger.narrow(0, 0, held).copy_(rows_);
    rows_ = larger;
  }
  const auto places =
      at::arange(pushed_, pushed_ + n, fresh.options().dtype(at::kLong)).remainder(capacity_);
  rows_.index_copy_(0, places, fresh);
  pushed_ += n;
}

void MemoryBank::Clear() {
  rows_ = at::Tensor();
  pushed_ = 0;
}

void MemoryBank::Visit(StateVisitor& visitor, const std::string& prefix) {
  VisitGrowing(visitor, prefix, rows_);
  visitor.Number(prefix + ".pushed", pushed_);
}

ContrastHead::ContrastHead(int64_t features, int64_t out, double lr,
                           const at::TensorOptions& options)
    : lr_(lr) {
  parameters_ = {{"hidden.weight", at::zeros({features, features}, options)},
                 {"hidden.bias", at::zeros({features}, options)},
                 {"out.weight", at::zeros({out, features}, options)},
                 {"out.bias", at::zeros({out}, options)}};
  for (const auto& parameter : parameters_) parameter.value.set_requires_grad(true);
}

// U(-b, b) with b = 1 / sqrt(fan in), weights and biases.
void ContrastHead::Initialize(const Rng& rng) {
  const at::NoGradGuard no_grad;
  const double bound = 1 / std::sqrt(static_cast<double>(parameters_.front().value.size(1)));
  for (const auto& [name, value] : parameters_) {
    const auto unit = Uniform(rng.Fork(name), value.sizes()).to(value.scalar_type());
    value.copy_(unit * (2 * bound) - bound);
  }
  optimizer_.emplace(parameters_, OptimizerSpec{.kind = "adam", .lr = lr_});
}

at::Tensor ContrastHead::Project(const at::Tensor& features) const {
  const auto hidden = at::linear(features, parameters_[0].value, parameters_[1].value).relu();
  const auto out = at::linear(hidden, parameters_[2].value, parameters_[3].value);
  return out / out.norm(2, 1, /*keepdim=*/true).clamp_min(kNormFloor);
}

std::vector<at::Tensor> ContrastHead::Weights() const {
  std::vector<at::Tensor> weights;
  for (const auto& parameter : parameters_) weights.push_back(parameter.value);
  return weights;
}

void ContrastHead::Step(const std::vector<at::Tensor>& gradients) {
  optimizer_->DescendAlong(gradients);
}

void ContrastHead::Visit(StateVisitor& visitor, const std::string& prefix) {
  for (const auto& parameter : parameters_) {
    VisitInPlace(visitor, prefix + "." + parameter.name, parameter.value);
  }
  optimizer_->Visit(visitor, prefix + "_optimizer");
}

at::Tensor ContrastiveLoss(const at::Tensor& u, const at::Tensor& v, int64_t current,
                           double temperature, bool bank_was_filled) {
  const auto logits = at::mm(u, v.detach().t()) / temperature;  // [R,R]
  const auto losses = -at::log_softmax(logits, 1).diagonal();   // [R]
  if (!bank_was_filled) return losses.mean();
  return losses.slice(0, 0, current).mean() + losses.slice(0, current).mean();
}

}  // namespace dfkd::cmi
