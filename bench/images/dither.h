// Fewer grey levels, in integers: the same bytes on every machine and device. Level i of L has the
// value 255 i / (L - 1), rounded.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd {

// Each pixel of uint8 [N,C,H,W] at the nearest of `levels` values, 2 to 255; half goes up.
at::Tensor Quantized(const at::Tensor& images, int64_t levels);

// Floyd and Steinberg 1976: rows from the top, pixels from the left, each channel by itself; what a
// pixel lost or gained goes on to the right (7/16), below left (3/16), below (5/16) and below right
// (1/16), and is lost outside the image. Computed on the CPU: a GPU is waited for once, and its
// result is there when what was launched before it is.
at::Tensor Dithered(const at::Tensor& images, int64_t levels);

}  // namespace dfkd
