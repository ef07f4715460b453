#include "bench/recipes/static_attack.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

namespace dfkd::static_attack_test {

BOOST_AUTO_TEST_SUITE(static_attack)

// Without values, and like a GPU not the CPU.
BOOST_AUTO_TEST_CASE(an_operation_is_given_the_asset_where_the_images_are) {
  const auto images = at::empty({2, 3, 8, 8}, at::TensorOptions(at::kByte).device(at::kMeta));
  at::Tensor given;
  const TriggerRecipe recipe = {.asset = Image{1, 1, 1, {255}},
                                .operation = [&](const at::Tensor& all, const at::Tensor& asset) {
                                  given = asset;
                                  return all;
                                }};
  const RecipeAttack attack(PoisonOptions{}, recipe);
  attack.Trigger(images);
  BOOST_TEST(given.is_meta());
  attack.Trigger(at::zeros({2, 3, 8, 8}, at::kByte));
  BOOST_TEST(given.is_cpu());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::static_attack_test
