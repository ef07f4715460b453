// MM-BD: maximum margins. Of the target of a backdoor, some input drives the class much farther
// ahead of all others than of the rest. Wang, Xiang, Miller and Kesidis, "MM-BD: Post-Training
// Detection of Backdoor Attacks with Arbitrary Backdoor Pattern Types Using a Maximum Margin
// Statistic", S&P 2024, https://arxiv.org/abs/2205.06900, as its code computes it.
#pragma once
#include <vector>

#include "bench/core/detector.h"

namespace dfkd::mm_bd {

struct Options {
  int64_t images, steps;
  double lr, tolerance, significance;
  static void Declare(OptionTable<Options>& o) {
    o.Add("images", &Options::images, {.initial = 30, .lowest = 1},
          "random images from which a class is maximised; the best of them counts");
    o.Add("steps", &Options::steps, {.initial = 300, .lowest = 1}, "steps of gradient ascent");
    o.Add("lr", &Options::lr, {.initial = 0.01, .lowest = 0}, "their length, in pixels of 1");
    o.Add("tolerance", &Options::tolerance, {.initial = 1e-5, .lowest = 0, .highest = 1},
          "a class ends when the loss moves by a smaller share");
    o.Add("significance", &Options::significance, {.initial = 0.05, .lowest = 0, .highest = 1},
          "p-value below which it is suspicious");
  }
};

// [classes]: z_k - max over the others of z, for the best of some images that were changed to
// maximise it. Gradient descent on the sum over the images, from noise in [0,1]; what leaves [0,1]
// is clamped where the network reads it, as in the code.
std::vector<double> LargestMargins(const Classifier& teacher, const Options& options,
                                   const Rng& rng, Progress& progress);

// Whether the largest margin is one of the same distribution as the others: a gamma distribution
// with a location, fitted to them by its first three moments (the code's is SciPy's, by maximum
// likelihood). The statistic is -log10 of the probability that the largest of as many draws as
// there are classes exceeds it. Throws Error for fewer than four classes, and for margins that are
// not finite.
Detection JudgeMargins(const std::vector<double>& margins, double significance);

class MmBd final : public Detector {
 public:
  explicit MmBd(const Options& options) : options_(options) {}
  Detection Look(DetectorContext& context) const override;

 private:
  const Options options_;
};

DFKD_REGISTER(MmBd, DetectorCard<Options>{
                        .name = "mm_bd",
                        .summary = "the target can be driven much farther ahead of all others than "
                                   "other classes",
                        .paper = "https://arxiv.org/abs/2205.06900"});

}  // namespace dfkd::mm_bd
