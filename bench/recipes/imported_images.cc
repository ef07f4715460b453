#include "bench/recipes/imported_images.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/ranges.h>

#include <cstring>
#include <ranges>
#include <utility>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/images/pixel.h"
#include "bench/io/file.h"
#include "bench/io/picture_pack.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

at::Tensor StackedPictures(const Safetensors& file, const ImageSpec& spec) {
  if (spec.height != spec.width) {
    throw MakeError("pictures are brought to squares; the data set's images are {}x{}", spec.height,
                    spec.width);
  }
  std::vector<at::Tensor> images;
  for (const auto& picture : UnpackPictures(file, {spec.channels, spec.height}))
    images.push_back(ToTensor(picture));
  return at::stack(images);
}

// Values in [0,1] as pixels.
at::Tensor RoundedPixels(const at::Tensor& values, const std::string& origin) {
  const double lowest = values.min().item<double>(), highest = values.max().item<double>();
  if (!(lowest >= 0 && highest <= 1)) {  // also of NaN
    throw MakeError("{}: images of F32 lie in [{}, {}]; they must in [0, 1], not normalised",
                    origin, lowest, highest);
  }
  return (values * 255).add(0.5).to(at::kByte);
}

at::Tensor TensorOfImages(const Safetensors& file, const ImageSpec& spec,
                          const std::string& origin) {
  const auto found = file.tensors.find("images");
  if (found == file.tensors.end())
    throw MakeError("{}: has no tensor 'images'; it has {}", origin,
                    fmt::join(std::views::keys(file.tensors), ", "));
  const auto& [dtype, shape, bytes] = found->second;
  const std::vector<int64_t> size = {spec.channels, spec.height, spec.width};
  const bool fits = shape.size() == 4 && shape[0] > 0 &&
                    std::vector<int64_t>(shape.begin() + 1, shape.end()) == size;
  if (!fits || (dtype != "U8" && dtype != "F32")) {
    throw MakeError("{}: images are {} [{}]; they must be U8 or F32 [N, {}]", origin, dtype,
                    fmt::join(shape, ", "), fmt::join(size, ", "));
  }
  auto values = at::empty(shape, dtype == "U8" ? at::kByte : at::kFloat);
  std::memcpy(values.data_ptr(), bytes.data(), bytes.size());
  return dtype == "U8" ? values : RoundedPixels(values, origin);
}

}  // namespace

at::Tensor ImportedImages(const fs::path& path, const std::string& sha256, const ImageSpec& spec) {
  const auto origin = path.string();
  auto bytes = fs::is_directory(path) ? PackPictures(path, "imported") : ReadBytes(path);
  if (const auto found = sha256.empty() ? sha256 : Sha256Hex(bytes); found != sha256)
    throw MakeError("{}: sha256 is {}, expected {}", origin, found, sha256);
  const auto file = ParseSafetensors(std::move(bytes), origin);
  return HoldsPictures(file) ? StackedPictures(file, spec) : TensorOfImages(file, spec, origin);
}

}  // namespace dfkd
