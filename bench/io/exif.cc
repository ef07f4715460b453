#include "bench/io/exif.h"

#include <cstdint>

namespace dfkd {
namespace {

constexpr std::string_view kExif("Exif\0\0", 6);
constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
constexpr uint64_t kOrientation = 0x0112;
constexpr uint64_t kStartOfScan = 0xda, kApp1 = 0xe1;
constexpr size_t kEntryBytes = 12;

// A number at `at`; 0 beyond the end, which no tag, offset or count of interest is.
uint64_t NumberAt(std::string_view bytes, size_t at, size_t size, bool little) {
  if (at > bytes.size() || bytes.size() - at < size) return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    const size_t place = little ? size - 1 - i : i;
    value = value << 8U | static_cast<uint8_t>(bytes[at + place]);
  }
  return value;
}

// `tiff`: the header, then the directory it points to: a count, and entries of tag, type, count and
// value.
int OrientationIn(std::string_view tiff) {
  const bool little = tiff.starts_with("II");
  if (!little && !tiff.starts_with("MM")) return 1;
  const auto first = static_cast<size_t>(NumberAt(tiff, 4, 4, little));
  const auto entries = NumberAt(tiff, first, 2, little);
  for (uint64_t i = 0; i < entries; ++i) {
    const size_t entry = first + 2 + i * kEntryBytes;
    if (entry >= tiff.size()) break;
    if (NumberAt(tiff, entry, 2, little) != kOrientation) continue;
    const auto value = NumberAt(tiff, entry + 8, 2, little);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

int OrientationInJpeg(std::string_view jpeg) {
  size_t at = 2;  // behind the start of the image; then segments: ff, kind, length, content
  while (NumberAt(jpeg, at, 1, false) == 0xff) {
    const auto kind = NumberAt(jpeg, at + 1, 1, false);
    if (kind == 0xff) {  // fill byte
      ++at;
      continue;
    }
    const auto length = static_cast<size_t>(NumberAt(jpeg, at + 2, 2, false));
    if (kind == kStartOfScan || length < 2 || at + 2 + length > jpeg.size()) return 1;
    const auto content = jpeg.substr(at + 4, length - 2);
    if (kind == kApp1 && content.starts_with(kExif)) {
      return OrientationIn(content.substr(kExif.size()));
    }
    at += 2 + length;
  }
  return 1;
}

// Chunks: length, kind, content, checksum. The one of interest may stand before or behind the
// pixels.
int OrientationInPng(std::string_view png) {
  constexpr size_t kAround = 12;
  size_t at = kPng.size();
  while (at < png.size() && png.size() - at >= kAround) {
    const auto length = static_cast<size_t>(NumberAt(png, at, 4, false));
    if (length > png.size() - at - kAround) return 1;
    auto content = png.substr(at + 8, length);
    if (png.substr(at + 4, 4) == "eXIf") {
      if (content.starts_with(kExif)) content.remove_prefix(kExif.size());  // as some write it
      return OrientationIn(content);
    }
    at += kAround + length;
  }
  return 1;
}

}  // namespace

int ExifOrientation(std::string_view picture) {
  return picture.starts_with(kPng) ? OrientationInPng(picture) : OrientationInJpeg(picture);
}

}  // namespace dfkd
