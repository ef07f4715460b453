// Distillers whose images do not depend on the student (a transfer set, noise): a round is one
// student step on some of them.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/options.h"

namespace dfkd {

// What teacher and student answer to `images` (normalised, [N,C,H,W]): a batch for StepStudent.
TransferBatch AskBoth(DistillContext& ctx, const at::Tensor& images, const KdLoss& kd,
                      int64_t round);

// The option of distillers that can do with a black box: a teacher that answers with a label alone.
struct HardLabelOption {
  bool hard_label;
  // See PluginCard::hides_teacher.
  bool HidesTeacher() const { return hard_label; }
  template <class Options>
  static void DeclareHardLabel(OptionTable<Options>& o) {
    o.Add("hard_label", &Options::hard_label, {.initial = false},
          "the teacher is a black box that answers with labels alone, no probabilities");
  }
};

// The same answer of a black box: logits [N, classes] of which the softmax is 1 for the preferred
// class and 0 for all others, at any temperature an option may have.
at::Tensor LabelsAlone(const at::Tensor& teacher_logits);

class PoolDistiller : public Distiller {
 public:
  // AskBoth about Images, then StepStudent on Loss. Of a black box, the batch has LabelsAlone, and
  // the distance from them at temperature 1 is the cross entropy against the teacher's labels.
  // Defences see the same batch; one that looks at activations of the teacher is an Error.
  void Round(DistillContext& ctx, int64_t round) final;

 protected:
  // What both networks see in this round, normalised float32 [N,C,H,W]. A function of ctx.rng(),
  // the round and the transfer set, so that there is nothing to Visit.
  virtual at::Tensor Images(DistillContext& ctx, int64_t round) = 0;
  virtual KdLoss Kd() const = 0;
  // Whether the teacher is a black box, and Kd() without use.
  virtual bool HardLabel() const { return false; }
  // [N]: what the student lowers; unless overridden, its distance from the teacher by Kd().
  virtual at::Tensor Loss(DistillContext& ctx, const TransferBatch& batch);
};

}  // namespace dfkd
