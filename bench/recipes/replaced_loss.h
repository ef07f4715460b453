// Parts of a defence that train the student on another loss than the distiller's own: on every
// step the distiller's loss counts 0, and the gradient of theirs is added.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "bench/core/interfaces.h"

namespace dfkd {

// The distiller keeps its images, its optimizer and its schedule; all terms of its loss are
// replaced (attention transfer, labels). It has asked the student about the images already, so the
// student is asked once more, and its running statistics are put back: they see every batch once.
class ReplacedLoss : public Defense {
 public:
  // Logs under "<name>/".
  explicit ReplacedLoss(std::string name) : name_(std::move(name)) {}

  void Begin(DefenseContext& context) override { context_.emplace(context); }
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override;
  void AddStudentGradients(Classifier& student, const TransferBatch& batch) override;

 protected:
  // What the student sees in place of the batch's images, [N,C,H,W].
  virtual at::Tensor StudentImages(const TransferBatch& batch);
  // Scalar, from the student's answer to StudentImages; the teacher's stands in the batch.
  virtual at::Tensor Loss(const TransferBatch& batch, const at::Tensor& student_logits) const = 0;

  const DefenseContext& context() const { return *context_; }

 private:
  const std::string name_;
  std::optional<DefenseContext> context_;
};

}  // namespace dfkd
