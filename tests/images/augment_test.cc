#include "bench/images/augment.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>

#include "bench/images/jitter.h"
#include "bench/nn/random.h"

namespace dfkd::augment_test {

// Image i is filled with the value i.
at::Tensor Flat(int64_t n) {
  return at::arange(n, at::kFloat).view({n, 1, 1, 1}).expand({n, 2, 12, 10}).contiguous();
}

BOOST_AUTO_TEST_SUITE(augment)

BOOST_AUTO_TEST_CASE(cutmix_pastes_the_same_box_of_one_partner_into_every_image) {
  const auto images = Flat(16);
  int64_t pasted = 0;
  for (int64_t round = 0; round < 50; ++round) {
    const auto mixed = CutMix(images, Rng(1).Fork("cutmix", round), 0.25);
    BOOST_TEST(at::equal(mixed, CutMix(images, Rng(1).Fork("cutmix", round), 0.25)));
    const auto foreign = mixed.ne(images);  // where a partner is another image
    const auto box = foreign.any(0);        // [C,H,W]
    const auto rows = box[0].any(1).sum().item<int64_t>();
    const auto columns = box[0].any(0).sum().item<int64_t>();
    BOOST_TEST(box[0].sum().item<int64_t>() == rows * columns);  // a rectangle
    BOOST_TEST(at::equal(box[0], box[1]));
    // Never more than 1 - lambda of the image; edges of the image cut it.
    Rng stream = Rng(1).Fork("cutmix", round);
    BOOST_TEST(rows * columns <= (1 - stream.Beta(0.25, 0.25)) * 120);
    pasted += rows * columns > 0;
  }
  BOOST_TEST(pasted > 25);
  BOOST_TEST(at::equal(images, Flat(16)));
}

BOOST_AUTO_TEST_CASE(flips_mirror_all_images_or_each_alone) {
  const auto images = Uniform(Rng(1), {64, 1, 4, 5});
  int64_t batches = 0;
  for (int64_t round = 0; round < 100; ++round) {
    const auto flipped = FlipBatch(images, Rng(2).Fork("flip", round));
    const bool mirrored = at::equal(flipped, images.flip({3}));
    BOOST_TEST((mirrored || at::equal(flipped, images)));
    batches += mirrored;
  }
  BOOST_TEST((batches > 30 && batches < 70));
  const auto each = FlipEach(images, Rng(3));
  const auto changed = each.ne(images).flatten(1).any(1).sum().item<int64_t>();
  BOOST_TEST((changed > 16 && changed < 48));
  BOOST_TEST(at::equal(at::where(each.eq(images), images, images.flip({3})), each));
}

BOOST_AUTO_TEST_CASE(a_random_crop_is_a_window_of_the_padded_image) {
  const auto images = Uniform(Rng(1), {8, 2, 6, 7}).add(1);
  const auto fill = at::tensor({-1.F, -2.F});
  const auto cropped = RandomCrop(images, Rng(2), 2, fill);
  BOOST_TEST(cropped.sizes() == images.sizes());
  const auto padded = at::empty({8, 2, 10, 11});
  padded.copy_(fill.view({1, 2, 1, 1}));
  padded.slice(2, 2, 8).slice(3, 2, 9).copy_(images);
  for (int64_t i = 0; i < 8; ++i) {
    int64_t matches = 0;
    for (int64_t k = 0; k < 25; ++k) {
      const auto window = padded[i].slice(1, k / 5, k / 5 + 6).slice(2, k % 5, k % 5 + 7);
      matches += at::equal(window, cropped[i]);
    }
    BOOST_TEST(matches == 1);
  }
}

BOOST_AUTO_TEST_CASE(bytes_are_cropped_and_flipped_as_other_numbers_are) {
  const auto bytes = Integers(Rng(4), 256, {16, 3, 6, 7}).to(at::kByte);
  const auto turned = bytes.transpose(2, 3).contiguous().transpose(2, 3);
  const auto fill = at::tensor({7, 8, 9}, at::kByte);
  for (const int64_t padding : {0, 1, 4, 11}) {  // also beyond the image
    const auto expected = RandomCrop(bytes.to(at::kInt), Rng(2), padding, fill).to(at::kByte);
    BOOST_TEST(RandomCrop(bytes, Rng(2), padding, fill).equal(expected));
    BOOST_TEST(RandomCrop(turned, Rng(2), padding, fill).equal(expected));
  }
  const auto expected = FlipEach(bytes.to(at::kInt), Rng(3)).to(at::kByte);
  BOOST_TEST(FlipEach(bytes, Rng(3)).equal(expected));
  BOOST_TEST(FlipEach(turned, Rng(3)).equal(expected));
}

BOOST_AUTO_TEST_CASE(a_roll_keeps_every_pixel) {
  const auto images = Uniform(Rng(1), {3, 1, 5, 5});
  const auto rolled = RollBatch(images, Rng(2), 2);
  BOOST_TEST(
      at::equal(std::get<0>(rolled.flatten(1).sort(1)), std::get<0>(images.flatten(1).sort(1))));
}

BOOST_AUTO_TEST_CASE(colour_jitter_of_strength_zero_is_the_identity_and_hue_keeps_grey) {
  const std::vector<float> colours = {10, 200, 30, 250, 0, 120, 60, 60, 60, 255, 255, 0};
  auto same = colours;
  Rng rng(1);
  ColourJitter(rng, {0, 0, 0, 0}, same);
  for (size_t i = 0; i < colours.size(); ++i) BOOST_TEST(std::abs(same[i] - colours[i]) < 1e-2F);
  auto turned = colours;
  ColourJitter(rng, {0, 0, 0, 0.1}, turned);
  BOOST_TEST(std::abs(turned[6] - 60) < 1e-2F);
  BOOST_TEST(turned[0] != colours[0]);
  BOOST_TEST(std::abs(*std::max_element(turned.begin(), turned.begin() + 3) - 200) < 1e-2F);
  BOOST_TEST(std::abs(*std::min_element(turned.begin(), turned.begin() + 3) - 10) < 1e-2F);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::augment_test
