#include "methods/defenses/clp/clp.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_svdvals.h>
#include <ATen/ops/maximum.h>

#include "bench/core/error.h"

namespace dfkd::clp {
namespace {

at::Tensor OnCpu(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU, at::kDouble); }

// [C]: the largest singular value of each of `matrices`, [C,rows,columns].
at::Tensor LargestSingularValues(const at::Tensor& matrices) {
  return at::linalg_svdvals(matrices).amax(1);
}

// [C]: over the filters of `weight`, [C,in,kh,kw], each reshaped to in x (kh kw).
at::Tensor OfFilters(const at::Tensor& weight) {
  return LargestSingularValues(OnCpu(weight).flatten(2));
}

// [C]: over the input slices W[:,c,:,:] of `weight`, [out,C,kh,kw] or [out,C], each reshaped to
// out x (kh kw).
at::Tensor OfInputs(const at::Tensor& weight) {
  const auto slices = OnCpu(weight).transpose(0, 1);  // [C,out,...]
  return LargestSingularValues(slices.dim() == 2 ? slices.unsqueeze(2) : slices.flatten(2));
}

at::Tensor Find(const Weights& weights, const std::string& layer, const NormLayer& norm) {
  const auto found = weights.find(layer);
  if (found == weights.end()) throw MakeError("clp: '{}' has no weights to pair with", norm.name);
  return found->second;
}

// Where a channel is read by a convolution and by a shortcut, the larger of the two bounds.
at::Tensor OfReaders(const NormLayer& norm, const Weights& weights) {
  if (norm.readers.empty()) throw MakeError("clp: '{}' has no layer to pair with", norm.name);
  at::Tensor largest;
  for (const auto& reader : norm.readers) {
    const auto bounds = OfInputs(Find(weights, reader, norm));
    largest = largest.defined() ? at::maximum(largest, bounds) : bounds;
  }
  return largest;
}

}  // namespace

// sigma_max(W_c) |gamma_c| / sqrt(var_c). The normalisation's epsilon is left out, as in the
// reference.
at::Tensor ChannelBounds(const NormLayer& norm, const Weights& weights, const Options& options) {
  const auto& filters = options.pairing == "official" ? norm.previous : norm.input;
  const auto sigma =
      filters.empty() ? OfReaders(norm, weights) : OfFilters(Find(weights, filters, norm));
  const auto bounds = sigma * OnCpu(norm.weight).abs() / OnCpu(norm.running_var).sqrt();
  DFKD_CHECK(bounds.numel() == norm.weight.numel());
  return bounds;
}

at::Tensor Outliers(const at::Tensor& bounds, double u, bool guard_nan) {
  const auto counted = guard_nan ? bounds.masked_select(bounds.isfinite()) : bounds;
  const auto outlying = bounds > counted.mean() + u * counted.std(/*unbiased=*/true);
  return guard_nan ? outlying.logical_and(bounds.isfinite()) : outlying;
}

void Clp::Prune(Classifier& model, Progress& progress) const {
  const at::NoGradGuard no_grad;
  Weights weights;
  for (const auto& item : model.Parameters()) {
    if (item.name.ends_with(".weight"))
      weights[item.name.substr(0, item.name.size() - 7)] = item.value;
  }
  int64_t pruned = 0, channels = 0;
  for (const auto& norm : model.Norms()) {
    const auto outliers =
        Outliers(ChannelBounds(norm, weights, options_), options_.u, options_.guard_nan);
    const auto mask = outliers.to(norm.weight.device());
    norm.weight.masked_fill_(mask, 0);
    norm.bias.masked_fill_(mask, 0);
    const auto count = outliers.sum().item<int64_t>();
    progress.Scalar("clp/pruned/" + norm.name, static_cast<double>(count), 0);
    pruned += count, channels += outliers.numel();
  }
  progress.Scalar("clp/pruned", static_cast<double>(pruned), 0);
  progress.Scalar("clp/channels", static_cast<double>(channels), 0);
}

void Clp::SanitizeTeacher(Classifier& teacher, DefenseContext& context) {
  if (options_.where == "teacher") Prune(teacher, context.progress);
}

void Clp::RepairStudent(Classifier& student, DefenseContext& context) {
  if (options_.where == "student") Prune(student, context.progress);
}

}  // namespace dfkd::clp
