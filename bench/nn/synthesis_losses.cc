#include "bench/nn/synthesis_losses.h"

#include <ATen/ATen.h>

#include "bench/nn/losses.h"
#include "bench/nn/numerics.h"

namespace dfkd {
namespace {

at::Tensor Clamped(const at::Tensor& probabilities) { return probabilities.clamp(0.01, 0.99); }

// p log p, 0 where p is 0; its gradient stays finite there.
at::Tensor Information(const at::Tensor& p) { return p * p.clamp_min(1e-12).log(); }

}  // namespace

at::Tensor JsPerSample(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                       double tau) {
  const auto p = at::softmax(teacher_logits / tau, 1), q = at::softmax(student_logits / tau, 1);
  const auto middle = Clamped((p + q) / 2);  // [N, classes]
  const auto log_middle = middle.log();
  const auto from = [&](const at::Tensor& other) {
    return (middle * (log_middle - Clamped(other).log())).sum(1);
  };
  return (from(p) + from(q)) / 2;
}

at::Tensor DecisionAdversarialLoss(const at::Tensor& teacher_logits,
                                   const at::Tensor& student_logits) {
  const auto agree = teacher_logits.argmax(1) == student_logits.argmax(1);  // [N]
  const auto divergence = KlPerSample(teacher_logits, student_logits, /*tau=*/1);
  return -(agree.to(divergence.scalar_type()) * divergence).mean();
}

at::Tensor OneHotLoss(const at::Tensor& teacher_logits) {
  return CrossEntropyPerSample(teacher_logits, teacher_logits.detach().argmax(1)).mean();
}

at::Tensor EntropyLoss(const at::Tensor& teacher_logits) {
  const auto log_p = at::log_softmax(teacher_logits, 1);
  return -(log_p.exp() * log_p).sum(1).mean();
}

at::Tensor BalanceLoss(const at::Tensor& teacher_logits) {
  return Information(at::softmax(teacher_logits, 1).mean(0)).sum();
}

at::Tensor ActivationLoss(const at::Tensor& features) {
  return -AtLeastFloat(features).abs().mean();
}

}  // namespace dfkd
