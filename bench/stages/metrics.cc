#include "bench/stages/metrics.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "bench/images/ssim.h"
#include "bench/nn/classifier.h"
#include "bench/nn/device.h"

namespace dfkd {
namespace {

constexpr int64_t kBatch = 512;

// The last digits of a sum depend on the machine.
double ToSixDigits(double value) { return std::round(value * 1e6) / 1e6; }

}  // namespace

at::Tensor Predict(const Classifier& model, const at::Tensor& images, const at::Device& device,
                   const std::function<void()>& look) {
  std::vector<at::Tensor> predicted;
  for (int64_t at = 0; at < images.size(0); at += kBatch) {
    look();
    const auto rows = images.narrow(0, at, std::min(kBatch, images.size(0) - at));
    const auto batch = Upload(rows, device);
    predicted.push_back(model.Logits(Normalize(batch, model.spec())).argmax(1));
  }
  return predicted.empty() ? at::empty({0}, at::kLong) : at::cat(predicted).to(at::kCPU);
}

Json CountEqual(const at::Tensor& predicted, const at::Tensor& expected) {
  return {(predicted == expected).sum().item<int64_t>(), expected.size(0)};
}

Json CountEqualPerClass(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes) {
  Json counts = Json::array();
  for (int64_t c = 0; c < classes; ++c) {
    const auto of_class = labels == c;
    counts.push_back(
        {(of_class & (predicted == c)).sum().item<int64_t>(), of_class.sum().item<int64_t>()});
  }
  return counts;
}

Json Visibility(const at::Tensor& clean, const at::Tensor& triggered) {
  if (clean.size(0) == 0) return nullptr;
  const auto change = (triggered.to(at::kInt) - clean.to(at::kInt)).abs().flatten(1);
  const auto squares = change.square().sum(1);  // int64 [N]
  const double largest = at::amax(change, 1).to(at::kDouble).mean().item<double>() / 255;
  const double norm = squares.to(at::kDouble).sqrt().mean().item<double>() / 255;
  const auto total = static_cast<double>(squares.sum().item<int64_t>());
  const double values = 255.0 * 255.0 * static_cast<double>(change.numel());
  return {{"linf", ToSixDigits(largest)},
          {"l2", ToSixDigits(norm)},
          {"psnr", total > 0 ? Json(ToSixDigits(10 * std::log10(values / total))) : Json()},
          {"ssim", HasSsim(clean) ? Json(ToSixDigits(Ssim(clean, triggered).mean().item<double>()))
                                  : Json()}};
}

TriggeredSet MakeTriggered(const Attack& attack, const Split& test) {
  const auto labels = test.labels.contiguous();
  auto targets = at::empty_like(labels);
  std::transform(labels.data_ptr<int64_t>(), labels.data_ptr<int64_t>() + labels.numel(),
                 targets.data_ptr<int64_t>(),
                 [&](int64_t label) { return attack.TargetLabel(label); });
  const auto eligible = (targets != test.labels).nonzero().squeeze(1);
  return {attack.Trigger(test.images.index_select(0, eligible)), targets.index_select(0, eligible),
          test.labels.index_select(0, eligible)};
}

}  // namespace dfkd
