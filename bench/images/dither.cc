#include "bench/images/dither.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <vector>

#include "bench/nn/device.h"

namespace dfkd {
namespace {

// The carried error counts in these parts of a grey value, so that 7/16 of it is a whole number.
constexpr int64_t kParts = 1 << 20;

int64_t RoundedRatio(int64_t dividend, int64_t divisor) {  // non-negative; half goes up
  return (2 * dividend + divisor) / (2 * divisor);
}

// One channel of one image, in place.
class Ditherer {
 public:
  Ditherer(int64_t height, int64_t width, int64_t levels)
      : height_(height), width_(width), levels_(levels), now_(width + 2), below_(width + 2) {}

  void Run(uint8_t* pixels) {
    std::fill(below_.begin(), below_.end(), 0);
    for (int64_t y = 0; y < height_; ++y) {
      now_.swap(below_);
      std::fill(below_.begin(), below_.end(), 0);
      for (int64_t x = 0; x < width_; ++x) Diffuse(pixels[y * width_ + x], x);
    }
  }

 private:
  void Diffuse(uint8_t& pixel, int64_t x) {
    const int64_t wanted = pixel * kParts + now_[x + 1];
    pixel = Nearest(std::clamp<int64_t>(wanted, 0, 255 * kParts));
    const int64_t error = wanted - pixel * kParts;
    const int64_t right = Share(error, 7), left = Share(error, 3), down = Share(error, 5);
    now_[x + 2] += right;
    below_[x] += left;
    below_[x + 1] += down;
    below_[x + 2] += error - right - left - down;
  }

  static int64_t Share(int64_t error, int64_t sixteenths) { return error * sixteenths / 16; }

  uint8_t Nearest(int64_t parts) const {
    const int64_t level = RoundedRatio(parts * (levels_ - 1), 255 * kParts);
    return static_cast<uint8_t>(RoundedRatio(255 * level, levels_ - 1));
  }

  const int64_t height_, width_, levels_;
  std::vector<int64_t> now_, below_;  // errors carried to a row; a column outside at both ends
};

}  // namespace

at::Tensor Quantized(const at::Tensor& images, int64_t levels) {
  const auto level = (images.to(at::kInt) * (2 * (levels - 1)) + 255).floor_divide(2 * 255);
  const auto value = (level * (2 * 255) + (levels - 1)).floor_divide(2 * (levels - 1));
  return value.to(at::kByte);
}

at::Tensor Dithered(const at::Tensor& images, int64_t levels) {
  auto plain = images.to(at::kCPU).clone(at::MemoryFormat::Contiguous);
  Ditherer ditherer(images.size(2), images.size(3), levels);
  const int64_t planes = images.size(0) * images.size(1), size = images.size(2) * images.size(3);
  for (int64_t i = 0; i < planes; ++i) ditherer.Run(plain.data_ptr<uint8_t>() + i * size);
  return Upload(plain, images.device());
}

}  // namespace dfkd
