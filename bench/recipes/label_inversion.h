// PoolInversion from embeddings of the labels, as NAYER and what was built on it do it
// (dfkd_methods 3.11): normalised, through linear layers that are drawn anew for every search, into
// a generator that starts anew now and then. Methods differ in the generator and in terms of their
// own.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "bench/nn/generator.h"
#include "bench/recipes/label_inversion_options.h"
#include "bench/recipes/pool_inversion.h"

namespace dfkd {

class LabelInversion : public PoolInversion {
 public:
  LabelInversion(std::string name, const LabelInversionOptions& options)
      : PoolInversion(std::move(name), options, /*adversarial_from=*/options.warmup),
        options_(options) {}
  void Begin(DistillContext& ctx) override;
  void Visit(StateVisitor& visitor) override;

 protected:
  // Asked once, in Begin. Its latent is options.latent.
  virtual GeneratorSpec SpecOf(DistillContext& ctx) = 0;
  // [N,C,H,W] in [0,1], in a step of a search.
  virtual at::Tensor Images(Generator& generator, const at::Tensor& latent) {
    return generator.Images(latent, Grad::kAll);
  }

 private:
  void Synthesize(DistillContext& ctx, const Moment& moment) final;
  void SearchOnce(DistillContext& ctx, const Moment& moment, const Rng& rng);
  // The generator and the normalisation as new.
  void Renew(const Rng& rng);

  const LabelInversionOptions options_;
  // [classes, width].
  at::Tensor embeddings_;
  std::optional<Generator> generator_;
  // Of the batch normalisation of the embeddings, [width].
  at::Tensor norm_weight_, norm_bias_;
};

}  // namespace dfkd
