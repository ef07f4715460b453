// Residual networks in the form for 32x32 images (He et al. 2016, arXiv 1512.03385; as DAFL and
// DataFree use them): a 3x3 stem without pooling, widths 64, 128, 256, 512.
#pragma once
#include <torch/nn/modules/container/modulelist.h>

#include <array>

#include "bench/nn/network.h"

namespace dfkd {

// relu(bn2(conv2(relu(bn1(conv1(x))))) + skip). The skip is projected, 1x1 with a normalisation of
// its own, where the shape changes.
class ResNetBlockImpl : public torch::nn::Module {
 public:
  ResNetBlockImpl(int64_t in, int64_t out, int64_t stride);
  at::Tensor forward(const at::Tensor& x);

  // shortcut may stay null.
  ConvolutionLayer conv1{nullptr}, conv2{nullptr}, shortcut{nullptr};
  BatchNorm bn1{nullptr}, bn2{nullptr}, shortcut_bn{nullptr};
};
TORCH_MODULE(ResNetBlock);

// Segments: stem (convolution, normalisation, relu); one per block, group<g>.<i>, the last of a
// group named group<g>; head. Group outputs are [64,H,W], [128,H/2,W/2], [256,H/4,W/4],
// [512,H/8,W/8].
class ResNetImpl : public Network {
 public:
  ResNetImpl(const std::array<int64_t, 4>& blocks, const ImageSpec& spec);
  // LibTorch's default, as in those code bases.
  void Initialize(const Rng& rng) override;

 private:
  void AddGroup(int64_t group, int64_t blocks, int64_t in, int64_t out);

  ConvolutionLayer stem{nullptr};
  BatchNorm stem_bn{nullptr};
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(ResNet);

}  // namespace dfkd
