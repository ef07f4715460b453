#include "bench/core/image.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"

namespace dfkd {
namespace {

// Keeps every sum below in 64 bits: (2 * 32768)^2 * 255 < 2^40.
constexpr int64_t kLongestSide = 32768;

void RequireWhole(const Image& image) {
  const auto inside = [](int64_t side) { return side >= 1 && side <= kLongestSide; };
  DFKD_CHECK(inside(image.height) && inside(image.width));
  DFKD_CHECK(image.channels == 1 || image.channels == 3);
  DFKD_CHECK(static_cast<int64_t>(image.pixels.size()) ==
             image.height * image.width * image.channels);
}

Image Blank(int64_t height, int64_t width, int64_t channels) {
  if (std::min(height, width) < 1 || std::max(height, width) > kLongestSide) {
    throw MakeError("cannot resize an image to {}x{}: sides must lie in [1, {}]", height, width,
                    kLongestSide);
  }
  return {height, width, channels, std::vector<uint8_t>(height * width * channels)};
}

// Integer weights of consecutive source pixels for one target pixel; they sum to Axis::total.
struct Taps {
  int64_t first = 0;
  std::vector<uint32_t> weights;
};
struct Axis {
  uint64_t total = 0;
  std::vector<Taps> taps;  // one per target pixel
};

// In units of 1/target of a source pixel: target i covers [i * source, (i + 1) * source), source j
// [j * target, …).
Axis Shrink(int64_t source, int64_t target) {
  Axis axis{static_cast<uint64_t>(source), {}};
  for (int64_t i = 0; i < target; ++i) {
    const int64_t begin = i * source, end = begin + source;
    Taps taps{begin / target, {}};
    for (int64_t j = taps.first; j * target < end; ++j) {
      taps.weights.push_back(std::min(end, (j + 1) * target) - std::max(begin, j * target));
    }
    axis.taps.push_back(taps);
  }
  return axis;
}

// Pixel centres are aligned: target i lies at ((2i + 1) * source - target) / (2 * target) between
// source centres.
Axis Enlarge(int64_t source, int64_t target) {
  const int64_t total = 2 * target;
  Axis axis{static_cast<uint64_t>(total), {}};
  for (int64_t i = 0; i < target; ++i) {
    const int64_t place =
        std::clamp<int64_t>((2 * i + 1) * source - target, 0, (source - 1) * total);
    const auto right = static_cast<uint32_t>(place % total);
    Taps taps{place / total, {static_cast<uint32_t>(total) - right}};
    if (right > 0) taps.weights.push_back(right);
    axis.taps.push_back(taps);
  }
  return axis;
}

Axis AxisFor(int64_t source, int64_t target) {
  return target > source ? Enlarge(source, target) : Shrink(source, target);
}

// Weighted sums along x, not yet divided: rounding happens once, at the end.
std::vector<uint32_t> SumRows(const Image& image, const Axis& axis) {
  const int64_t width = axis.taps.size(), channels = image.channels;
  std::vector<uint32_t> sums(image.height * width * channels);
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* row = image.pixels.data() + y * image.width * channels;
    uint32_t* sum = sums.data() + y * width * channels;
    for (int64_t x = 0; x < width; ++x, sum += channels) {
      const uint8_t* pixel = row + axis.taps[x].first * channels;
      for (const uint32_t weight : axis.taps[x].weights) {
        for (int64_t c = 0; c < channels; ++c) sum[c] += weight * *pixel++;
      }
    }
  }
  return sums;
}

// Numbers enter as 8 bytes, least significant first, so that the digest is the same everywhere.
void AddNumbers(Sha256& digest, std::initializer_list<int64_t> numbers) {
  std::array<unsigned char, 40> bytes{};
  size_t size = 0;
  for (const int64_t number : numbers) {
    for (int shift = 0; shift < 64; shift += 8) {
      bytes[size++] = static_cast<unsigned char>(static_cast<uint64_t>(number) >> shift);
    }
  }
  digest.Update(bytes.data(), size);
}

void AddPart(Sha256& digest, const LabelledImages& part) {
  DFKD_CHECK(part.images.size() == part.labels.size());
  AddNumbers(digest, {static_cast<int64_t>(part.images.size())});
  for (size_t i = 0; i < part.images.size(); ++i) {
    const Image& image = part.images[i];
    AddNumbers(digest, {part.labels[i], image.height, image.width, image.channels});
    digest.Update(image.pixels.data(), image.pixels.size());
  }
}

std::string_view PixelsOf(const Image& image) {
  return {reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()};
}

}  // namespace

std::string Fingerprint(const LabelledImages& train, const LabelledImages& test) {
  Sha256 digest;
  digest.Update("dfkd data 1\n");
  AddPart(digest, train);
  AddPart(digest, test);
  return digest.Hex();
}

int64_t CountShared(const LabelledImages& train, const LabelledImages& test) {
  std::unordered_set<std::string_view> learned;
  for (const auto& image : train.images) learned.insert(PixelsOf(image));
  return std::count_if(test.images.begin(), test.images.end(),
                       [&](const Image& image) { return learned.contains(PixelsOf(image)); });
}

void RequireMostlyUnseen(const LabelledImages& train, const LabelledImages& test,
                         const std::string& dataset) {
  const auto both = CountShared(train, test);
  if (both == 0) return;
  const auto told = fmt::format("data set {}: {} of {} test images are training images, too",
                                dataset, both, test.images.size());
  if (2 * both > std::ssize(test.images)) throw Error(told + ": at most half may be");
  spdlog::warn("{}", told);
}

Image Resize(const Image& image, int64_t height, int64_t width) {
  RequireWhole(image);
  Image resized = Blank(height, width, image.channels);
  if (height == image.height && width == image.width) return image;
  const Axis down = AxisFor(image.height, height), across = AxisFor(image.width, width);
  const auto rows = SumRows(image, across);
  const int64_t stride = width * image.channels;
  const uint64_t total = down.total * across.total;
  std::vector<uint64_t> sums(stride);
  for (int64_t y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), total / 2);
    const uint32_t* row = rows.data() + down.taps[y].first * stride;
    for (const uint64_t weight : down.taps[y].weights) {
      for (int64_t i = 0; i < stride; ++i) sums[i] += weight * row[i];
      row += stride;
    }
    uint8_t* out = resized.pixels.data() + y * stride;
    for (int64_t i = 0; i < stride; ++i) out[i] = static_cast<uint8_t>(sums[i] / total);
  }
  return resized;
}

Image NearestResize(const Image& image, int64_t height, int64_t width) {
  RequireWhole(image);
  Image resized = Blank(height, width, image.channels);
  auto out = resized.pixels.begin();
  for (int64_t y = 0; y < height; ++y) {
    const int64_t row = image.height * y / height;
    for (int64_t x = 0; x < width; ++x) {
      const int64_t column = image.width * x / width;
      const auto pixel = image.pixels.begin() + (row * image.width + column) * image.channels;
      out = std::copy_n(pixel, image.channels, out);
    }
  }
  return resized;
}

Image ToGrey(const Image& image) {
  RequireWhole(image);
  if (image.channels == 1) return image;
  Image grey = Blank(image.height, image.width, 1);
  const uint8_t* pixel = image.pixels.data();
  for (uint8_t& luma : grey.pixels) {
    luma = static_cast<uint8_t>((299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000);
    pixel += 3;
  }
  return grey;
}

}  // namespace dfkd
