// What a generator is asked for beside disagreement: answers that look like those to real images
// (DAFL, Chen et al. 2019; DFQ, Choi et al. 2020). All are to be descended.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd {

// [N]: Jensen-Shannon divergence at temperature tau, probabilities and their mean clamped to
// [0.01, 0.99] as in ADI (Yin et al. 2020), where tau is 3. 0 for equal logits.
at::Tensor JsPerSample(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                       double tau);
// Scalar: -(1/N) sum over images on which both predict the same class of KL(T || S) at temperature
// 1 (CMI, Fang et al. 2021).
at::Tensor DecisionAdversarialLoss(const at::Tensor& teacher_logits,
                                   const at::Tensor& student_logits);
// Scalar: cross entropy against the teacher's own decision, argmax T.
at::Tensor OneHotLoss(const at::Tensor& teacher_logits);
// Scalar: mean over images of the entropy of softmax(T).
at::Tensor EntropyLoss(const at::Tensor& teacher_logits);
// Scalar in [-ln classes, 0]: minus the entropy of the batch's mean softmax(T).
at::Tensor BalanceLoss(const at::Tensor& teacher_logits);
// Scalar <= 0: minus the mean absolute pooled activation, features [N,F].
at::Tensor ActivationLoss(const at::Tensor& features);

}  // namespace dfkd
