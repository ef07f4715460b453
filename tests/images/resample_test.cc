// Against Pillow: values from tests/golden/resample.py. Pillow rounds between its two passes, so
// one level more or less is allowed.
#include "bench/images/resample.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>

#include "bench/io/jpeg.h"

namespace dfkd::resample_test {

using Values = std::vector<float>;

Image Picture() {
  Image image{30, 40, 3, {}};
  for (int y = 0; y < 30; ++y) {
    for (int x = 0; x < 40; ++x) {
      image.pixels.push_back((7 * x * x + 3 * y) % 256);
      image.pixels.push_back((11 * y * y + x * y) % 256);
      image.pixels.push_back((x * y * 5 + 13 * x) % 256);
    }
  }
  return image;
}

// `sum` of all values, the first fifteen, and six from the middle on.
void IsNear(const Values& values, double sum, const Values& first, const Values& middle) {
  const double found = std::accumulate(values.begin(), values.end(), 0.0);
  BOOST_TEST(std::abs(found - sum) < 0.1 * static_cast<double>(values.size()),
             found << " instead of " << sum);
  for (size_t i = 0; i < first.size(); ++i) BOOST_TEST(std::abs(values[i] - first[i]) <= 1);
  const size_t half = values.size() / 2;
  for (size_t i = 0; i < middle.size(); ++i) {
    BOOST_TEST(std::abs(values[half + i] - middle[i]) <= 1);
  }
}

BOOST_AUTO_TEST_SUITE(resample)

BOOST_AUTO_TEST_CASE(bicubic_is_that_of_pillow_enlarging_shrinking_and_leaving_alone) {
  IsNear(ResizeBicubic(Picture(), {3, 5, 9, 7}, 12), 56116,
         {75, 24, 111, 104, 27, 134, 160, 31, 163, 177, 35, 197, 22, 38, 253},
         {85, 213, 160, 114, 217, 212});
  IsNear(ResizeBicubic(Picture(), {0, 0, 40, 30}, 5), 9175,
         {87, 78, 91, 138, 99, 138, 148, 96, 128, 117, 87, 125, 129, 102, 132},
         {113, 131, 125, 126, 131, 165});
  IsNear(ResizeBicubic(Picture(), {10, 2, 25, 25}, 25), 230096,
         {194, 64, 230, 85, 66, 253, 246, 68, 20, 165, 70, 43, 98, 72, 66},
         {160, 34, 161, 174, 117, 234});
}

BOOST_AUTO_TEST_CASE(turns_and_shears_are_those_of_pillow) {
  const auto frame = ResizeBicubic(Picture(), {0, 0, 30, 30}, 30);
  IsNear(CutTurned(frame, 30, {0, 0}, 21, 21), 165172,
         {124, 192, 132, 187, 196, 165, 8, 200, 198, 99, 204, 231, 204, 208, 8},
         {48, 138, 81, 62, 221, 42});
  IsNear(CutTurned(frame, 30, {25, 0}, 21, 21), 162473,
         {32, 108, 32, 43, 136, 84, 66, 172, 131, 100, 208, 175, 145, 179, 183},
         {65, 142, 94, 60, 187, 53});
  IsNear(CutTurned(frame, 30, {0, -20}, 21, 21), 161218,
         {185, 207, 47, 91, 211, 35, 176, 215, 68, 110, 219, 101, 223, 223, 134},
         {50, 153, 73, 64, 189, 37});
  IsNear(CutTurned(frame, 30, {-17, 28}, 21, 21), 159981,
         {8, 24, 11, 26, 36, 35, 61, 48, 63, 113, 67, 94, 181, 87, 129},
         {70, 121, 84, 74, 188, 41});
}

BOOST_AUTO_TEST_CASE(what_lies_outside_of_the_frame_is_black) {
  const Values white(10 * 10 * 3, 255);
  const auto turned = CutTurned(white, 10, {30, 0}, 10, 10);
  BOOST_TEST(turned[0] == 0);                   // a corner
  BOOST_TEST(turned[(5 * 10 + 5) * 3] >= 254);  // the middle, truncated
}

BOOST_AUTO_TEST_CASE(a_picture_stored_as_jpeg_comes_back_as_from_pillow) {
  const Image stored = ParseJpeg(EncodeJpeg(Picture(), 75), "stored");
  IsNear({stored.pixels.begin(), stored.pixels.end()}, 435934,
         {15, 0, 4, 24, 0, 11, 48, 8, 34, 59, 0, 30, 110, 0, 51}, {73, 138, 80, 89, 158, 104});
  const Image grey{8, 9, 1, std::vector<uint8_t>(72, 77)};
  BOOST_TEST(ParseJpeg(EncodeJpeg(grey, 75), "grey").pixels == grey.pixels);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::resample_test
