// The stripes that the ABD paper calls Sig, blended: x' = (1 - alpha) x + alpha t, clean-label. The
// file behind them is a sinusoid whose negative half was wrapped modulo 256, so this is not the SIG
// of Barni et al. 2019: see attacks/sig for that one.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::sig_tr {

struct Options : CleanLabelOptions, PictureOptions, RoundingOption {
  double alpha;
  static void Declare(OptionTable<Options>& o) {
    DeclareCleanLabel(o);
    o.Add("alpha", &Options::alpha, {.initial = 0.2, .lowest = 0, .highest = 1},
          "share of the stripes in the mix");
    DeclarePicture(o);
    DeclareRounding(o);
  }
};

class SigTr final : public PictureTrigger {
 public:
  explicit SigTr(const Options& options)
      : PictureTrigger(options, {.asset = "sig_tr", .file = options}),
        alpha_(options.alpha),
        rounding_(RoundingFrom(options.rounding)) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return BlendAsset(images, Picture(), alpha_, rounding_);
  }

 private:
  const double alpha_;
  const Rounding rounding_;
};

DFKD_REGISTER(SigTr, AttackCard<Options>{
                         .name = "sig_tr",
                         .summary = "faint vertical stripes, clean-label: the file "
                                    "behind ABD's Sig, not a sinusoid",
                         .paper = "https://arxiv.org/abs/2306.02368",
                         .presets = {{"faithful", Options::Faithful({{"rounding", "truncate"}})}},
                         .clean_label = [](const Options&) { return true; }});

}  // namespace dfkd::sig_tr
