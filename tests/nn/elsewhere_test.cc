// Tensors without values, of the device "meta", stand for those of a GPU: an operation that meets
// one of the CPU beside them is an error here as there.
#include <ATen/Functions.h>
#include <torch/nn/modules/linear.h>

#include <boost/test/unit_test.hpp>

#include "bench/nn/device.h"
#include "bench/nn/generator.h"
#include "bench/nn/initialize.h"
#include "bench/nn/losses.h"
#include "bench/nn/synthesis_losses.h"
#include "tests/nn/helpers.h"
#include "tests/stages/host_reads.h"

namespace dfkd::elsewhere_test {

at::Tensor Elsewhere(at::IntArrayRef shape, at::ScalarType type) {
  return at::empty(shape, at::TensorOptions(type).device(at::kMeta));
}

BOOST_AUTO_TEST_SUITE(elsewhere)

BOOST_AUTO_TEST_CASE(what_is_made_of_images_lies_where_they_lie) {
  const auto spec = Cifar();
  const auto images = Normalize(Elsewhere({2, 3, 8, 8}, at::kByte), spec);
  BOOST_TEST(images.is_meta());
  BOOST_TEST((images.scalar_type() == at::kFloat));
  BOOST_TEST(NormalizeUnit(images, spec).is_meta());
  BOOST_TEST(ToPixels(images, spec).is_meta());
}

BOOST_AUTO_TEST_CASE(losses_of_logits_lie_where_they_lie) {
  const auto teacher = Elsewhere({4, 10}, at::kFloat), student = Elsewhere({4, 10}, at::kFloat);
  const auto labels = Elsewhere({4}, at::kLong);
  BOOST_TEST(CrossEntropyPerSample(student, labels).is_meta());
  BOOST_TEST(KdPerSample(teacher, student, {.temperature = 4}).is_meta());
  BOOST_TEST(JsPerSample(teacher, student, /*tau=*/3).is_meta());
  BOOST_TEST(DecisionAdversarialLoss(teacher, student).is_meta());
  BOOST_TEST(OneHotLoss(teacher).is_meta());
  BOOST_TEST(EntropyLoss(teacher).is_meta());
  BOOST_TEST(BalanceLoss(teacher).is_meta());
}

BOOST_AUTO_TEST_CASE(what_is_drawn_is_brought_to_its_device) {
  BOOST_TEST(Normal(Rng(1), {2, 3}, at::kMeta).is_meta());
  BOOST_TEST(Uniform(Rng(1), {2, 3}, at::kMeta).is_meta());
  BOOST_TEST(Integers(Rng(1), 10, {4}, at::kMeta).is_meta());
  BOOST_TEST(Permutation(Rng(1), 5, at::kMeta).is_meta());
}

// A generator that is drawn anew in every round must not stop the device each time.
BOOST_AUTO_TEST_CASE(weights_are_drawn_without_waiting_for_their_device) {
  torch::nn::Linear linear(4, 3);
  linear->weight = Elsewhere({3, 4}, at::kFloat);
  linear->bias = Elsewhere({3}, at::kFloat);
  const testing::HostReads reads;
  InitializeDefault(*linear, Rng(1));
  InitializeAsDcgan(*linear, Rng(1));
  BOOST_TEST(testing::HostReads::Count() == 0);
  linear->weight.copy_(at::zeros({3, 4}));
  BOOST_TEST(testing::HostReads::SoFar().at("aten::copy_") == 1);
}

BOOST_AUTO_TEST_CASE(an_upload_does_not_wait) {
  const auto values = at::ones({3});
  const testing::HostReads reads;
  BOOST_TEST(Upload(values, at::kMeta).is_meta());
  BOOST_TEST(testing::HostReads::Count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::elsewhere_test
