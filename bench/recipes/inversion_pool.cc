#include "bench/recipes/inversion_pool.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "bench/images/augment.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/recipes/batches.h"
#include "bench/recipes/pool_distiller.h"

namespace dfkd {

void VisitGrowing(StateVisitor& visitor, const std::string& name, at::Tensor& value) {
  const int64_t held = value.defined() ? value.size(0) : 0;
  int64_t rows = held;
  visitor.Number(name + ".rows", rows);
  if (rows != held) value = at::Tensor();
  visitor.Tensor(name, value);
}

at::Tensor InversionPool::images() const {
  return storage_.defined() ? storage_.narrow(0, 0, size_) : at::Tensor();
}

at::Tensor InversionPool::Newest(int64_t count) const {
  return storage_.defined() ? images().slice(0, std::max<int64_t>(0, size_ - count)) : at::Tensor();
}

// Room is doubled when it is used up, so that a long run does not copy the pool at every call.
void InversionPool::Append(const at::Tensor& pixels) {
  const at::NoGradGuard no_grad;
  const auto bytes = (pixels.detach().clamp(0, 1) * 255).to(at::kByte);  // truncates
  const int64_t count = size_ + bytes.size(0);
  if (!storage_.defined() || storage_.size(0) < count) {
    auto shape = bytes.sizes().vec();
    shape[0] = std::max(count, 2 * size_);
    const auto larger = at::empty(shape, bytes.options());
    if (size_ > 0) larger.narrow(0, 0, size_).copy_(images());
    storage_ = larger;
  }
  storage_.narrow(0, size_, bytes.size(0)).copy_(bytes);
  size_ = count;
}

void InversionPool::Clear() {
  storage_ = at::Tensor();
  size_ = 0;
}

void InversionPool::Visit(StateVisitor& visitor, const std::string& prefix) {
  auto filled = images();
  VisitGrowing(visitor, prefix, filled);
  storage_ = filled;
  size_ = filled.defined() ? filled.size(0) : 0;
}

void BestOffer::Offer(const at::Tensor& cost, const std::vector<at::Tensor>& tensors) {
  const at::NoGradGuard no_grad;
  const bool first = tensors_.empty();
  const auto better = first ? at::Tensor() : cost.lt(cost_);
  tensors_.resize(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto offered = tensors[i].detach();
    tensors_[i] = first ? offered.clone() : at::where(better, offered, tensors_[i]);
  }
  cost_ = first ? cost.detach().clone() : at::where(better, cost.detach(), cost_);
}

void DistilOnPool(DistillContext& ctx, const at::Tensor& images, const PoolSteps& options,
                  int64_t round) {
  const Rng rng = ctx.rng().Fork("pool", round);
  const auto black = at::zeros({images.size(1)}, images.options());
  Batches batches("epochs_with_rest", options.batch_size, images.size(0));
  for (int64_t step = 0; step < options.steps; ++step) {
    auto bytes = images.index_select(0, batches.Rows(rng, step, images.device()));
    if (options.crop > 0) bytes = RandomCrop(bytes, rng.Fork("crop", step), options.crop, black);
    if (options.flip) bytes = FlipEach(bytes, rng.Fork("flip", step));
    const auto x = Normalize(bytes, ctx.spec());  // [n,C,H,W], n <= batch_size
    const auto batch = AskBoth(ctx, x, options.kd, round);
    ctx.StepStudent(batch, KdPerSample(batch));
  }
}

}  // namespace dfkd
