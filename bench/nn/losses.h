// The losses of the references, written out: KL(teacher || student), attention transfer, BN
// statistics, total variation.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "bench/core/interfaces.h"

namespace dfkd {

// [N]: sum_c p_T log(p_T / p_S) at temperature tau. Differentiable in both. Teacher first.
at::Tensor KlPerSample(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                       double tau);
// [N]: the same in the distiller's reduction (divided by classes, times tau squared, as `kd` says).
at::Tensor KdPerSample(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                       const KdLoss& kd);
// [N]: the same of a batch that holds both answers, by the batch's own `kd`.
at::Tensor KdPerSample(const TransferBatch& batch);
// [N]: cross entropy against int64 [N] labels.
at::Tensor CrossEntropyPerSample(const at::Tensor& logits, const at::Tensor& labels);
// [N,H*W]: L2-normalised channel mean of squares (Zagoruyko and Komodakis 2017), of an activation
// [N,C,H,W].
at::Tensor AttentionMap(const at::Tensor& activation);
// Scalar: mean squared difference of vertical neighbours plus that of horizontal ones, [N,C,H,W].
at::Tensor TotalVariation(const at::Tensor& images);

// d(scalar)/d(inputs); undefined entries (an input that was not used) become zeros.
std::vector<at::Tensor> Gradients(const at::Tensor& scalar, const std::vector<at::Tensor>& inputs,
                                  bool create_graph = false, bool retain_graph = false);
// Vector-Jacobian products: d(sum(outputs * vector))/d(inputs).
std::vector<at::Tensor> VectorJacobian(const at::Tensor& output, const at::Tensor& vector,
                                       const std::vector<at::Tensor>& inputs, bool retain_graph);

}  // namespace dfkd
