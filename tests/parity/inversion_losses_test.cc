// What images are made by in CMI, DeepInversion and DFQ against an implementation in PyTorch:
// case_losses.py.
#include <ATen/ops/linalg_vector_norm.h>

#include "bench/nn/norm_statistics.h"
#include "bench/nn/synthesis_losses.h"
#include "methods/distillation/adi/adi.h"
#include "methods/distillation/cmi/cmi.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::inversion_losses_test {

NormInput NormOf(const std::string& name, const at::Tensor& input) {
  const int64_t channels = input.size(1);
  return {input, WeightOf(name + ".running_mean", {channels}),
          WeightOf(name + ".running_var", {channels})};
}

at::Tensor Unit(const at::Tensor& rows) {
  return rows / at::linalg_vector_norm(rows, 2, at::IntArrayRef{1}, /*keepdim=*/true);
}

BOOST_AUTO_TEST_CASE(losses_of_inversion_agree) {
  Fixture expected("losses_inversion");
  const Logits x;
  ExpectLoss(expected, "decision", DecisionAdversarialLoss(x.teacher, x.student), x.both());
  ExpectLoss(expected, "js", JsPerSample(x.teacher, x.student, 3).mean(), x.both());

  const auto a = Values("activation.student", {3, 4, 6, 5}, 1, 0.3).requires_grad_(true);
  const auto b = Values("activation.teacher", {3, 7, 6, 5}, 1, 0.2).requires_grad_(true);
  const std::vector<NormInput> norms = {NormOf("norm4", a), NormOf("norm7", b)};
  const std::vector<NamedTensor> layers = {{"first", a}, {"second", b}};
  ExpectLoss(expected, "norm_distance", NormDistance(norms), layers);
  ExpectLoss(expected, "norm_divergence", NormDivergence(norms), layers);

  const auto images = Values("tv_images", {3, 3, 6, 5}).requires_grad_(true);
  ExpectLoss(expected, "tv", adi::NeighbourDistance(images), {{"images", images}});
  for (const int64_t bank : {0, 7}) {
    const auto raw = Values(fmt::format("local{}", bank), {5 + bank, 16}).requires_grad_(true);
    const auto other = Values(fmt::format("global{}", bank), {5 + bank, 16}) + raw.detach();
    const auto loss = cmi::ContrastiveLoss(Unit(raw), Unit(other), 5, 0.1, bank > 0);
    ExpectLoss(expected, fmt::format("contrast{}", bank), loss, {{"local", raw}});
  }
}

}  // namespace dfkd::parity::inversion_losses_test
