#include "bench/core/image.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <numeric>
#include <sstream>

#include "bench/core/error.h"

namespace dfkd::image_test {

using Bytes = std::vector<uint8_t>;

// 7x5 grey, pixel i = 7i² + 13i modulo 256.
Image Sample() {
  Image image{7, 5, 1, {}};
  for (int i = 0; i < 35; ++i) image.pixels.push_back(static_cast<uint8_t>(i * i * 7 + i * 13));
  return image;
}

Image Grey(int64_t height, int64_t width, Bytes pixels) {
  return {height, width, 1, std::move(pixels)};
}

void RequireResized(const Image& image, int64_t height, int64_t width, const Bytes& expected) {
  const Image resized = Resize(image, height, width);
  BOOST_TEST(resized.height == height);
  BOOST_TEST(resized.width == width);
  BOOST_TEST(resized.pixels == expected, boost::test_tools::per_element());
}

// The expected values were computed in Python with exact fractions.
BOOST_AUTO_TEST_CASE(shrinking_averages_areas_exactly) {
  RequireResized(Sample(), 3, 4, {104, 91, 90, 131, 183, 157, 151, 165, 108, 158, 146, 132});
  RequireResized(Sample(), 1, 1, {135});
}

BOOST_AUTO_TEST_CASE(enlarging_one_side_and_shrinking_the_other_mixes_both_rules) {
  RequireResized(
      Sample(), 2, 9,
      {120, 120, 120, 126, 134, 109, 94, 118, 132, 139, 146, 158, 143, 122, 149, 169, 164, 160});
  RequireResized(Sample(), 10, 3,
                 {8,   57,  139, 99,  97, 128, 162, 133, 99,  128, 142, 44,  189, 179, 149,
                  201, 162, 210, 158, 95, 211, 143, 122, 173, 124, 146, 132, 108, 163, 98});
}

BOOST_AUTO_TEST_CASE(enlarging_interpolates_between_pixel_centres) {
  RequireResized(Grey(1, 2, {0, 100}), 1, 4, {0, 25, 75, 100});
  const Image larger = Resize(Sample(), 8, 11);
  const Bytes first_row(larger.pixels.begin(), larger.pixels.begin() + 11);
  BOOST_TEST(first_row == (Bytes{0, 4, 13, 23, 39, 54, 76, 98, 125, 153, 164}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(resizing_to_the_same_size_changes_nothing) {
  BOOST_TEST(Resize(Sample(), 7, 5).pixels == Sample().pixels);
  BOOST_TEST(NearestResize(Sample(), 7, 5).pixels == Sample().pixels);
}

BOOST_AUTO_TEST_CASE(a_flat_image_stays_flat_at_any_size) {
  const Image flat = Grey(13, 9, Bytes(13 * 9, 255));
  for (const int64_t side : {1, 2, 5, 9, 10, 31, 64}) {
    const Image resized = Resize(flat, side, 2 * side);
    BOOST_TEST((resized.pixels == Bytes(2 * side * side, 255)));
  }
}

BOOST_AUTO_TEST_CASE(channels_are_resized_apart) {
  Image colour{7, 5, 3, {}};
  for (const uint8_t pixel : Sample().pixels) {
    colour.pixels.insert(colour.pixels.end(), {pixel, static_cast<uint8_t>(255 - pixel), 7});
  }
  const Image small = Resize(colour, 3, 4), grey = Resize(Sample(), 3, 4);
  for (size_t i = 0; i < grey.pixels.size(); ++i) {
    BOOST_TEST(small.pixels[3 * i] == grey.pixels[i]);
    BOOST_TEST(small.pixels[3 * i + 2] == 7);
  }
}

BOOST_AUTO_TEST_CASE(nearest_takes_the_row_below_the_scaled_one) {
  BOOST_TEST(NearestResize(Grey(1, 4, {1, 2, 3, 4}), 1, 3).pixels == (Bytes{1, 2, 3}));
  BOOST_TEST(NearestResize(Grey(2, 1, {1, 2}), 5, 1).pixels == (Bytes{1, 1, 1, 2, 2}));
}

BOOST_AUTO_TEST_CASE(grey_is_luma_rounded_half_up) {
  const Image colour{1, 4, 3, {255, 255, 255, 255, 0, 0, 0, 255, 0, 1, 2, 4}};
  BOOST_TEST(ToGrey(colour).pixels == (Bytes{255, 76, 150, 2}));
  BOOST_TEST(ToGrey(Sample()).pixels == Sample().pixels);
}

BOOST_AUTO_TEST_CASE(impossible_sizes_are_refused) {
  BOOST_CHECK_THROW(Resize(Sample(), 0, 4), Error);
  BOOST_CHECK_THROW(Resize(Sample(), 4, 1 << 20), Error);
  BOOST_CHECK_THROW(NearestResize(Sample(), -1, 4), Error);
  BOOST_CHECK_THROW(Resize(Grey(2, 2, {1, 2, 3}), 4, 4), Error);
}

BOOST_AUTO_TEST_CASE(the_fingerprint_of_a_small_set_never_changes) {
  const LabelledImages train{{Sample(), Grey(1, 1, {9})}, {3, 0}}, test{{Grey(2, 1, {1, 2})}, {1}};
  BOOST_TEST(Fingerprint(train, test) ==
             "b688711165ebdcfda95ace9b5bbe02239465469b61130cc4a0b355d1d69a8785");
}

BOOST_AUTO_TEST_CASE(the_fingerprint_sees_pixels_labels_shapes_order_and_parts) {
  const LabelledImages train{{Grey(1, 2, {1, 2}), Grey(1, 2, {3, 4})}, {0, 1}}, none;
  const std::string original = Fingerprint(train, none);
  auto changed = train;
  changed.images[0].pixels[0] = 7;
  BOOST_TEST(Fingerprint(changed, none) != original);
  changed = train;
  changed.labels = {1, 0};
  BOOST_TEST(Fingerprint(changed, none) != original);
  changed = train;
  std::swap(changed.images[0].height, changed.images[0].width);
  BOOST_TEST(Fingerprint(changed, none) != original);
  BOOST_TEST(Fingerprint(none, train) != original);
}

BOOST_AUTO_TEST_CASE(images_of_equal_pixels_are_shared_whatever_their_labels) {
  const Image a = Grey(1, 2, {1, 2}), b = Grey(1, 2, {1, 3}), c = Grey(1, 2, {2, 1});
  BOOST_TEST(CountShared({{a, b}, {0, 1}}, {{b, c, b}, {0, 0, 1}}) == 2);
  BOOST_TEST(CountShared({}, {{a}, {0}}) == 0);
  BOOST_TEST(CountShared({{a}, {0}}, {}) == 0);
}

BOOST_AUTO_TEST_CASE(half_of_the_test_images_may_be_training_images_and_no_more) {
  const Image a = Grey(1, 2, {1, 2}), b = Grey(1, 2, {1, 3}), c = Grey(1, 2, {2, 1});
  const auto refusal = [&](const LabelledImages& test) -> std::string {
    try {
      RequireMostlyUnseen({{a, b}, {0, 1}}, test, "pets");
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  BOOST_TEST(refusal({{a, c}, {0, 0}}) == "");
  BOOST_TEST(refusal({{a, c, b}, {0, 0, 0}}) ==
             "data set pets: 2 of 3 test images are training images, too: at most half may be");
}

BOOST_AUTO_TEST_CASE(test_images_that_are_training_images_are_told_however_few) {
  const Image a = Grey(1, 2, {1, 2}), b = Grey(1, 2, {1, 3}), c = Grey(1, 2, {2, 1});
  const auto told_of = [&](const LabelledImages& test) {
    std::ostringstream told;
    const auto before = spdlog::default_logger();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
    RequireMostlyUnseen({{a}, {0}}, test, "pets");
    spdlog::set_default_logger(before);
    return told.str();
  };
  const auto told = told_of({{a, b, c}, {0, 1, 1}});
  BOOST_TEST(told.find("data set pets: 1 of 3 test images are training images, too") != told.npos);
  BOOST_TEST(told_of({{b, c}, {0, 1}}) == "");
}

}  // namespace dfkd::image_test
