// The base of every classifier network: a LibTorch module that is an ordered list of named
// segments. LibTorch has no forward hooks in C++; segments are what is tapped and resumed instead.
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/nn/classifier.h"

namespace dfkd {

// Batch normalisation that shows what it reads while somebody watches. Parameters and buffers are
// named as in torch::nn::BatchNorm2d, which cannot be derived from: its virtual functions are not
// exported.
class BatchNormImpl
    : public torch::nn::NormImplBase<2, BatchNormImpl, torch::nn::BatchNormOptions> {
 public:
  explicit BatchNormImpl(int64_t channels) : NormImplBase(torch::nn::BatchNormOptions(channels)) {}
  at::Tensor forward(const at::Tensor& x);

  std::vector<NormInput>* sink = nullptr;
  // Whether it will be differentiated twice in training, on a CPU.
  bool twice = false;

 protected:
  void _check_input_dim(const at::Tensor&) override {}
};
TORCH_MODULE(BatchNorm);

// A convolution, 3x3 with padding 1 or 1x1, with square strides. Named as in torch::nn::Conv2d.
class ConvolutionLayerImpl : public torch::nn::ConvNdImpl<2, ConvolutionLayerImpl> {
 public:
  explicit ConvolutionLayerImpl(const torch::nn::detail::ConvNdOptions<2>& o) : ConvNdImpl(o) {}
  at::Tensor forward(const at::Tensor& x);

  // Whether it will be differentiated twice.
  bool twice = false;
};
TORCH_MODULE(ConvolutionLayer);

class Network : public torch::nn::Module {
 public:
  // InitializeClassifier, unless the network has its own.
  virtual void Initialize(const Rng& rng);

  // Runs the segments from `first` on; `x` is the output of segment first - 1, or the images.
  at::Tensor forward(at::Tensor x, int64_t first, Taps* taps) const;

  std::vector<std::string> Segments() const;
  const std::vector<Convolution>& Convolutions() const { return convolutions_; }
  std::vector<NormLayer> Norms() const;
  // parameters(), listed once.
  const std::vector<at::Tensor>& Weights();
  void SetMode(Mode mode);
  void WatchNorms(std::vector<NormInput>* sink);
  // Convolutions on every device, batch normalisations on a CPU.
  void PrepareForSecondOrder(bool second_order, const at::Device& device);

 protected:
  using Body = std::function<at::Tensor(const at::Tensor&)>;
  using NamedConvolutions = std::vector<std::pair<std::string, ConvolutionLayer>>;
  void AddSegment(const std::string& name, const NamedConvolutions& convolutions, Body body);
  // The last segment, "head": `pool` makes the tap "features" [N,F], `linear` the logits.
  void AddHead(Body pool, torch::nn::Linear linear);
  // Says what Norms() must know of a batch normalisation; every one needs it.
  void Wire(const std::string& norm, const std::string& input, std::vector<std::string> readers);

 private:
  struct Segment {
    std::string name;
    Body body;
  };
  struct Wiring {
    std::string input;
    std::vector<std::string> readers;
  };
  std::vector<Segment> segments_;
  Body pool_;
  std::map<std::string, Wiring> wirings_;
  std::vector<Convolution> convolutions_;
  std::vector<at::Tensor> weights_;
};

// Throws Error if `name` is none of the known patterns.
std::shared_ptr<Network> MakeNetwork(const std::string& name, const ImageSpec& spec);

// 3x3 with padding 1, or 1x1; usually no bias: a batch normalisation follows. In `groups` of
// channels; as many as there are channels: depthwise.
ConvolutionLayer MakeConvolution(int64_t in, int64_t out, int64_t kernel, int64_t stride,
                                 bool bias = false, int64_t groups = 1);

// [N,C,H,W] -> [N,C]. A mean, because the adaptive pool's backward is not deterministic on a GPU.
at::Tensor GlobalAveragePool(const at::Tensor& x);

}  // namespace dfkd
