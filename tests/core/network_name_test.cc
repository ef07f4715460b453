// Names of networks are parts of keys: one network has one name.
#include "bench/core/network_name.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"

namespace dfkd::network_name_test {

BOOST_AUTO_TEST_CASE(a_name_says_family_depth_width_and_stride) {
  const auto wide = ParseNetworkName("wrn-16-2");
  BOOST_TEST((wide.family == NetworkFamily::kWideResNet));
  BOOST_TEST(wide.depth == 16);
  BOOST_TEST(wide.width == 2);
  BOOST_TEST(!wide.strided_stem);
  BOOST_TEST(ParseNetworkName("wrn-40-10-s2").strided_stem);
  BOOST_TEST(ParseNetworkName("wrn-100-99").depth == 100);
  BOOST_TEST((ParseNetworkName("vgg-s-8").family == NetworkFamily::kVggSmall));
  BOOST_TEST(ParseNetworkName("vgg-s-999").width == 999);
  BOOST_TEST((ParseNetworkName("vgg-8-bn").family == NetworkFamily::kVgg8));
  BOOST_TEST((ParseNetworkName("mobilenetv2-half").family == NetworkFamily::kMobileNet));
  BOOST_TEST((ParseNetworkName("vgg-11-bn").family == NetworkFamily::kVgg11));
  BOOST_TEST((ParseNetworkName("resnet-18").family == NetworkFamily::kResNet18));
  BOOST_TEST((ParseNetworkName("resnet-34").family == NetworkFamily::kResNet34));
}

BOOST_AUTO_TEST_CASE(what_is_nearly_a_name_is_refused_with_the_patterns) {
  for (const char* name : {"",
                           "wrn",
                           "wrn-",
                           "wrn-16",
                           "wrn-16-",
                           "wrn-4-1",
                           "wrn-17-1",
                           "wrn-016-1",
                           "wrn-16-01",
                           "wrn-16-0",
                           "wrn-16-100",
                           "wrn-1006-1",
                           "wrn-16-1-s3",
                           "wrn-16-1-s2 ",
                           "wrn-16-1x",
                           "vgg-s-0",
                           "vgg-s-08",
                           "vgg-s-1000",
                           "vgg-s-",
                           "vgg-s-8x",
                           "vgg-8",
                           "vgg-11",
                           "mobilenetv2",
                           "resnet-50",
                           "WRN-16-1",
                           "wrn-99999999999999999999-1"}) {
    BOOST_CHECK_EXCEPTION(ParseNetworkName(name), Error, [](const Error& e) {
      return std::string(e.what()).find("6n+4") != std::string::npos;
    });
  }
}

}  // namespace dfkd::network_name_test
