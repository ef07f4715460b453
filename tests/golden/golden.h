// Golden SHA-256 values of tests/golden/*.txt, by "name HxWxC".
#pragma once
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "bench/core/hash.h"
#include "bench/core/image.h"
#include "tests/io/skip.h"

namespace dfkd::golden {

inline std::map<std::string, std::string> Hashes(const std::string& path) {
  std::ifstream file(DFKD_SOURCE_DIR "/tests/golden/" + path);
  std::map<std::string, std::string> hashes;
  for (std::string name, size, hash; file >> name >> size >> hash;)
    hashes[name + " " + size] = hash;
  return hashes;
}

inline std::map<std::string, std::string> Triggers() { return Hashes("triggers.txt"); }

// The reference's own files have no licence and are not shipped: cases that read them run only
// where somebody names the folder. How a file becomes a trigger is checked without them, too.
inline boost::unit_test::precondition WithOriginals() {
  return testing::OnlyIfSet("DFKD_SHARED", "the folder that holds datasets/triggers");
}

inline std::filesystem::path OriginalTriggers() {
  const auto folder = std::filesystem::path(std::getenv("DFKD_SHARED")) / "datasets" / "triggers";
  BOOST_TEST_REQUIRE(std::filesystem::is_directory(folder), folder.string());
  return folder;
}

inline ImageSpec Spec(int64_t height, int64_t width, int64_t channels) {
  return {.channels = channels,
          .height = height,
          .width = width,
          .classes = 10,
          .mean = std::vector<double>(channels, 0.5),
          .stddev = std::vector<double>(channels, 0.25)};
}

inline std::vector<ImageSpec> Specs() {
  return {Spec(32, 32, 3), Spec(28, 28, 1), Spec(40, 48, 3)};
}

inline std::string Name(const std::string& what, const ImageSpec& spec) {
  return fmt::format("{} {}x{}x{}", what, spec.height, spec.width, spec.channels);
}

inline std::string Hash(const Image& image) {
  return Sha256Hex({reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()});
}

// Of one image, uint8 [1,C,H,W], channels last.
inline std::string Hash(const at::Tensor& images) {
  const auto bytes = images[0].permute({1, 2, 0}).contiguous();
  return Sha256Hex({reinterpret_cast<const char*>(bytes.data_ptr<uint8_t>()),
                    static_cast<size_t>(bytes.numel())});
}

// Mid grey, or (ramp) an image that meets every value; uint8 [1,C,H,W].
inline at::Tensor Base(const std::string& kind, const ImageSpec& spec) {
  const auto along = [](int64_t n, int64_t step) { return at::arange(n, at::kLong).mul(step); };
  const auto ramp = along(spec.height, 7).view({1, 1, -1, 1}) +
                    along(spec.width, 13).view({1, 1, 1, -1}) +
                    along(spec.channels, 31).view({1, -1, 1, 1});
  return kind == "grey" ? at::full_like(ramp, 128).to(at::kByte)
                        : ramp.remainder(256).to(at::kByte);
}

}  // namespace dfkd::golden
