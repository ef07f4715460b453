#include "bench/images/pixel.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"

namespace dfkd::pixel_test {

at::Tensor Bytes(std::vector<int64_t> values) {
  return at::tensor(values, at::kLong).to(at::kByte).view({1, 1, 1, -1});
}

int64_t Blended(int64_t pixel, int64_t asset, double alpha, Rounding rounding) {
  return BlendAsset(Bytes({pixel}), Bytes({asset})[0], alpha, rounding).item<int64_t>();
}

BOOST_AUTO_TEST_SUITE(pixel)

BOOST_AUTO_TEST_CASE(halves_are_rounded_up_or_cut_off_exactly) {
  BOOST_TEST(Blended(0, 5, 0.1, Rounding::kHalfUp) == 1);       // 0.5; binary fractions miss it
  BOOST_TEST(Blended(0, 15, 0.1, Rounding::kHalfUp) == 2);      // 1.5
  BOOST_TEST(Blended(0, 14, 0.1, Rounding::kHalfUp) == 1);      // 1.4
  BOOST_TEST(Blended(0, 19, 0.1, Rounding::kTruncate) == 1);    // 1.9
  BOOST_TEST(Blended(10, 10, 0.3, Rounding::kTruncate) == 10);  // 7 + 3, not 9.999…
}

BOOST_AUTO_TEST_CASE(blending_with_zero_is_the_image_and_with_one_the_asset) {
  const auto all = at::arange(256, at::kLong).to(at::kByte).view({1, 1, 1, -1});
  const auto asset = all.flip({3})[0];
  for (const auto rounding : {Rounding::kHalfUp, Rounding::kTruncate}) {
    BOOST_TEST(at::equal(BlendAsset(all, asset, 0, rounding), all));
    BOOST_TEST(at::equal(BlendAsset(all, asset, 1, rounding)[0], asset));
    BOOST_TEST(at::equal(BlendAsset(all, all[0], 0.37, rounding), all));
  }
}

BOOST_AUTO_TEST_CASE(addition_saturates) {
  const auto sum = AddAsset(Bytes({0, 100, 200, 255}), Bytes({0, 55, 60, 255})[0]);
  BOOST_TEST(at::equal(sum, Bytes({0, 155, 255, 255})));
}

BOOST_AUTO_TEST_CASE(scaling_counts_in_millionths_and_saturates) {
  const auto asset = Bytes({0, 5, 10, 200})[0];
  BOOST_TEST(
      at::equal(Scaled(asset, 0.1, Rounding::kHalfUp).to(at::kByte), Bytes({0, 1, 1, 20})[0]));
  BOOST_TEST(
      at::equal(Scaled(asset, 0.1, Rounding::kTruncate).to(at::kByte), Bytes({0, 0, 1, 20})[0]));
  BOOST_TEST(Scaled(asset, 200, Rounding::kHalfUp).max().item<int64_t>() == 255);
}

BOOST_AUTO_TEST_CASE(a_patch_that_does_not_fit_is_an_error) {
  const auto images = at::zeros({1, 1, 4, 4}, at::kByte);
  const auto patch = at::full({1, 4, 4}, 255, at::kByte);
  BOOST_TEST(OverwriteCorner(images, patch, 0).sum().item<int64_t>() == 16 * 255);
  BOOST_CHECK_THROW(OverwriteCorner(images, patch, 1), Error);
}

BOOST_AUTO_TEST_CASE(images_become_planes) {
  const auto planes = ToTensor({1, 2, 3, {1, 2, 3, 4, 5, 6}});
  BOOST_TEST(planes.sizes() == at::IntArrayRef({3, 1, 2}));
  BOOST_TEST(at::equal(planes.flatten(), at::tensor({1, 4, 2, 5, 3, 6}).to(at::kByte)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::pixel_test
