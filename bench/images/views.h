// Differentiable views of a batch [N,C,H,W], each image in its own way. A view says for every row
// and column of the result from where in the image it is read: between two pixels it interpolates,
// outside it is 0. Written as matrix products: unlike that of a gather, their gradient adds up in
// the same order on every run of every device.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/image.h"
#include "bench/core/rng.h"

namespace dfkd {

struct View {
  at::Tensor rows;     // float32, or the precision asked for, [N,H]
  at::Tensor columns;  // the same [N,W]
};

// `images` through `view`, of the same shape and dtype, on their device. Differentiable.
at::Tensor Seen(const at::Tensor& images, const View& view);

// Padded with zeros and cut back at a random place; with `flip`, mirrored with probability 1/2.
View CropView(const Rng& rng, int64_t images, const ImageSpec& spec, int64_t padding, bool flip);

struct ResizedCrop {
  double smallest = 0.25, largest = 1;           // share of the image's area
  double narrowest = 3.0 / 4, widest = 4.0 / 3;  // width / height, uniform in its logarithm
};

// A random box brought to the image's size, bilinear, the centres of its corner pixels on those of
// the image; then as above. Boxes as drawn by kornia, which the references use: the first of ten
// that is smaller than the image in both directions, else the whole image.
View ResizedCropView(const Rng& rng, int64_t images, const ImageSpec& spec, const ResizedCrop& crop,
                     bool flip, at::ScalarType precision = at::kFloat);

}  // namespace dfkd
