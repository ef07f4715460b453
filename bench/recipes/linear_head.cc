#include "bench/recipes/linear_head.h"

#include <ATen/Functions.h>

#include <vector>

#include "bench/core/error.h"
#include "bench/nn/numerics.h"

namespace dfkd {

Head LinearHead(const Classifier& model) {
  Head head;
  for (const auto& [name, value] : model.Parameters()) {
    if (name == "fc.weight") head.weight = value;
    if (name == "fc.bias") head.bias = value;
  }
  DFKD_CHECK(head.weight.defined() && head.bias.defined());
  return head;
}

at::Tensor Features(const Classifier& model, const at::Tensor& images, int64_t batch_size) {
  std::vector<at::Tensor> all;
  for (const auto& part : images.split(batch_size)) {
    auto taps = WantedTaps({"features"});
    model.Logits(Normalize(part, model.spec()), Grad::kNone, &taps);
    all.push_back(AtLeastFloat(taps.at("features")));
  }
  return at::cat(all);
}

}  // namespace dfkd
