// A generator trained beside the student, against it (ZSKT, DFAD) or for the teacher (DAFL, DFQ):
// the network, its optimizer and schedule, and their state.
#pragma once
#include <memory>

#include "bench/core/interfaces.h"
#include "bench/nn/generator.h"
#include "bench/nn/optim.h"

namespace dfkd {

class OnlineGenerator {
 public:
  // Draws the weights from ctx.rng().Fork("generator"). The schedule runs over ctx.total_rounds().
  OnlineGenerator(const GeneratorSpec& generator, const OptimizerSpec& optimizer,
                  DistillContext& ctx);

  // The round's latent [batch, latent] ~ N(0, 1): a function of the round alone.
  at::Tensor Latent(int64_t batch, int64_t round) const;
  // The same for methods that draw one for every step: of the step's name and index, too.
  at::Tensor Latent(int64_t batch, int64_t round, const char* step, int64_t index) const;
  // Normalised images [N,C,H,W]; grad: kAll to train the generator, kNone to train the student.
  at::Tensor Images(const at::Tensor& latent, Grad grad, Mode mode = Mode::kTrain);
  // `count` images of latents of their own, made in full batches: batch normalisation reads them.
  at::Tensor Samples(const Rng& rng, int64_t count, int64_t batch, Mode mode = Mode::kTrain);
  // One optimizer step down `loss`. Throws Error (diverged) on a non-finite one.
  void Descend(const at::Tensor& loss, int64_t round);
  const Generator& network() const { return generator_; }
  void Visit(StateVisitor& visitor);

 private:
  const int64_t latent_, total_rounds_;
  const ImageSpec spec_;
  const at::Device device_;
  // Of latents.
  const at::ScalarType precision_;
  const Rng rng_;
  Generator generator_;
  Optimizer optimizer_;
};

}  // namespace dfkd
