// The loop of Fast-Datafree and of what came after it (dfkd_methods 3.10, 3.11): in every round a
// generator is searched, in a few steps, for a batch of images on which the teacher is sure, the
// statistics of its batch normalisations are met and the student disagrees; the batch joins a pool,
// and the student is distilled on the pool. Methods differ in the generator and in what of it
// outlives a search.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/recipes/inversion_pool.h"
#include "bench/recipes/momentum_norms.h"
#include "bench/recipes/pool_inversion_options.h"

namespace dfkd {

class PoolInversion : public Distiller {
 public:
  // `name`: of the method, for its metrics and messages. The student's disagreement counts from
  // synthesis `adversarial_from` on, those of the warm-up included.
  PoolInversion(std::string name, const PoolInversionOptions& options, int64_t adversarial_from);

  // A method that overrides one of these calls it, too.
  void Begin(DistillContext& ctx) override;
  void Visit(StateVisitor& visitor) override;

  // The syntheses of the warm-up, all in the first round while the student is untrained; one
  // synthesis; the student's steps.
  void Round(DistillContext& ctx, int64_t round) final;
  at::Tensor Samples(DistillContext&, int64_t count) override { return pool_.Newest(count); }

  const InversionPool& pool() const { return pool_; }

 protected:
  // Which synthesis this is, counted from the first of the warm-up, and in which round.
  struct Moment {
    int64_t epoch, round;
  };
  // Calls Search, once or more. Everything drawn is a function of ctx.rng() and the moment.
  virtual void Synthesize(DistillContext& ctx, const Moment& moment) = 0;

  // What a step of a search has seen, for terms of a method's own.
  struct Step {
    // int64 [N], those that the images are made for.
    const at::Tensor& labels;
    // Of the teacher, with the taps of TeacherTaps.
    const TransferBatch& batch;
    // Of the teacher's batch normalisations, in the order of the pass.
    const std::vector<NormInput>& norms;
    // Whether the student's disagreement counts.
    bool adversarial;
  };
  // Scalar, added to the loss; undefined: nothing is.
  virtual at::Tensor OwnTerms(DistillContext&, const Step&) { return {}; }
  virtual std::vector<std::string> TeacherTaps() const { return {}; }
  // Scalar: how little the student disagrees, to be descended.
  virtual at::Tensor Agreement(const at::Tensor& teacher_logits, const at::Tensor& student_logits);
  const MomentumNorms& norms() const { return norms_; }

  // What a search optimises.
  struct Searched {
    // int64 [N], on the device.
    at::Tensor labels;
    // [N,C,H,W] in [0,1], with a graph from `trained`.
    std::function<at::Tensor()> images;
    std::vector<at::Tensor> trained;
    // Is given the gradients of `trained`, in their order.
    std::function<void(const std::vector<at::Tensor>& gradients)> step;
  };
  // synthesis_steps steps down
  //
  //   norm_weight NormDistance with momentum + one_hot_weight CE(T, labels)
  //     - adversarial_weight (1/N) sum over images on which T and S agree of KL(T || S)
  //     + OwnTerms + what defences add
  //
  // of randomly cropped and mirrored images, mixed with probability cut_mix. The images of the
  // lowest loss join the pool; the statistics of the last step are remembered. Throws Error
  // (diverged) if the loss is not finite.
  void Search(DistillContext& ctx, const Searched& searched, const Moment& moment, const Rng& rng);

 private:
  at::Tensor Loss(DistillContext& ctx, const at::Tensor& images, const at::Tensor& labels,
                  const Moment& moment, const Rng& rng, int64_t step);
  at::Tensor Adversarial(DistillContext& ctx, const at::Tensor& seen,
                         const at::Tensor& teacher_logits);
  KdLoss Kd() const { return {.temperature = options_.temperature}; }

  const std::string name_;
  const PoolInversionOptions options_;
  const int64_t adversarial_from_;
  MomentumNorms norms_;
  InversionPool pool_;
};

}  // namespace dfkd
