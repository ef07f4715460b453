// Differentiable views; the crop and flip gradient check of dfkd_methods 9.3.
#include "bench/images/views.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd::views_test {

ImageSpec Spec(int64_t height, int64_t width) {
  return {.channels = 2, .height = height, .width = width, .classes = 10};
}

// [N,2,H,W] whose value grows by `down` a row and by `right` a column: bilinear reads are exact.
at::Tensor Slope(int64_t n, const ImageSpec& spec, double down, double right) {
  const auto rows = at::arange(spec.height, at::kDouble).view({1, 1, spec.height, 1});
  const auto columns = at::arange(spec.width, at::kDouble).view({1, 1, 1, spec.width});
  return (rows * down + columns * right).expand({n, 2, spec.height, spec.width}).contiguous();
}

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(a_crop_is_a_window_of_the_padded_image_or_its_mirror_image) {
  const auto spec = Spec(6, 7);
  const auto images = Uniform(Rng(1), {40, 2, 6, 7}).add(1);
  const auto padded = at::constant_pad_nd(images, {2, 2, 2, 2});
  int64_t mirrored = 0;
  for (const bool flip : {false, true}) {
    const auto seen = Seen(images, CropView(Rng(2), 40, spec, 2, flip));
    for (int64_t i = 0; i < 40; ++i) {
      int64_t plain = 0, mirror = 0;
      for (int64_t k = 0; k < 25; ++k) {
        const auto window = padded[i].slice(1, k / 5, k / 5 + 6).slice(2, k % 5, k % 5 + 7);
        plain += at::equal(window, seen[i]);
        mirror += at::equal(window.flip({2}), seen[i]);
      }
      BOOST_TEST(plain + mirror == 1);
      mirrored += mirror;
      if (!flip) BOOST_TEST(mirror == 0);
    }
  }
  BOOST_TEST((mirrored > 8 && mirrored < 32));
}

BOOST_AUTO_TEST_CASE(without_padding_and_flip_a_crop_is_the_image) {
  const auto images = Uniform(Rng(1), {3, 2, 5, 4});
  BOOST_TEST(at::equal(Seen(images, CropView(Rng(2), 3, Spec(5, 4), 0, false)), images));
}

// By hand: rows 0, 1.5, 3 and columns 1, 1.5, 2 of a slope of 10 a row and 1 a column.
BOOST_AUTO_TEST_CASE(between_pixels_a_view_interpolates_and_outside_it_is_black) {
  const auto slope = Slope(1, Spec(4, 4), 10, 1).slice(1, 0, 1);
  const View view{at::tensor({0.F, 1.5F, 3.F, 5.F}).unsqueeze(0),
                  at::tensor({1.F, 1.5F, 2.F, -1.F}).unsqueeze(0)};
  const auto expected =
      at::tensor({1., 1.5, 2., 0., 16., 16.5, 17., 0., 31., 31.5, 32., 0., 0., 0., 0., 0.},
                 at::kDouble)
          .view({1, 1, 4, 4});
  BOOST_TEST(at::allclose(Seen(slope, view), expected, 0, 1e-6));
}

BOOST_AUTO_TEST_CASE(a_resized_crop_is_a_box_inside_the_image_stretched_to_its_size) {
  const auto spec = Spec(32, 32);
  const int64_t n = 300;
  const auto view = ResizedCropView(Rng(3), n, spec, {}, true);
  const auto ends = [](const at::Tensor& places) { return places.slice(1, 0, 32, 31); };
  const auto tall = (ends(view.rows).select(1, 1) - ends(view.rows).select(1, 0)) + 1;
  const auto wide = (ends(view.columns).select(1, 1) - ends(view.columns).select(1, 0)).abs() + 1;
  BOOST_TEST(view.rows.min().item<float>() >= 0);
  BOOST_TEST(view.columns.min().item<float>() >= 0);
  BOOST_TEST(view.rows.max().item<float>() <= 31);
  BOOST_TEST(view.columns.max().item<float>() <= 31);
  const auto share = tall * wide / 1024, ratio = wide / tall;
  BOOST_TEST((share.min().item<float>() > 0.23F && share.max().item<float>() <= 1));
  BOOST_TEST(share.max().item<float>() > 0.8F);
  BOOST_TEST((ratio.min().item<float>() > 0.70F && ratio.max().item<float>() < 1.42F));
  const auto mirrored = view.columns.select(1, 0).gt(view.columns.select(1, 31)).sum();
  BOOST_TEST((mirrored.item<int64_t>() > 100 && mirrored.item<int64_t>() < 200));
  const auto places = view.rows.unsqueeze(2) * 10 + view.columns.unsqueeze(1);  // [N,H,W]
  const auto seen = Seen(Slope(n, spec, 10, 1), view).select(1, 0);
  BOOST_TEST((seen - places).abs().max().item<double>() < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_stream_decides_a_view) {
  const auto spec = Spec(16, 16);
  const auto rows = [&](uint64_t seed) {
    return ResizedCropView(Rng(seed), 8, spec, {}, true).rows;
  };
  BOOST_TEST(at::equal(rows(1), rows(1)));
  BOOST_TEST(!at::equal(rows(1), rows(2)));
  BOOST_TEST(!at::equal(rows(1)[0], rows(1)[1]));
}

// Central differences in double precision.
void CheckGradient(const View& view) {
  const auto images = Normal(Rng(4), {2, 2, 6, 5}).to(at::kDouble).requires_grad_(true);
  const auto weights = Normal(Rng(5), {2, 2, 6, 5}).to(at::kDouble);
  const auto loss = [&](const at::Tensor& x) { return (Seen(x, view).square() * weights).sum(); };
  const auto gradient = Gradients(loss(images), {images})[0].flatten();
  const double step = 1e-5;
  for (int64_t i = 0; i < images.numel(); ++i) {
    const auto shift = at::zeros_like(images).detach();
    shift.view({-1})[i] = step;
    const auto x = images.detach();
    const double slope = (loss(x + shift) - loss(x - shift)).item<double>() / (2 * step);
    BOOST_TEST(std::abs(gradient[i].item<double>() - slope) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_crop_flip_and_resized_crop_agree_with_differences) {
  const auto spec = Spec(6, 5);
  CheckGradient(CropView(Rng(6), 2, spec, 2, true));
  CheckGradient(CropView(Rng(7), 2, spec, 2, false));
  CheckGradient(ResizedCropView(Rng(8), 2, spec, {}, true));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::views_test
