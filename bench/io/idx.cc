#include "bench/io/idx.h"

#include "bench/core/error.h"
#include "bench/io/bytes.h"
#include "bench/io/file.h"
#include "bench/io/gzip.h"

namespace dfkd {
namespace {

constexpr uint64_t kLargestArray = uint64_t{1} << 30;
constexpr uint8_t kUnsignedByte = 8;

std::vector<int64_t> ReadShape(ByteReader& reader, const std::string& origin) {
  const auto magic = reader.Take(4, "the magic number");
  const auto type = static_cast<uint8_t>(magic[2]), dimensions = static_cast<uint8_t>(magic[3]);
  if (magic[0] != 0 || magic[1] != 0) throw MakeError("{}: is not an idx file", origin);
  if (type != kUnsignedByte) {
    throw MakeError("{}: idx element type {} must be 8 (unsigned byte)", origin, type);
  }
  if (dimensions < 1 || dimensions > 4) {
    throw MakeError("{}: {} idx dimensions must lie in [1, 4]", origin, dimensions);
  }
  std::vector<int64_t> shape;
  for (int i = 0; i < dimensions; ++i) shape.push_back(reader.BigEndian32("the dimensions"));
  return shape;
}

}  // namespace

IdxArray ParseIdx(std::string_view bytes, const std::string& origin) {
  std::string inflated;
  if (IsGzip(bytes)) bytes = inflated = Gunzip(bytes, kLargestArray, origin);
  ByteReader reader(bytes, origin);
  IdxArray array{ReadShape(reader, origin), {}};
  array.values = reader.Take(CheckedProduct(array.shape, kLargestArray, origin), "the values");
  reader.RequireEnd();
  return array;
}

IdxArray ReadIdx(const std::filesystem::path& file) {
  return ParseIdx(ReadBytes(file, kLargestArray), file.string());
}

LabelledImages ReadIdxImages(const std::filesystem::path& images,
                             const std::filesystem::path& labels, int64_t classes) {
  const IdxArray pixels = ReadIdx(images), classes_of = ReadIdx(labels);
  if (pixels.shape.size() != 3 || classes_of.shape.size() != 1) {
    throw MakeError("{}: images must have 3 dimensions and labels 1", images.string());
  }
  if (pixels.shape[0] != classes_of.shape[0]) {
    throw MakeError("{}: {} images but {} labels in {}", images.string(), pixels.shape[0],
                    classes_of.shape[0], labels.string());
  }
  LabelledImages out;
  const int64_t count = pixels.shape[0], height = pixels.shape[1], width = pixels.shape[2];
  const Image blank = count > 0 ? NewImage(height, width, 1, images.string()) : Image{};
  const auto* pixel = reinterpret_cast<const uint8_t*>(pixels.values.data());
  out.images.reserve(count);
  for (const char label : classes_of.values) {
    out.labels.push_back(static_cast<uint8_t>(label));
    if (out.labels.back() >= classes) {
      throw MakeError("{}: label {} must lie in [0, {})", labels.string(), out.labels.back(),
                      classes);
    }
    out.images.push_back({height, width, 1, {pixel, pixel + blank.pixels.size()}});
    pixel += blank.pixels.size();
  }
  return out;
}

}  // namespace dfkd
