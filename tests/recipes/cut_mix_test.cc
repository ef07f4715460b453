// CutMix of batches, against what its boxes say.
#include "bench/recipes/cut_mix.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>

#include "tests/methods/fakes.h"

namespace dfkd::cut_mix_test {

constexpr int64_t kCount = 64;

LabelledCutMix Mixed(double probability, uint64_t seed = 1) {
  return {Rng(seed), probability, kCount, SmallSpec(), at::kCPU};
}
at::Tensor SomeImages() { return Normal(Rng(9), {kCount, 3, 8, 8}); }

BOOST_AUTO_TEST_CASE(a_batch_is_mixed_as_often_as_asked_and_whole) {
  int mixed = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) mixed += Mixed(0.25, seed).partners().defined();
  BOOST_TEST(mixed > 70);
  BOOST_TEST(mixed < 130);
  BOOST_TEST(!Mixed(0).partners().defined());
  const auto images = SomeImages();
  BOOST_TEST(Mixed(0).Images(images).is_same(images));
}

BOOST_AUTO_TEST_CASE(inside_its_box_an_image_is_another_and_outside_itself) {
  const auto mix = Mixed(1);
  const auto images = SomeImages(), result = mix.Images(images);
  const auto inside = mix.boxes().to(at::kBool).expand_as(images);
  const auto other = images.index_select(0, mix.partners());
  BOOST_TEST(result.masked_select(inside).equal(other.masked_select(inside)));
  BOOST_TEST(result.masked_select(~inside).equal(images.masked_select(~inside)));
  BOOST_TEST(std::get<0>(mix.partners().sort()).equal(at::arange(kCount)));
}

// The area of what is cut is uniform, a box is one, and it may lie anywhere.
BOOST_AUTO_TEST_CASE(boxes_are_rectangles_of_half_an_image_on_average) {
  at::Tensor seen = at::zeros({1, 8, 8});
  double area = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto boxes = Mixed(1, seed).boxes();
    area += boxes.mean().item<double>() / 20;
    seen = seen + boxes.sum(0);
    const auto rows = boxes.amax(3, true), columns = boxes.amax(2, true);
    BOOST_TEST((rows * columns).equal(boxes));
  }
  BOOST_TEST(area > 0.36);  // sides are rounded down: less than half
  BOOST_TEST(area < 0.48);
  BOOST_TEST(seen.min().item<double>() > 0);
}

BOOST_AUTO_TEST_CASE(labels_count_by_the_pixels_that_are_of_their_image) {
  const auto mix = Mixed(1);
  const auto logits = Normal(Rng(3), {kCount, 4});
  const auto labels = at::arange(kCount).remainder(4);
  double expected = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    const double share = mix.boxes()[i].sum().item<double>() / 64;
    const auto minus_log = [&](int64_t image) {
      return -at::log_softmax(logits[i], 0)[labels[image].item<int64_t>()].item<double>();
    };
    const auto partner = mix.partners()[i].item<int64_t>();
    expected += ((1 - share) * minus_log(i) + share * minus_log(partner)) / kCount;
  }
  BOOST_TEST(mix.CrossEntropy(logits, labels).item<double>() == expected,
             boost::test_tools::tolerance(1e-5));
}

}  // namespace dfkd::cut_mix_test
