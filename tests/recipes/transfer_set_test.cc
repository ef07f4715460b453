#include "bench/recipes/transfer_set.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/images/patches.h"
#include "bench/io/file.h"
#include "bench/io/png.h"
#include "bench/nn/classifier.h"
#include "bench/nn/random.h"
#include "tests/golden/golden.h"

namespace dfkd::transfer_set_test {

class Silent final : public Progress {
 public:
  bool Wants(int64_t) const override { return false; }
  void Scalar(const std::string&, double, int64_t) override {}
  void Tick(int64_t, int64_t) override {}
};

const ImageSpec kGrey = golden::Spec(28, 28, 1);

Split MakeSet(const Json& recipe, const ImageSpec& spec, uint64_t seed,
              const Classifier* teacher = nullptr, const Split* train = nullptr) {
  Silent progress;
  TransferSetContext context{teacher, train, spec, Rng(seed), at::kCPU, progress};
  return MakeTransferSet(recipe, context);
}

at::Tensor Counts(const Classifier& teacher, const at::Tensor& images) {
  return at::bincount(teacher.Logits(Normalize(images, teacher.spec())).argmax(1), {}, 10);
}

BOOST_AUTO_TEST_SUITE(transfer_set)

BOOST_AUTO_TEST_CASE(recipes_say_what_the_planner_must_know) {
  for (const Json& recipe :
       {BankRecipe{}.ToJson(), PatchRecipe{}.ToJson(), CleanSubsetRecipe{}.ToJson()}) {
    for (const char* key : {"recipe", "revision", "needs_teacher", "needs_train", "options"}) {
      BOOST_TEST(recipe.contains(key), key);
    }
  }
  BOOST_TEST(BankRecipe{}.ToJson().at("needs_teacher") == true);
  BOOST_TEST(BankRecipe{.balance = false}.ToJson().at("needs_teacher") == false);
  BOOST_TEST(CleanSubsetRecipe{}.ToJson().at("needs_train") == true);
  BOOST_TEST(BankRecipe{}.ToJson() != BankRecipe{.count = 7}.ToJson());
}

BOOST_AUTO_TEST_CASE(an_unknown_recipe_lists_the_known_ones) {
  BOOST_CHECK_EXCEPTION(MakeSet({{"recipe", "photos"}}, kGrey, 1), Error, [](const Error& error) {
    return std::string(error.what()).find("clean_subset") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(balancing_draws_the_teachers_classes_about_equally_and_repeats) {
  Classifier teacher("vgg-s-16", kGrey);
  teacher.Initialize(Rng(3));
  teacher.Freeze();
  const auto plain = MakeSet(BankRecipe{.count = 3000, .balance = false}.ToJson(), kGrey, 1);
  const Json recipe = BankRecipe{.count = 3000, .balance = true}.ToJson();
  const auto balanced = MakeSet(recipe, kGrey, 1, &teacher);
  BOOST_TEST(balanced.images.sizes() == plain.images.sizes());
  BOOST_TEST(!balanced.labels.defined());
  BOOST_TEST(at::equal(balanced.images, MakeSet(recipe, kGrey, 1, &teacher).images));
  // Classes of at least 20 images share what the rare ones leave.
  const auto before = Counts(teacher, plain.images), after = Counts(teacher, balanced.images);
  const auto share = before.clamp_max(20).to(at::kDouble).div(20);
  const auto expected = share.div(share.sum()).mul(3000);
  BOOST_TEST((after - expected).abs().max().item<double>() < 6 * std::sqrt(3000.0 / 4));
  BOOST_TEST(after.max().item<int64_t>() < before.max().item<int64_t>());
}

BOOST_AUTO_TEST_CASE(a_clean_subset_is_a_seeded_share_without_repetition) {
  const Split train{Integers(Rng(1), 256, {100, 1, 28, 28}).to(at::kByte), at::arange(100)};
  const Json recipe = CleanSubsetRecipe{.share = 0.2}.ToJson();
  const Split subset = MakeSet(recipe, kGrey, 1, nullptr, &train);
  BOOST_TEST(subset.images.size(0) == 20);
  BOOST_TEST(std::get<0>(at::_unique(subset.labels)).size(0) == 20);
  BOOST_TEST(at::equal(subset.images, train.images.index_select(0, subset.labels)));
  BOOST_TEST(at::equal(subset.labels, MakeSet(recipe, kGrey, 1, nullptr, &train).labels));
  BOOST_TEST(!at::equal(subset.labels, MakeSet(recipe, kGrey, 2, nullptr, &train).labels));
}

// In binary 0.29 * 100 is 28.999…
BOOST_AUTO_TEST_CASE(a_clean_subset_has_its_share_as_it_is_written) {
  const Split train{at::zeros({100, 1, 28, 28}, at::kByte), at::arange(100)};
  const Json recipe = CleanSubsetRecipe{.share = 0.29}.ToJson();
  BOOST_TEST(MakeSet(recipe, kGrey, 1, nullptr, &train).images.size(0) == 29);
}

BOOST_AUTO_TEST_CASE(patches_are_seeded_and_fit_the_data_set) {
  for (const ImageSpec& spec : golden::Specs()) {
    const Json recipe = PatchRecipe{.count = 12}.ToJson();
    const auto patches = MakeSet(recipe, spec, 1).images;
    BOOST_TEST(patches.sizes() == at::IntArrayRef({12, spec.channels, spec.height, spec.width}));
    BOOST_TEST(at::equal(patches, MakeSet(recipe, spec, 1).images));
    BOOST_TEST(!at::equal(patches, MakeSet(recipe, spec, 2).images));
  }
}

BOOST_AUTO_TEST_CASE(patches_of_a_flat_picture_are_flat_but_for_black_corners) {
  const Image flat{200, 300, 1, std::vector<uint8_t>(60000, 90)};
  const auto patches = CutPatches(flat, Rng(1), 60, golden::Spec(32, 32, 3));
  const auto centre = patches.slice(2, 12, 20).slice(3, 12, 20).flatten(1).to(at::kFloat);
  BOOST_TEST(centre.std(1).max().item<float>() < 1e-3F);
  BOOST_TEST(centre.max().item<float>() <= 181.F);
  BOOST_TEST(patches.eq(0).any().item<bool>());
}

BOOST_AUTO_TEST_CASE(patches_come_from_the_users_file_if_its_checksum_is_right) {
  const std::string png = EncodePng({80, 80, 1, std::vector<uint8_t>(6400, 50)});
  WriteFileAtomically("picture.png", png);
  const auto set = MakeSet(PatchRecipe{"picture.png", Sha256Hex(png), 4}.ToJson(), kGrey, 1);
  BOOST_TEST(set.images.size(0) == 4);
  const auto wrong = PatchRecipe{"picture.png", std::string(64, '0'), 4}.ToJson();
  BOOST_CHECK_THROW(MakeSet(wrong, kGrey, 1), Error);
  WriteFileAtomically("small.png", EncodePng({20, 20, 1, std::vector<uint8_t>(400, 50)}));
  BOOST_CHECK_THROW(MakeSet(PatchRecipe{"small.png", "", 4}.ToJson(), kGrey, 1), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::transfer_set_test
