// VGG-S: four 3x3 convolutions, for matrices that must finish in minutes on a CPU.
#pragma once
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "bench/nn/network.h"

namespace dfkd {

// conv(w, stride 2), conv(w), conv(2w, stride 2), conv(4w, stride 2), each with BN and ReLU, then a
// global average pool and a linear layer. Segments: conv1 … conv4, head.
class VggSmallImpl : public Network {
 public:
  VggSmallImpl(int64_t width, const ImageSpec& spec);

 private:
  void AddLayer(int64_t number, int64_t in, int64_t out, int64_t stride);

  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(VggSmall);

}  // namespace dfkd
