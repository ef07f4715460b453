// Fewer grey levels: by hand, and against tests/golden/dither.py.
#include "bench/images/dither.h"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "bench/nn/random.h"

namespace dfkd::dither_test {

at::Tensor Plane(const std::vector<int64_t>& values, int64_t height, int64_t width) {
  return at::tensor(values, at::kLong).to(at::kByte).view({1, 1, height, width});
}

// Row 1: 100 -> 0, hands 43.75 right, so 143.75 -> 255, hands -48.67 right, so 51.33 -> 0. Row 2:
// 100 + 31.25 - 20.86 = 110.39 -> 0; 100 + 6.25 - 34.77 + 9.62 + 48.30 = 129.40 -> 255; 54.14 -> 0.
// Row 3: 110.95 -> 0; 126.34 -> 0; 164.34 -> 255.
BOOST_AUTO_TEST_CASE(three_by_three_pixels_of_100_are_dithered_as_by_hand) {
  const auto dithered = Dithered(Plane(std::vector<int64_t>(9, 100), 3, 3), 2);
  BOOST_TEST(dithered.equal(Plane({0, 255, 0, 0, 255, 0, 0, 0, 255}, 3, 3)));
}

BOOST_AUTO_TEST_CASE(a_ramp_is_dithered_as_in_exact_fractions) {
  std::vector<int64_t> ramp;
  for (int64_t y = 0; y < 5; ++y)
    for (int64_t x = 0; x < 7; ++x) ramp.push_back((37 * y + 29 * x + 5 * x * y) % 256);
  const auto image = Plane(ramp, 5, 7);
  const auto two =
      Plane({0,   0, 0, 0,   255, 0,   255, 0, 0, 255, 255, 0,   255, 255, 0, 255, 0,  255,
             255, 0, 0, 255, 0,   255, 255, 0, 0, 255, 255, 255, 255, 0,   0, 255, 255},
            5, 7);
  const auto eight =
      Plane({0,   36, 73, 73,  109, 146, 182, 36, 73, 109, 146, 182, 219, 219, 73, 109, 146, 182,
             219, 0,  73, 109, 146, 219, 255, 36, 73, 109, 146, 182, 255, 36,  73, 146, 182},
            5, 7);
  BOOST_TEST(Dithered(image, 2).equal(two));
  BOOST_TEST(Dithered(image, 8).equal(eight));
}

BOOST_AUTO_TEST_CASE(every_image_and_channel_is_dithered_by_itself) {
  const auto images = Integers(Rng(1), 256, {3, 2, 6, 5}).to(at::kByte);
  const auto before = images.clone();
  const auto all = Dithered(images, 4);
  BOOST_TEST(images.equal(before));
  for (int64_t i = 0; i < 3; ++i) {
    for (int64_t c = 0; c < 2; ++c) {
      const auto one = images.narrow(0, i, 1).narrow(1, c, 1);
      BOOST_TEST(Dithered(one, 4).equal(all.narrow(0, i, 1).narrow(1, c, 1)));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_nearest_level_is_taken_and_levels_stay_where_they_are) {
  const auto all = at::arange(256, at::kLong).to(at::kByte).view({1, 1, 16, 16});
  for (const int64_t levels : {2, 3, 8, 32, 255}) {
    const auto quantized = Quantized(all, levels);
    const auto spacing = 255.0 / static_cast<double>(levels - 1);
    const auto moved = (quantized.to(at::kInt) - all.to(at::kInt)).abs().max().item<int64_t>();
    BOOST_TEST(static_cast<double>(moved) <= spacing / 2 + 0.5);
    BOOST_TEST(std::get<0>(at::_unique(quantized)).numel() == levels);
    BOOST_TEST(Quantized(quantized, levels).equal(quantized));
    BOOST_TEST(Dithered(quantized, levels).equal(quantized));
  }
}

}  // namespace dfkd::dither_test
