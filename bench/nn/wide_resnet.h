// Wide residual networks, pre-activation (Zagoruyko and Komodakis 2016, arXiv 1605.07146), as the
// data-free distillation papers use them: no dropout, 16 stem channels.
#pragma once
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "bench/nn/network.h"

namespace dfkd {

// Where the number of channels changes, residual and shortcut both start from relu(bn1(x)).
class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(int64_t in, int64_t out, int64_t stride);
  at::Tensor forward(const at::Tensor& x);

  BatchNorm bn1{nullptr}, bn2{nullptr};
  // shortcut may stay null.
  ConvolutionLayer conv1{nullptr}, conv2{nullptr}, shortcut{nullptr};
};
TORCH_MODULE(BasicBlock);

// Segments: stem; one per block, group<g>.<i>, the last of a group named group<g> (its output is
// the un-normalised sum that attention transfer reads); head.
class WideResNetImpl : public Network {
 public:
  WideResNetImpl(int64_t depth, int64_t width, int64_t stem_stride, const ImageSpec& spec);

 private:
  void AddGroup(int64_t group, int64_t blocks, int64_t in, int64_t out);

  ConvolutionLayer stem{nullptr};
  BatchNorm bn{nullptr};
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(WideResNet);

}  // namespace dfkd
