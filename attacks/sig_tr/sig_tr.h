// The stripes that the ABD paper calls Sig, blended: x' = (1 - alpha) x + alpha t, clean-label. The
// file behind them is a sinusoid whose negative half was wrapped modulo 256, so this is not the SIG
// of Barni et al. 2019: see attacks/sig for that one.
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::sig_tr {

struct Options : CleanLabelOptions, PictureOptions, RoundingOption {
  double alpha;
  static void Declare(OptionTable<Options>& o) {
    DeclareCleanLabel(o);
    o.Add("alpha", &Options::alpha, {.initial = 0.2, .lowest = 0, .highest = 1},
          "share of the stripes in the mix");
    DeclarePicture(o), DeclareRounding(o);
  }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = "sig_tr", .file = *this},
            .operation = operation::Blend(alpha, RoundingFrom(rounding))};
  }
};

using SigTr = StaticAttack<Options>;

DFKD_REGISTER(
    SigTr,
    StaticCard<Options>(
        {.name = "sig_tr",
         .summary =
             "faint vertical stripes, clean-label: the file behind ABD's Sig, not a sinusoid",
         .paper = "https://arxiv.org/abs/2306.02368"}));

}  // namespace dfkd::sig_tr
