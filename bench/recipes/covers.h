// Cover samples: training images that carry the trigger and keep their labels, so that a network
// learns that the trigger alone (a part of it, or on another class) says nothing.
#pragma once
#include <functional>
#include <vector>

#include "bench/core/interfaces.h"

namespace dfkd {

// `count` rows of the training set that are not poisoned and whose label `may` allows, ascending;
// a smaller count gives a subset. Throws Error if there are fewer.
std::vector<int64_t> ChooseCovers(const Poisoned& poisoned, const at::Tensor& labels, int64_t count,
                                  const Rng& rng, const std::function<bool(int64_t label)>& may);

// Puts `images`, uint8 [n,C,H,W], in the place of `rows`.
void PutImages(Poisoned& poisoned, const std::vector<int64_t>& rows, const at::Tensor& images);

}  // namespace dfkd
