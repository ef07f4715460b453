// FreeEagle. Fu, Zhang, Ji, Wang, Wang, Lin and Zhang, "FreeEagle: Detecting Complex Neural Trojans
// in Data-Free Cases", USENIX Security 2023 (arXiv 2302.14500), as its code computes it.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/detector.h"
#include "bench/recipes/detection.h"

namespace dfkd {

// [classes, classes]: row s holds the probabilities that the rest of the network gives to an
// activation which was made for class s. One activation per class, from U[0,1], by Adam on the
// cross entropy; never below 0 where the network's own are not.
at::Tensor MadeClasses(const Classifier& teacher, const FreeEagleOptions& options, const Rng& rng,
                       Progress& progress);

// The tendency of a class is the mean probability that activations of the others give to it; the
// statistic, by how many interquartile ranges the largest lies above the third quartile; 0 where
// that range is 0. Quartiles are those of the code. Throws Error for fewer than four classes, and
// for probabilities that are not finite.
Detection JudgeTendencies(const at::Tensor& probabilities, double threshold);

}  // namespace dfkd
