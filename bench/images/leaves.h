// Dead leaves: pictures of shapes that hide one another, with the size statistics of natural images
// (Lee, Mumford, Huang 2001; used for training without images by Baradad et al. 2021).
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/image.h"
#include "bench/core/rng.h"

namespace dfkd {

struct LeavesOptions {
  int64_t height = 384, width = 384, channels = 1, shapes = 6000;
  // Radii in pixels; their density falls like r^-3.
  double smallest = 2, largest = 60;
};

// One canvas, interleaved.
Image DrawLeaves(const Rng& rng, const LeavesOptions& options);

// uint8 [count,C,H,W]: crops of four canvases, at scales from 0.6 to 6 canvas pixels a pixel.
at::Tensor CropLeaves(const Rng& rng, int64_t count, const ImageSpec& spec);

}  // namespace dfkd
