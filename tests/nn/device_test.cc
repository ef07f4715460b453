#include "bench/nn/device.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "bench/nn/numerics.h"

namespace dfkd::device_test {

BOOST_AUTO_TEST_CASE(on_the_cpu_nothing_is_copied) {
  const auto values = at::ones({3});
  BOOST_TEST(Upload(values, at::kCPU).is_same(values));
}

BOOST_AUTO_TEST_CASE(a_constant_is_made_once_for_each_type) {
  const auto first = Constant({0.1, 0.2}, at::kFloat, at::kCPU);
  BOOST_TEST(Constant({0.1, 0.2}, at::kFloat, at::kCPU).is_same(first));
  BOOST_TEST(first.equal(at::tensor({0.1F, 0.2F})));
  BOOST_TEST((Constant({0.1, 0.2}, at::kDouble, at::kCPU).scalar_type() == at::kDouble));
  BOOST_TEST(!Constant({0.1, 0.3}, at::kFloat, at::kCPU).is_same(first));
}

BOOST_AUTO_TEST_CASE(so_many_constants_that_somebody_makes_them_up_are_not_kept_for_ever) {
  const auto first = Constant({0.5}, at::kFloat, at::kCPU);
  for (int i = 0; i < 100; ++i) Constant({1.0 + i}, at::kFloat, at::kCPU);
  const auto again = Constant({0.5}, at::kFloat, at::kCPU);
  BOOST_TEST(!again.is_same(first));
  BOOST_TEST(again.equal(first));
}

BOOST_AUTO_TEST_CASE(a_constant_that_somebody_wrote_to_is_refused_once_and_then_made_anew) {
  const auto first = Constant({0.7}, at::kFloat, at::kCPU);
  BOOST_TEST(!ConstantsChanged());
  first.view({1, 1}).add_(1);
  BOOST_TEST(ConstantsChanged());
  BOOST_CHECK_THROW(Constant({0.7}, at::kFloat, at::kCPU), Error);
  BOOST_TEST(!ConstantsChanged());
  BOOST_TEST(Constant({0.7}, at::kFloat, at::kCPU).equal(at::tensor({0.7F})));
}

BOOST_AUTO_TEST_CASE(constants_that_were_forgotten_are_made_anew) {
  const auto first = Constant({0.9}, at::kFloat, at::kCPU);
  first.add_(1);
  ForgetConstants();
  BOOST_TEST(!ConstantsChanged());
  BOOST_TEST(Constant({0.9}, at::kFloat, at::kCPU).equal(at::tensor({0.9F})));
}

BOOST_AUTO_TEST_CASE(tensors_are_multiplied_by_a_number_that_nobody_reads) {
  const std::vector<at::Tensor> tensors = {at::ones({2}), at::full({3, 1}, 4.0)};
  MultiplyAll(tensors, at::full({}, 0.5));
  BOOST_TEST(tensors[0].equal(at::full({2}, 0.5)));
  BOOST_TEST(tensors[1].equal(at::full({3, 1}, 2.0)));
}

BOOST_AUTO_TEST_CASE(tensors_are_copied_each_into_its_counterpart) {
  const std::vector<at::Tensor> from = {at::ones({2}), at::full({1, 3}, 4.0)};
  const std::vector<at::Tensor> to = {at::zeros({2}), at::zeros({1, 3})};
  CopyEach(to, from);
  BOOST_TEST(to[0].equal(from[0]));
  BOOST_TEST(to[1].equal(from[1]));
  BOOST_TEST(!to[1].is_alias_of(from[1]));
}

}  // namespace dfkd::device_test
