// Counts from predictions. Fractions are made from them where they are shown, never stored alone.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"

namespace dfkd {

// int64 [N]: argmax of the logits of uint8 [N,C,H,W] images, in batches, eval mode, fp32. `look` is
// called before each batch; what it throws ends the work.
at::Tensor Predict(
    const Classifier& model, const at::Tensor& images, const at::Device& device,
    const std::function<void()>& look = [] {});

// [k, n].
Json CountEqual(const at::Tensor& predicted, const at::Tensor& expected);
// [[k, n], …].
Json CountEqualPerClass(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes);

// How visible a trigger is: what it changes in images, uint8 [N,C,H,W] before and after. Pixels lie
// in [0, 1]. "linf" and "l2" are means over the images, of the largest change of a value and of the
// norm of all changes; "psnr", in dB, is that of the mean squared change of all images, null where
// nothing changes; "ssim" is the mean of Ssim, null for images smaller than its window. To six
// digits; null without images.
Json Visibility(const at::Tensor& clean, const at::Tensor& triggered);

// The images on which an attack succeeds or fails: those whose target is not their true label, with
// the trigger.
struct TriggeredSet {
  at::Tensor images;   // uint8 [M,C,H,W]
  at::Tensor targets;  // int64 [M]
  at::Tensor labels;   // int64 [M], the true ones
};
TriggeredSet MakeTriggered(const Attack& attack, const Split& test);

}  // namespace dfkd
