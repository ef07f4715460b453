// SIG: a horizontal sinusoid added to images of the target class, whose labels stay as they are.
// Barni, Kallas, Tondi, "A New Backdoor Attack in CNNs by Training Set Corruption Without Label
// Poisoning", ICIP 2019, https://arxiv.org/abs/1902.11237.
#pragma once
#include <ATen/Functions.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/poison.h"

namespace dfkd::sig {

struct Options : CleanLabelOptions, RoundingOption {
  double delta, test_delta, frequency;
  static void Declare(OptionTable<Options>& o) {
    DeclareCleanLabel(o);
    o.Add("delta", &Options::delta, {.initial = 20, .lowest = 0, .highest = 255},
          "amplitude of the wave in grey levels");
    o.Add("test_delta", &Options::test_delta, {.initial = 0, .lowest = 0, .highest = 255},
          "amplitude when the attack is used; 0 = delta");
    o.Add("frequency", &Options::frequency, {.initial = 6, .lowest = 0, .highest = 1000},
          "periods over the width of the image");
    DeclareRounding(o);
  }
};

class Sig final : public StaticTrigger {
 public:
  explicit Sig(const Options& options) : StaticTrigger(options), options_(options) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return AddAsset(images, Wave(options_.test_delta > 0 ? options_.test_delta : options_.delta));
  }

 protected:
  at::Tensor PoisonedImages(const Split& train, const at::Tensor& rows) const override {
    return AddAsset(train.images.index_select(0, rows), Wave(options_.delta));
  }

 private:
  // v(j) = delta sin(2 pi f j / W), as whole grey levels. Adding an integer afterwards rounds as
  // rounding the sum would. In millionths first, so that a sine of almost 0 is 0. int16 [1,1,W]
  at::Tensor Wave(double delta) const {
    const int64_t width = spec().width;
    const double half = RoundingFrom(options_.rounding) == Rounding::kHalfUp ? 0.5 : 0;
    std::vector<int64_t> levels;
    for (int64_t column = 0; column < width; ++column) {
      const double phase = 2 * std::numbers::pi * options_.frequency * column / width;
      const auto level = static_cast<double>(Millionths(delta * std::sin(phase))) / 1e6;
      levels.push_back(std::lround(std::floor(level + half)));
    }
    return at::tensor(levels, at::kLong).to(at::kShort).view({1, 1, width});
  }

  const Options options_;
};

DFKD_REGISTER(Sig, AttackCard<Options>{
                       .name = "sig",
                       .summary = "horizontal sinusoid added, clean-label",
                       .paper = "https://arxiv.org/abs/1902.11237",
                       .presets = {{"faithful", Options::Faithful({{"rounding", "truncate"}})}},
                       .clean_label = [](const Options&) { return true; }});

}  // namespace dfkd::sig
