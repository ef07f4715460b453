// BppAttack: fewer grey levels, dithered or not, are the trigger.
// Wang, Zhai, Ma, CVPR 2022, https://arxiv.org/abs/2205.13383.
#pragma once
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/dither.h"
#include "bench/nn/random.h"
#include "bench/recipes/in_step_poison.h"

namespace dfkd::bpp {

struct Options : InStepOptions {
  int64_t levels;
  bool dither;
  static void Declare(OptionTable<Options>& o) {
    DeclareInStep(o, 1, "negatives for each triggered image: another's change, the true label");
    o.Add("levels", &Options::levels, {.initial = 8, .lowest = 2, .highest = 255},
          "values a pixel may take in each channel; a depth of d bits is 2^d");
    o.Add("dither", &Options::dither, {.initial = false},
          "Floyd-Steinberg error diffusion; false: the nearest level");
  }
};

class Bpp final : public InStepPoison {
 public:
  explicit Bpp(const Options& options) : InStepPoison(options), options_(options) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return options_.dither ? Dithered(images, options_.levels) : Quantized(images, options_.levels);
  }

 protected:
  // Each image plus what the trigger changed in another image of the batch, clipped.
  at::Tensor Decoys(const at::Tensor& images, const at::Tensor& rows,
                    const Rng& rng) const override {
    const int64_t n = images.size(0);
    const int64_t shift = n > 1 ? 1 + Rng(rng).Below(n - 1) : 0;  // never an image's own
    const auto donors = images.index_select(0, (rows - shift).remainder(n));
    const auto change = Trigger(donors).to(at::kShort) - donors.to(at::kShort);
    return (images.index_select(0, rows).to(at::kShort) + change).clamp(0, 255).to(at::kByte);
  }

 private:
  const Options options_;
};

DFKD_REGISTER(Bpp, AttackCard<Options>{.name = "bpp",
                                       .summary = "fewer grey levels, optionally dithered",
                                       .paper = "https://arxiv.org/abs/2205.13383",
                                       .trains_teacher = [](const Options&) { return true; },
                                       .idle_options = [](const Options& o) { return o.Idle(); },
                                       .gate = [](const Options& o) { return o.GateOfLabels(); }});

}  // namespace dfkd::bpp
