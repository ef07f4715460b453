#include "bench/images/banks.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "bench/images/leaves.h"
#include "bench/images/textures.h"
#include "tests/golden/golden.h"

namespace dfkd::banks_test {

BOOST_AUTO_TEST_SUITE(banks)

BOOST_AUTO_TEST_CASE(a_bank_is_repeatable_and_depends_on_its_seed) {
  for (const std::string kind : {"solids", "solids_mix"}) {
    for (const ImageSpec& spec : golden::Specs()) {
      const auto bank = MakeBank(kind, 24, spec, Rng(1));
      BOOST_TEST(bank.sizes() == at::IntArrayRef({24, spec.channels, spec.height, spec.width}));
      BOOST_TEST((bank.scalar_type() == at::kByte));
      BOOST_TEST(at::equal(bank, MakeBank(kind, 24, spec, Rng(1))), kind);
      BOOST_TEST(!at::equal(bank, MakeBank(kind, 24, spec, Rng(2))), kind);
    }
  }
}

BOOST_AUTO_TEST_CASE(solids_stand_on_black_and_hardly_any_is_empty) {
  const auto bank = MakeBank("solids", 600, golden::Spec(28, 28, 1), Rng(1));  // more than a block
  const auto black = bank.eq(0).to(at::kFloat).mean({1, 2, 3});
  BOOST_TEST(black.mean().item<float>() > 0.3F);
  BOOST_TEST(black.mean().item<float>() < 0.9F);
  BOOST_TEST(black.eq(1).sum().item<int64_t>() < 6);  // a hole may swallow all that was before
}

BOOST_AUTO_TEST_CASE(textures_fill_the_range_without_a_preferred_brightness) {
  const auto textures = FractalTextures(Rng(1), 201, 32, 32);
  BOOST_TEST(textures.sizes() == at::IntArrayRef({201, 32, 32}));
  BOOST_TEST(textures.min().item<float>() >= 0.F);
  BOOST_TEST(textures.max().item<float>() <= 1.F);
  BOOST_TEST(std::abs(textures.mean().item<float>() - 0.5F) < 0.05F);
}

double ShareOfGround(const LeavesOptions& options) {
  const Image canvas = DrawLeaves(Rng(1), options);
  int64_t untouched = 0;
  for (size_t i = 0; i < canvas.pixels.size(); i += 3) {
    untouched +=
        canvas.pixels[i] == 128 && canvas.pixels[i + 1] == 128 && canvas.pixels[i + 2] == 128;
  }
  return static_cast<double>(untouched) / static_cast<double>(options.height * options.width);
}

// The bank's 6,000 shapes are 2.6 canvases: e^-2.6 = 7 % of the ground stays.
BOOST_AUTO_TEST_CASE(leaves_leave_little_of_the_ground_and_many_leave_none) {
  BOOST_TEST(ShareOfGround({.channels = 3}) < 0.12);
  BOOST_TEST(ShareOfGround({.height = 96, .width = 128, .channels = 3}) < 1e-3);
}

BOOST_AUTO_TEST_CASE(a_crop_of_leaves_depends_on_its_index_alone) {
  const auto spec = golden::Spec(32, 32, 3);
  const auto many = CropLeaves(Rng(4), 24, spec);
  BOOST_TEST(at::equal(many.slice(0, 0, 8), CropLeaves(Rng(4), 8, spec)));
}

BOOST_AUTO_TEST_CASE(an_unknown_bank_lists_the_known_ones) {
  BOOST_CHECK_EXCEPTION(MakeBank("photos", 1, golden::Spec(28, 28, 1), Rng(1)), Error,
                        [](const Error& error) {
                          return std::string(error.what()).find("solids_mix") != std::string::npos;
                        });
}

// Solids are drawn in blocks of 512: none is left out.
BOOST_AUTO_TEST_CASE(a_mixed_bank_of_thousands_of_images_is_filled_to_the_last) {
  const auto bank = MakeBank("solids_mix", 8000, golden::Spec(28, 28, 1), Rng(1));
  BOOST_TEST(bank.size(0) == 8000);
  const auto textured = bank.amax({1, 2, 3}).ne(bank.amin({1, 2, 3})).to(at::kFloat);
  for (const auto& part : textured.split(500)) BOOST_TEST(part.mean().item<float>() > 0.9F);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::banks_test
