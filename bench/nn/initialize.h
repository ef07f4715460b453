// Initial weights from named streams: every parameter has its own, forked by the parameter's name.
#pragma once
#include <torch/nn/module.h>

#include "bench/core/rng.h"

namespace dfkd {

// Wide residual networks' own (Zagoruyko and Komodakis): convolutions N(0, sqrt(2 / (kh kw out)))
// and, where they have one, bias 0; batch normalisation 1 and 0 with running statistics reset;
// linear layers U(-b, b) with b = 1 / sqrt(fan in) and bias 0.
void InitializeClassifier(torch::nn::Module& module, const Rng& rng);

// LibTorch's default: weights and biases of convolutions and linear layers U(-b, b).
void InitializeDefault(torch::nn::Module& module, const Rng& rng);

// DCGAN's (Radford et al. 2016), which CMI gives its generator before every synthesis: weights of
// convolutions and linear layers N(0, 0.02), biases 0, batch normalisation N(1, 0.02) and 0.
void InitializeAsDcgan(torch::nn::Module& module, const Rng& rng);

// While alive, whatever is drawn from LibTorch's global CPU generator is undone at the end: its
// module constructors draw from it, and a network must not shift anybody's stream.
class KeepGlobalGenerator {
 public:
  KeepGlobalGenerator();
  ~KeepGlobalGenerator();
  KeepGlobalGenerator(const KeepGlobalGenerator&) = delete;

 private:
  const at::Tensor state_;
};

}  // namespace dfkd
