// Structural similarity. Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error
// Visibility to Structural Similarity", IEEE TIP 2004, https://doi.org/10.1109/TIP.2003.819861.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd {

// Whether the images, [N,C,H,W], are at least as large as the window of 11x11 pixels.
bool HasSsim(const at::Tensor& images);

// float64 [N], at most 1, which equal images have. `one` and `other` are uint8 [N,C,H,W] for which
// HasSsim holds. As in the paper: Gaussian window of 11x11 with deviation 1.5, K1 = 0.01, K2 =
// 0.03, only where the window lies within the image; the mean over places and channels.
at::Tensor Ssim(const at::Tensor& one, const at::Tensor& other);

}  // namespace dfkd
