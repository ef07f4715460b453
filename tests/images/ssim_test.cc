// SSIM by hand where it has a closed form, and against SciPy.
#include "bench/images/ssim.h"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

namespace dfkd::ssim_test {

namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(ssim)

BOOST_AUTO_TEST_CASE(equal_images_are_perfectly_similar) {
  const auto image = at::arange(2 * 3 * 12 * 11, at::kLong).remainder(251).to(at::kByte);
  const auto images = image.view({2, 3, 12, 11});
  BOOST_TEST(Ssim(images, images).sub(1).abs().max().item<double>() < 1e-12);
}

// Without contrast only the means count: (2 a b + C1) / (a^2 + b^2 + C1), C1 = 2.55^2.
BOOST_AUTO_TEST_CASE(grey_images_are_as_similar_as_their_means) {
  const auto grey = [](int64_t value) { return at::full({1, 1, 16, 16}, value, at::kByte); };
  const double c1 = 2.55 * 2.55;
  BOOST_TEST(Ssim(grey(100), grey(150)).item<double>() ==
                 (2 * 100.0 * 150 + c1) / (100.0 * 100 + 150.0 * 150 + c1),
             tools::tolerance(1e-9));
}

// Window by window a picture and its negative have means 127.5 + d and 127.5 - d; a chessboard has
// d near 0, variance 127.5^2 and the opposite covariance: (C2 - 2 v) / (C2 + 2 v).
BOOST_AUTO_TEST_CASE(a_chessboard_and_its_negative_are_opposites) {
  const auto rows = at::arange(16, at::kLong);
  const auto board = ((rows.view({16, 1}) + rows) % 2 * 255).to(at::kByte).view({1, 1, 16, 16});
  const double c2 = 7.65 * 7.65, v = 127.5 * 127.5;
  BOOST_TEST(Ssim(board, 255 - board).item<double>() == (c2 - 2 * v) / (c2 + 2 * v),
             tools::tolerance(1e-3));
}

// scipy.ndimage.gaussian_filter(sigma 1.5, truncate 3.5) of the same formulas in float64, borders
// of five pixels cut: scikit-image's structural_similarity(gaussian_weights=True).
BOOST_AUTO_TEST_CASE(it_agrees_with_scipy) {
  const auto i = at::arange(16, at::kLong).view({16, 1}), j = at::arange(14, at::kLong);
  std::vector<at::Tensor> clean, changed;
  for (int64_t c = 0; c < 3; ++c) {
    const auto x = (7 * i * i + 13 * j + 5 * i * j + 60 * c) % 256;
    clean.push_back(x);
    changed.push_back((x + (3 * i + 5 * j + c) % 41 - 20).clamp(0, 255));
  }
  const auto x = at::stack(clean).to(at::kByte), y = at::stack(changed).to(at::kByte);
  BOOST_TEST(Ssim(x.unsqueeze(0), y.unsqueeze(0)).item<double>() == 0.9905147872181145,
             tools::tolerance(1e-9));
  const auto of_channels = Ssim(x.unsqueeze(1), y.unsqueeze(1));
  const double expected[] = {0.9902068879662015, 0.9906029044907511, 0.9907345691973909};
  for (int64_t c = 0; c < 3; ++c)
    BOOST_TEST(of_channels[c].item<double>() == expected[c], tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(images_smaller_than_the_window_have_none) {
  BOOST_TEST(HasSsim(at::zeros({1, 3, 11, 11}, at::kByte)));
  BOOST_TEST(!HasSsim(at::zeros({1, 3, 10, 32}, at::kByte)));
  BOOST_TEST(!HasSsim(at::zeros({1, 3, 32, 10}, at::kByte)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::ssim_test
