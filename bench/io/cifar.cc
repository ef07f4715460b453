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

void RequireWholeRecords(std::string_view bytes, const std::string& origin, const char* format,
                         size_t record) {
  if (bytes.size() % record == 0) return;
  throw MakeError("{}: {} bytes are not a whole number of {} records of {} bytes", origin,
                  bytes.size(), format, record);
}

int64_t CifarLabel(char byte, int64_t classes, const char* kind, const std::string& origin) {
  const int64_t label = static_cast<uint8_t>(byte);
  if (label >= classes)
    throw MakeError("{}: {} {} must lie in [0, {})", origin, kind, label, classes);
  return label;
}

}  // namespace

void AppendCifar10(std::string_view bytes, const std::string& origin, LabelledImages& out) {
  RequireWholeRecords(bytes, origin, "CIFAR-10", kCifarRecord);
  for (; !bytes.empty(); bytes.remove_prefix(kCifarRecord)) {
    out.labels.push_back(CifarLabel(bytes[0], 10, "label", origin));
    out.images.push_back(Interleaved(bytes.data() + 1));
  }
}

void AppendCifar100(std::string_view bytes, const std::string& origin, LabelledImages& out) {
  RequireWholeRecords(bytes, origin, "CIFAR-100", kCifar100Record);
  for (; !bytes.empty(); bytes.remove_prefix(kCifar100Record)) {
    CifarLabel(bytes[0], 20, "coarse label", origin);
    out.labels.push_back(CifarLabel(bytes[1], 100, "label", origin));
    out.images.push_back(Interleaved(bytes.data() + 2));
  }
}

}  // namespace dfkd
