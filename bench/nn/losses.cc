#include "bench/nn/losses.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "bench/nn/numerics.h"

namespace dfkd {
namespace {

std::vector<at::Tensor> ZerosWhereUndefined(std::vector<at::Tensor> gradients,
                                            const std::vector<at::Tensor>& inputs) {
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) {
      gradients[i] = at::zeros_like(inputs[i]);
    }
  }
  return gradients;
}

}  // namespace

// Written out: some builds of LibTorch log a warning at every kl_div with mean reduction, and its
// target has no second derivative there.
at::Tensor KlPerSample(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                       double tau) {
  const auto log_teacher = at::log_softmax(teacher_logits / tau, 1);  // [N, classes]
  const auto log_student = at::log_softmax(student_logits / tau, 1);  // [N, classes]
  return (log_teacher.exp() * (log_teacher - log_student)).sum(1);
}

at::Tensor KdPerSample(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                       const KdLoss& kd) {
  const double scale = (kd.tau_squared ? kd.temperature * kd.temperature : 1) /
                       (kd.mean_over_classes ? teacher_logits.size(1) : 1);
  const auto divergence = KlPerSample(teacher_logits, student_logits, kd.temperature);
  return scale == 1 ? divergence : divergence * scale;
}

at::Tensor KdPerSample(const TransferBatch& batch) {
  return KdPerSample(batch.teacher_logits, batch.student_logits, batch.kd);
}

at::Tensor CrossEntropyPerSample(const at::Tensor& logits, const at::Tensor& labels) {
  return -at::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
}

at::Tensor AttentionMap(const at::Tensor& activation) {
  const auto energy = AtLeastFloat(activation).square().mean(1).flatten(1);  // [N, H*W]
  return energy / energy.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
}

at::Tensor TotalVariation(const at::Tensor& images) {
  const auto down = images.diff(1, 2), right = images.diff(1, 3);
  return down.square().mean() + right.square().mean();
}

std::vector<at::Tensor> Gradients(const at::Tensor& scalar, const std::vector<at::Tensor>& inputs,
                                  bool create_graph, bool retain_graph) {
  return ZerosWhereUndefined(
      torch::autograd::grad({scalar}, inputs, /*grad_outputs=*/{}, retain_graph || create_graph,
                            create_graph, /*allow_unused=*/true),
      inputs);
}

std::vector<at::Tensor> VectorJacobian(const at::Tensor& output, const at::Tensor& vector,
                                       const std::vector<at::Tensor>& inputs, bool retain_graph) {
  return ZerosWhereUndefined(
      torch::autograd::grad({output}, inputs, {vector}, retain_graph, /*create_graph=*/false,
                            /*allow_unused=*/true),
      inputs);
}

}  // namespace dfkd
