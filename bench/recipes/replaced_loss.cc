#include "bench/recipes/replaced_loss.h"

#include <ATen/ops/zeros.h>

#include "bench/nn/classifier.h"
#include "bench/recipes/kept_buffers.h"

namespace dfkd {

at::Tensor ReplacedLoss::SampleCoefficients(const TransferBatch& batch) const {
  const auto& logits = batch.teacher_logits;
  return at::zeros({logits.size(0)}, logits.options().requires_grad(false));
}

at::Tensor ReplacedLoss::StudentImages(const TransferBatch& batch) { return batch.images.detach(); }

void ReplacedLoss::AddStudentGradients(Classifier& student, const TransferBatch& batch) {
  const KeptBuffers kept(student);
  const auto logits = student.Logits(StudentImages(batch), Mode::kTrain, Grad::kAll);
  const auto loss = batch.weight * Loss(batch, logits);
  loss.backward();
  if (batch.step == 0 && context_->progress.Wants(batch.round))
    context_->progress.Scalar(name_ + "/loss", loss.item<double>(), batch.round);
}

}  // namespace dfkd
