// MM-BD: maximum margins. Wang, Xiang, Miller and Kesidis, "MM-BD: Post-Training Detection of
// Backdoor Attacks with Arbitrary Backdoor Pattern Types Using a Maximum Margin Statistic", S&P
// 2024 (arXiv 2205.06900), as its code computes it.
#pragma once
#include <vector>

#include "bench/core/detector.h"
#include "bench/recipes/detection.h"

namespace dfkd {

// [classes]: z_k - max over the others of z, for the best of some images that were changed to
// maximise it. Gradient descent on the sum over the images, from noise in [0,1]; what leaves [0,1]
// is clamped where the network reads it, as in the code.
std::vector<double> LargestMargins(const Classifier& teacher, const MmBdOptions& options,
                                   const Rng& rng, Progress& progress);

// Whether the largest margin is one of the same distribution as the others: a gamma distribution
// with a location, fitted to them by its first three moments (the code's is SciPy's, by maximum
// likelihood). The statistic is -log10 of the probability that the largest of as many draws as
// there are classes exceeds it. Throws Error for fewer than four classes, and for margins that are
// not finite.
Detection JudgeMargins(const std::vector<double>& margins, double significance);

}  // namespace dfkd
