// What NAYER and methods after it put in place of a latent: embeddings of the labels, and linear
// layers that know no image, drawn anew for every search, without which images of a label would all
// be one (Tran et al. 2024).
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "bench/core/rng.h"
#include "bench/nn/classifier.h"

namespace dfkd {

// A batch is cut into blocks of as many images as there are classes, each with a layer of its own.
class NoisyLayers {
 public:
  NoisyLayers(int64_t images, int64_t classes, int64_t width, int64_t latent);
  // Every layer's weights N(0, 1), biases 0.
  void Draw(const Rng& rng, const at::TensorOptions& options);
  // [images, latent] of embeddings [images, width].
  at::Tensor Latent(const at::Tensor& embeddings) const;
  // Weights [blocks, width, latent] and biases [blocks, 1, latent]; require gradients.
  std::vector<NamedTensor> Parameters() const;

 private:
  const int64_t images_, classes_, blocks_, width_, latent_;
  at::Tensor weight_, bias_;
};

// int64 [count]: every class as often as fits, 0, 1, 2 … repeated; the rest drawn.
at::Tensor LabelsInBlocks(const Rng& rng, int64_t count, int64_t classes, at::Device device);

// float32 [classes, width]: the tensor "embeddings" of a safetensors file. Throws Error naming what
// was found and expected; also if the file's checksum is not `sha256`, unless that is "".
at::Tensor ReadEmbeddings(const std::string& path, const std::string& sha256, int64_t classes);

}  // namespace dfkd
