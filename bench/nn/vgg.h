// Plain stacks of 3x3 convolutions: VGG-S, for matrices that must finish in minutes on a CPU, and
// VGG-8 and VGG-11 as the distillation papers use them.
#pragma once
#include <array>

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

// VGG with batch normalisation (Simonyan and Zisserman 2015, arXiv 1409.1556) in the form of
// RepDistiller and DataFree: convolutions *with* bias in five blocks of 64, 128, 256, 512 and 512
// channels, each with BN and ReLU; the maximum of 2x2 after the first three blocks (of images of 64
// pixels: four); a global average pool and one linear layer. VGG-11 has [1, 1, 2, 2, 2] of them,
// VGG-8 one in each block.
// Segments: one per convolution, group<g>.<i>, the last of block g named group<g>, its output
// before the pool; head.
class VggImpl : public Network {
 public:
  VggImpl(const std::array<int64_t, 5>& layers, const ImageSpec& spec);
  // RepDistiller's: convolutions as wide residual networks', the linear layer N(0, 0.01).
  void Initialize(const Rng& rng) override;

 private:
  // `reader`: what reads the normalised output.
  void AddLayer(int64_t number, const std::string& segment, const std::string& reader, int64_t in,
                int64_t out, bool pooled);

  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(Vgg);

}  // namespace dfkd
