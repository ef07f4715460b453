// The last layer of a network and the features that it reads, for repairs that work there.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/nn/classifier.h"

namespace dfkd {

// Shares storage with the network.
struct Head {
  at::Tensor weight;  // [classes,F]
  at::Tensor bias;    // [classes]
};
Head LinearHead(const Classifier& model);

// What `model` has before it on `images` (uint8 [N,C,H,W]) in evaluation mode, [N,F] of float32
// at least.
at::Tensor Features(const Classifier& model, const at::Tensor& images, int64_t batch_size);

}  // namespace dfkd
