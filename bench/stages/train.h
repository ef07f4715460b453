// Supervised training of a teacher: the loop behind the teacher stage.
#pragma once
#include "bench/nn/optim.h"
#include "bench/recipes/teacher_recipe.h"
#include "bench/stages/state.h"

namespace dfkd {

// A training run that can be stopped after any step and continued in the same bits.
class Training {
 public:
  // `data` on the model's device. The model is trained in place.
  Training(Classifier& model, const Split& data, const TeacherRecipe& recipe, const Rng& rng,
           Progress& progress);

  int64_t done() const { return step_; }
  int64_t total() const { return total_; }
  void Step();
  void Visit(StateVisitor& visitor);

 private:
  at::Tensor Rows();  // int64 [B]: the images of this step
  at::Tensor Batch(const at::Tensor& rows);
  double Factor() const;

  Classifier& model_;
  const Split& data_;
  const TeacherRecipe recipe_;
  const Rng rng_;
  Progress& progress_;
  Optimizer optimizer_;
  const int64_t per_epoch_, total_;
  int64_t step_ = 0, order_of_epoch_ = -1;
  at::Tensor order_;  // int64 [N], of the current epoch
};

}  // namespace dfkd
