#include "bench/images/textures.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/nn/random.h"

namespace dfkd {
namespace {

// [height,width]: distance from the zero frequency; infinite there, so that there is no constant
// part.
at::Tensor Frequencies(int64_t height, int64_t width) {
  const auto square =
      at::fft_fftfreq(height).square().unsqueeze(1) + at::fft_fftfreq(width).square().unsqueeze(0);
  auto radius = square.sqrt();
  radius[0][0].fill_(std::numeric_limits<float>::infinity());
  return radius;
}

// One value per texture, [n,1,1].
at::Tensor PerTexture(const Rng& rng, const char* name, int64_t n, double low, double high) {
  return Uniform(rng.Fork(name), {n, 1, 1}).mul(high - low).add(low);
}

}  // namespace

at::Tensor FractalTextures(const Rng& rng, int64_t n, int64_t height, int64_t width) {
  const int64_t pairs = (n + 1) / 2;  // real and imaginary part of a field are two textures
  const auto exponent = PerTexture(rng, "exponent", pairs, 0.7, 1.7);
  const auto amplitude = Frequencies(height, width).unsqueeze(0).pow(-exponent);
  const auto draws = Normal(rng.Fork("spectrum"), {2, pairs, height, width}) * amplitude;
  const auto field = at::fft_ifft2(at::complex(draws[0], draws[1]));  // [pairs,height,width]
  const auto both = at::cat({at::real(field), at::imag(field)}).slice(0, 0, n);
  const auto unit = both / both.square().mean({1, 2}, /*keepdim=*/true).sqrt();
  const auto contrast = PerTexture(rng, "contrast", n, 30, 90);
  const auto brightness = PerTexture(rng, "brightness", n, 78, 178);
  return (unit * contrast + brightness).div(255).clamp(0, 1).contiguous();
}

}  // namespace dfkd
