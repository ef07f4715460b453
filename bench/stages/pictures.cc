#include "bench/stages/pictures.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>

#include "bench/io/file.h"
#include "bench/io/png.h"
#include "bench/nn/classifier.h"

namespace dfkd {
namespace {

constexpr int64_t kGap = 1;

}  // namespace

void WritePicture(const std::filesystem::path& file, const at::Tensor& images,
                  const ImageSpec& spec, int64_t count) {
  if (!images.defined() || images.size(0) == 0) return;
  const int64_t n = std::min(count, images.size(0));
  const auto columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(n))));
  const int64_t rows = (n + columns - 1) / columns;
  auto shown = images.narrow(0, 0, n).detach();
  if (shown.scalar_type() != at::kByte) shown = ToPixels(shown.to(at::kFloat), spec);
  shown = shown.to(at::kCPU);
  const int64_t step_y = spec.height + kGap, step_x = spec.width + kGap;
  auto sheet = at::full({rows * step_y - kGap, columns * step_x - kGap, spec.channels}, 255,
                        at::kByte);  // [H,W,C]
  for (int64_t i = 0; i < n; ++i) {
    sheet.narrow(0, i / columns * step_y, spec.height)
        .narrow(1, i % columns * step_x, spec.width)
        .copy_(shown[i].permute({1, 2, 0}));
  }
  const auto* bytes = sheet.data_ptr<uint8_t>();
  WriteFileAtomically(
      file,
      EncodePng({sheet.size(0), sheet.size(1), spec.channels, {bytes, bytes + sheet.numel()}}));
}

}  // namespace dfkd
