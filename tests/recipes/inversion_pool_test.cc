// The pool of inverted images; pool quantisation of dfkd_methods 9.3.
#include "bench/recipes/inversion_pool.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "bench/nn/random.h"
#include "tests/methods/fakes.h"

namespace dfkd::inversion_pool_test {

// [n,3,8,8]; image i is filled with the value of a pixel first + i.
at::Tensor Flat(int64_t first, int64_t n) {
  const auto values = at::arange(first, first + n, at::kFloat).add(0.5).div(255);
  return values.view({n, 1, 1, 1}).expand({n, 3, 8, 8}).contiguous();
}

int64_t ValueOf(const at::Tensor& image) { return image.flatten()[0].item<int64_t>(); }

// Keeps what the teacher was asked.
class Recorder final : public FakeDistillContext {
 public:
  using FakeDistillContext::FakeDistillContext;
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps) override {
    seen.push_back(ToPixels(images, spec()));
    return FakeDistillContext::Teach(images, kd, round, grad, taps);
  }
  std::vector<at::Tensor> seen;  // uint8
};

struct Bench {
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-2", 1), student = MakeNet("vgg-s-2", 2);
  Recorder context{*teacher, *student, 4};
  Bench() { context.UseStudentOptimizer({}); }
};

BOOST_AUTO_TEST_SUITE(inversion_pool)

BOOST_AUTO_TEST_CASE(pixels_are_stored_as_255_times_their_value_truncated) {
  InversionPool pool;
  pool.Append(at::tensor({-0.5F, 0.F, 0.999F / 255, 1.5F / 255, 0.5F, 0.9999F, 1.F, 7.F})
                  .view({1, 1, 2, 4}));
  const auto expected = at::tensor({0, 0, 0, 1, 127, 254, 255, 255}).to(at::kByte);
  BOOST_TEST(at::equal(pool.images().flatten(), expected));
}

BOOST_AUTO_TEST_CASE(a_round_trip_through_the_pool_loses_at_most_a_255th) {
  const auto pixels = Uniform(Rng(1), {16, 3, 8, 8});
  InversionPool pool;
  pool.Append(pixels);
  const auto loss = pixels - pool.images().to(at::kFloat) / 255;
  BOOST_TEST(loss.min().item<double>() > -1e-6);
  BOOST_TEST(loss.max().item<double>() <= 1.0 / 255 + 1e-6);
}

BOOST_AUTO_TEST_CASE(it_grows_by_what_is_appended_and_knows_the_newest) {
  InversionPool pool;
  BOOST_TEST(!pool.images().defined());
  BOOST_TEST(!pool.Newest(3).defined());
  for (int64_t first = 0; first < 20; first += 4) pool.Append(Flat(first, 4));
  BOOST_TEST(pool.size() == 20);
  for (int64_t i = 0; i < 20; ++i) BOOST_TEST(ValueOf(pool.images()[i]) == i);
  BOOST_TEST(ValueOf(pool.Newest(3)[0]) == 17);
  BOOST_TEST(pool.Newest(100).size(0) == 20);
  pool.Clear();
  BOOST_TEST(pool.size() == 0);
  BOOST_TEST(!pool.images().defined());
}

BOOST_AUTO_TEST_CASE(its_state_replaces_a_pool_of_any_size) {
  InversionPool pool, smaller, empty;
  pool.Append(Flat(0, 4));
  pool.Append(Flat(4, 3));
  smaller.Append(Flat(100, 2));
  MemoryState state, nothing;
  pool.Visit(state, "pool");
  empty.Visit(nothing, "pool");
  state.loading = nothing.loading = true;
  for (auto* other : {&smaller, &empty}) {
    other->Visit(state, "pool");
    BOOST_TEST(at::equal(other->images(), pool.images()));
    other->Append(Flat(7, 1));
    BOOST_TEST(ValueOf(other->images()[7]) == 7);
  }
  pool.Visit(nothing, "pool");
  BOOST_TEST(pool.size() == 0);
}

BOOST_AUTO_TEST_CASE(the_best_offer_is_a_copy_of_what_came_with_the_lowest_cost) {
  BestOffer best;
  const auto images = at::full({2}, 1.F);
  for (const float cost : {3.F, 1.F, 2.F, std::numeric_limits<float>::quiet_NaN()}) {
    images.fill_(cost);
    best.Offer(at::tensor(cost), {images, images + 1});
  }
  BOOST_TEST(best.cost().item<float>() == 1);
  BOOST_TEST(at::equal(best.tensors()[0], at::full({2}, 1.F)));
  BOOST_TEST(at::equal(best.tensors()[1], at::full({2}, 2.F)));
}

BOOST_AUTO_TEST_CASE(a_first_offer_whose_cost_is_not_a_number_stays) {
  BestOffer best;
  best.Offer(at::tensor(std::nanf("")), {at::full({1}, 5.F)});
  best.Offer(at::tensor(-1.F), {at::full({1}, 6.F)});
  BOOST_TEST(best.tensors()[0].item<float>() == 5);
}

BOOST_FIXTURE_TEST_CASE(steps_use_every_image_once_before_any_comes_again, Bench) {
  InversionPool pool;
  pool.Append(Flat(0, 10));
  const PoolSteps options{.steps = 6, .batch_size = 4, .crop = 0, .flip = false, .kd = {}};
  DistilOnPool(context, pool.images(), options, 0);
  DistilOnPool(context, pool.images(), options, 1);
  BOOST_TEST_REQUIRE(context.seen.size() == 12U);
  std::set<std::vector<int64_t>> orders;
  for (size_t pass = 0; pass < 4; ++pass) {
    std::vector<int64_t> order;
    for (size_t i = 0; i < 3; ++i) {
      const auto& batch = context.seen[3 * pass + i];
      BOOST_TEST(batch.size(0) == (i < 2 ? 4 : 2));
      for (int64_t k = 0; k < batch.size(0); ++k) order.push_back(ValueOf(batch[k]));
    }
    BOOST_TEST((std::set<int64_t>(order.begin(), order.end()).size() == 10U));
    orders.insert(order);
  }
  BOOST_TEST(orders.size() == 4U);  // a fresh permutation each time
}

BOOST_FIXTURE_TEST_CASE(crops_bring_in_black_and_only_they, Bench) {
  InversionPool pool;
  pool.Append(at::ones({8, 3, 8, 8}));
  PoolSteps options{.steps = 4, .batch_size = 8, .crop = 2, .flip = true, .kd = {}};
  DistilOnPool(context, pool.images(), options, 0);
  const auto values = at::cat(context.seen);
  BOOST_TEST(values.eq(0).any().item<bool>());
  BOOST_TEST(values.eq(0).logical_or(values.eq(255)).all().item<bool>());
  context.seen.clear();
  options.crop = 0;
  DistilOnPool(context, pool.images(), options, 0);
  BOOST_TEST(at::cat(context.seen).eq(255).all().item<bool>());
}

BOOST_FIXTURE_TEST_CASE(a_rounds_steps_depend_on_the_round_and_the_images_alone, Bench) {
  InversionPool pool;
  pool.Append(Flat(0, 10));
  const PoolSteps options{.steps = 2, .batch_size = 4, .crop = 2, .flip = true, .kd = {}};
  DistilOnPool(context, pool.images(), options, 3);
  Bench other;
  DistilOnPool(other.context, pool.images(), options, 0);
  DistilOnPool(other.context, pool.images(), options, 3);
  BOOST_TEST(at::equal(context.seen[1], other.context.seen[3]));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::inversion_pool_test
