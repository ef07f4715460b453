// The network that paints input-aware triggers: images [N,C,H,W] to maps [N,out,H,W] in [0, 1].
// Nguyen and Tran, NeurIPS 2020, https://arxiv.org/abs/2010.08138, as in their code: per scale two
// convolutions and a pooling (32, 64, 128 channels; 16, 32 for images of one channel), one in the
// middle, the way back by bilinear doubling.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"

namespace dfkd {

class EncoderDecoder {
 public:
  // Weights are those of Initialize(Rng(0)).
  EncoderDecoder(const ImageSpec& spec, int64_t out_channels);
  ~EncoderDecoder();
  // LibTorch's default distributions, from our stream.
  void Initialize(const Rng& rng);
  void Use(const at::Device& device);
  // tanh(y) / 2 + 1/2 of float32 images, normalised; grad: kNone or kAll. Any size of at least 8x8.
  at::Tensor Maps(const at::Tensor& images, Grad grad, Mode mode);
  std::vector<NamedTensor> Parameters() const;
  // Parameters and running statistics.
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  std::shared_ptr<class EncoderDecoderNet> net_;
};

}  // namespace dfkd
