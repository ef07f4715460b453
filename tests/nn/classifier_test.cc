#include "bench/nn/classifier.h"

#include <boost/test/unit_test.hpp>

namespace dfkd {
namespace {

ImageSpec Cifar(int64_t classes = 10) {
  return {3, 32, 32, classes, {0.49, 0.48, 0.45}, {0.2, 0.2, 0.2}};
}

BOOST_AUTO_TEST_CASE(networks_have_the_published_numbers_of_parameters) {
  BOOST_TEST(Classifier("wrn-16-1", Cifar()).CountParameters() == 175'066);
  BOOST_TEST(Classifier("wrn-16-1", Cifar(43)).CountParameters() == 177'211);
  BOOST_TEST(Classifier("wrn-16-2", Cifar()).CountParameters() == 691'674);
  BOOST_TEST(Classifier("wrn-16-2", Cifar(43)).CountParameters() == 695'931);
  BOOST_TEST(Classifier("wrn-40-1", Cifar()).CountParameters() == 563'930);
  BOOST_TEST(Classifier("wrn-40-2", Cifar()).CountParameters() == 2'243'546);
}

}  // namespace
}  // namespace dfkd
