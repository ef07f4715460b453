#include "bench/recipes/noisy_layers.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/ranges.h>

#include <cstring>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/safetensors.h"
#include "bench/nn/device.h"
#include "bench/nn/random.h"

namespace dfkd {

NoisyLayers::NoisyLayers(int64_t images, int64_t classes, int64_t width, int64_t latent)
    : images_(images),
      classes_(classes),
      blocks_((images + classes - 1) / classes),
      width_(width),
      latent_(latent) {}

void NoisyLayers::Draw(const Rng& rng, const at::TensorOptions& options) {
  const auto precision = c10::typeMetaToScalarType(options.dtype());
  weight_ = Normal(rng, {blocks_, width_, latent_}, options.device(), precision);
  weight_.requires_grad_(true);
  bias_ = at::zeros({blocks_, 1, latent_}, options).requires_grad_(true);
}

at::Tensor NoisyLayers::Latent(const at::Tensor& embeddings) const {
  const auto padded = at::constant_pad_nd(embeddings, {0, 0, 0, blocks_ * classes_ - images_});
  const auto blocks = padded.view({blocks_, classes_, width_});
  return at::baddbmm(bias_, blocks, weight_).view({-1, latent_}).narrow(0, 0, images_);
}

std::vector<NamedTensor> NoisyLayers::Parameters() const {
  return {{"noisy.weight", weight_}, {"noisy.bias", bias_}};
}

at::Tensor LabelsInBlocks(const Rng& rng, int64_t count, int64_t classes, at::Device device) {
  const int64_t copies = count / classes;
  const auto each = at::arange(classes, at::kLong).repeat({copies});
  return Upload(at::cat({each, Integers(rng, classes, {count - copies * classes})}), device);
}

at::Tensor ReadEmbeddings(const std::string& path, const std::string& sha256, int64_t classes) {
  if (const auto found = sha256.empty() ? sha256 : Sha256OfFile(path); found != sha256)
    throw MakeError("{}: sha256 is {}, expected {}", path, found, sha256);
  const auto file = ReadSafetensors(path);
  const auto found = file.tensors.find("embeddings");
  if (found == file.tensors.end()) throw MakeError("{}: has no tensor 'embeddings'", path);
  const auto& [dtype, shape, bytes] = found->second;
  if (dtype != "F32" || shape.size() != 2 || shape[0] != classes || shape[1] < 1) {
    throw MakeError("{}: embeddings are {} [{}]; they must be F32 [{}, width]", path, dtype,
                    fmt::join(shape, ", "), classes);
  }
  const auto values = at::empty(shape, at::kFloat);
  std::memcpy(values.data_ptr(), bytes.data(), bytes.size());
  if (!at::isfinite(values).all().item<bool>())
    throw MakeError("{}: embeddings hold a value that is not finite", path);
  return values;
}

}  // namespace dfkd
