#include "bench/recipes/batches.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>

namespace dfkd::batches_test {

BOOST_AUTO_TEST_SUITE(batches)

BOOST_AUTO_TEST_CASE(epochs_visit_every_image_once_and_replacement_does_not) {
  Batches epochs("epochs_with_rest", 7, 20);
  BOOST_TEST(epochs.per_epoch() == 3);
  std::vector<at::Tensor> rows;
  for (int64_t round = 3; round < 6; ++round) rows.push_back(epochs.Rows(Rng(1), round, at::kCPU));
  BOOST_TEST(rows.back().size(0) == 6);
  BOOST_TEST(at::equal(std::get<0>(at::cat(rows).sort()), at::arange(20)));
  BOOST_TEST(Batches("epochs", 7, 20).per_epoch() == 2);
  BOOST_TEST(Batches("epochs", 64, 20).Rows(Rng(1), 5, at::kCPU).size(0) == 20);
  BOOST_TEST(Batches("replacement", 64, 20).Rows(Rng(1), 5, at::kCPU).size(0) == 64);
}

BOOST_AUTO_TEST_CASE(a_rest_of_one_image_is_dropped) {
  Batches batches("epochs_with_rest", 7, 22);
  BOOST_TEST(batches.per_epoch() == 3);
  for (int64_t round = 0; round < 6; ++round)
    BOOST_TEST(batches.Rows(Rng(1), round, at::kCPU).size(0) == 7);
  BOOST_TEST(Batches("epochs_with_rest", 1, 5).per_epoch() == 5);
  BOOST_TEST(Batches("epochs_with_rest", 7, 1).Rows(Rng(1), 3, at::kCPU).size(0) == 1);
}

BOOST_AUTO_TEST_CASE(a_round_does_not_depend_on_the_rounds_before_it) {
  for (const std::string order : {"epochs", "replacement"}) {
    Batches used(order, 7, 20), fresh(order, 7, 20);
    for (int64_t round = 0; round < 5; ++round) used.Rows(Rng(1), round, at::kCPU);
    BOOST_TEST(at::equal(used.Rows(Rng(1), 5, at::kCPU), fresh.Rows(Rng(1), 5, at::kCPU)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::batches_test
