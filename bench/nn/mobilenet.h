// MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) in the form for 32x32 images that
// RepDistiller made usual for distillation: half as wide, and with four halvings instead of five.
#pragma once
#include <torch/nn/modules/container/modulelist.h>

#include "bench/nn/network.h"

namespace dfkd {

// bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))), plus x where the shape stays: conv1 widens
// (1x1), conv2 is depthwise (3x3, one filter per channel), conv3 narrows (1x1) and no ReLU follows.
class InvertedResidualImpl : public torch::nn::Module {
 public:
  InvertedResidualImpl(int64_t in, int64_t out, int64_t stride, int64_t expansion);
  at::Tensor forward(const at::Tensor& x);

  ConvolutionLayer conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  BatchNorm bn1{nullptr}, bn2{nullptr}, bn3{nullptr};

 private:
  const bool adds_input_;
};
TORCH_MODULE(InvertedResidual);

// Stem of stride 2 and 16 channels; seven groups of [8, 12, 16, 32, 48, 80, 160] channels, [1, 2,
// 3, 4, 3, 3, 1] blocks and strides 1, 1, 2, 2, 1, 2, 1, that widen sixfold (the first: not); a 1x1
// convolution to 1280 channels; a global average pool and one linear layer. ReLU, not ReLU6.
// Segments: stem; one per block, group<g>.<i>, the last of a group named group<g>; last; head.
class MobileNetImpl : public Network {
 public:
  explicit MobileNetImpl(const ImageSpec& spec);
  // RepDistiller's: convolutions as wide residual networks', the linear layer N(0, 0.01).
  void Initialize(const Rng& rng) override;

 private:
  void AddGroup(int64_t group, int64_t blocks, int64_t in, int64_t out, int64_t stride);

  ConvolutionLayer stem{nullptr}, last{nullptr};
  BatchNorm stem_bn{nullptr}, last_bn{nullptr};
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(MobileNet);

}  // namespace dfkd
