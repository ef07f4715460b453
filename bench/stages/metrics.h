// Counts from predictions. Fractions are made from them where they are shown, never stored alone.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"

namespace dfkd {

// int64 [N]: argmax of the logits of uint8 [N,C,H,W] images, in batches, eval mode, fp32.
at::Tensor Predict(const Classifier& model, const at::Tensor& images, const at::Device& device);

// [k, n].
Json CountEqual(const at::Tensor& predicted, const at::Tensor& expected);
// [[k, n], …].
Json CountEqualPerClass(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes);

// The images on which an attack succeeds or fails: those whose target is not their true label, with
// the trigger.
struct TriggeredSet {
  at::Tensor images;   // uint8 [M,C,H,W]
  at::Tensor targets;  // int64 [M]
  at::Tensor labels;   // int64 [M], the true ones
};
TriggeredSet MakeTriggered(const Attack& attack, const Split& test);

}  // namespace dfkd
