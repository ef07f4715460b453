#include "bench/io/cifar.h"

#include "bench/core/error.h"

namespace dfkd {
namespace {

Image Interleaved(const char* planes) {
  constexpr int64_t kPlane = kCifarSide * kCifarSide;
  Image image{kCifarSide, kCifarSide, 3, std::vector<uint8_t>(3 * kPlane)};
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t i = 0; i < kPlane; ++i) {
      image.pixels[3 * i + c] = static_cast<uint8_t>(planes[c * kPlane + i]);
    }
  }
  return image;
}

}  // namespace

void AppendCifar10(std::string_view bytes, const std::string& origin, LabelledImages& out) {
  if (bytes.size() % kCifarRecord != 0) {
    throw MakeError("{}: {} bytes are not a whole number of CIFAR-10 records of {} bytes", origin,
                    bytes.size(), kCifarRecord);
  }
  for (; !bytes.empty(); bytes.remove_prefix(kCifarRecord)) {
    const int64_t label = static_cast<uint8_t>(bytes[0]);
    if (label > 9) throw MakeError("{}: label {} must lie in [0, 10)", origin, label);
    out.labels.push_back(label);
    out.images.push_back(Interleaved(bytes.data() + 1));
  }
}

}  // namespace dfkd
