// MM-BD and FreeEagle: attacks_defences_metrics.md 2.2, against numbers computed apart.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "bench/core/detector.h"
#include "bench/core/error.h"
#include "bench/stages/gateway_detector.h"
#include "methods/detectors/free_eagle/free_eagle.h"
#include "methods/detectors/mm_bd/mm_bd.h"
#include "tests/methods/fakes.h"

namespace dfkd::detectors_test {

using free_eagle::JudgeTendencies;
using free_eagle::MadeClasses;
using mm_bd::JudgeMargins;
using mm_bd::LargestMargins;

BOOST_AUTO_TEST_SUITE(detectors)

template <class Options>
Options OptionsOf(const Json& given) {
  return TableOf<Options>().Read(ResolveOptions(TableOf<Options>().cards(), given, "test"));
}

// Statistics from a continued fraction of the incomplete gamma function, written in Python.
BOOST_AUTO_TEST_CASE(a_margin_far_beyond_the_others_is_no_draw_of_their_distribution) {
  const auto alone = JudgeMargins({10, 11, 12, 13, 40, 14, 15, 16, 17, 18}, 0.05);
  BOOST_TEST(alone.statistic == 19.312155739129103, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(alone.suspicious);
  BOOST_TEST(alone.target == 4);
  const auto next = JudgeMargins({10, 11, 12, 13, 14, 15, 16, 17, 18, 20}, 0.05);
  BOOST_TEST(next.statistic == 0.9780289000756625, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(!next.suspicious);
  const auto skewed = JudgeMargins({5, 5, 5, 6, 6, 7, 8, 9, 14, 30}, 0.05);
  BOOST_TEST(skewed.statistic == 3.637673926834648, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(margins_without_a_spread_and_endless_ones_have_a_verdict) {
  BOOST_TEST(JudgeMargins({5, 5, 5, 5}, 0.05).statistic == 0);
  BOOST_TEST(JudgeMargins({5, 5, 5, 6}, 0.05).statistic == 300);
  BOOST_TEST(JudgeMargins({10, 11, 12, 13, 1e6}, 0.05).statistic == 300);
  BOOST_CHECK_THROW(JudgeMargins({1, 2, 3}, 0.05), Error);
  BOOST_CHECK_THROW(JudgeMargins({1, 2, 3, std::nan("")}, 0.05), Error);
}

BOOST_AUTO_TEST_CASE(one_step_from_noise_is_the_margin_of_the_noise_and_more_steps_widen_it) {
  const auto teacher = MakeTeacher("vgg-s-4", 3);
  FakeProgress progress;
  const auto after = [&](int64_t steps) {
    const auto options = OptionsOf<mm_bd::Options>(
        {{"images", 5}, {"steps", steps}, {"tolerance", 0}, {"lr", 0.05}});
    return LargestMargins(*teacher, options, Rng(7), progress);
  };
  const auto first = after(1), last = after(20);
  const auto& spec = teacher->spec();
  for (int64_t k = 0; k < spec.classes; ++k) {
    const auto noise = Uniform(Rng(7).Fork("images", k), {5, 3, 8, 8});
    const auto input = (noise - PerChannel(spec.mean, noise)) / PerChannel(spec.stddev, noise);
    const auto logits = std::as_const(*teacher).Logits(input);
    auto others = logits.clone();
    others.select(1, k).fill_(-1e9);
    const auto margins = logits.select(1, k) - std::get<0>(others.max(1));
    BOOST_TEST(std::abs(first[k] - margins.max().item<double>()) < 1e-5);
    BOOST_TEST(last[k] > first[k]);
  }
}

// Column means without the diagonal: (.1 .1 .1 .6) for rows that give .6 to the last class.
BOOST_AUTO_TEST_CASE(the_tendency_of_a_class_is_what_the_others_give_to_it) {
  auto p = at::full({5, 5}, 0.1, at::kDouble);
  p.select(1, 4).fill_(0.6);
  p.diagonal().fill_(0.99);  // does not count
  p[0][1] = 0.2;             // the tendency of 1: 0.125
  const auto found = JudgeTendencies(p, 2);
  const auto tendencies = at::tensor(found.per_class, at::kDouble);
  BOOST_TEST(MaxDifference(tendencies, at::tensor({0.1, 0.125, 0.1, 0.1, 0.6}, at::kDouble)) <
             1e-12);
  BOOST_TEST(found.target == 4);
  // Quartiles of .1 .1 .1 .125 .6 are .1 and .125.
  BOOST_TEST(found.statistic == (0.6 - 0.125) / 0.025, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(found.suspicious);
  BOOST_TEST(!JudgeTendencies(p, 20).suspicious);
  BOOST_CHECK_THROW(JudgeTendencies(at::full({3, 3}, 0.3), 2), Error);
  BOOST_CHECK_THROW(JudgeTendencies(at::full({4, 4}, std::nan("")), 2), Error);
}

// [n,n] whose tendencies are these.
at::Tensor WithTendencies(const std::vector<double>& tendencies) {
  const auto row = at::tensor(tendencies, at::kDouble);
  return row.expand({row.size(0), row.size(0)}).clone();
}

// Of 1 2 3 4 5 9 (thousandths) the authors' code takes 2 and 5; interpolated, quartiles would be
// 2.25 and 4.75. Zeros do not count.
BOOST_AUTO_TEST_CASE(quartiles_are_values_of_the_sorted_tendencies_without_zeros) {
  const double expected = (9 - 5) / (5.0 - 2.0);
  const auto plain = JudgeTendencies(WithTendencies({.003, .001, .009, .002, .005, .004}), 2);
  BOOST_TEST(plain.statistic == expected, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(plain.target == 2);
  const auto with_zeros =
      JudgeTendencies(WithTendencies({0, .003, .001, 0, .009, .002, .005, .004, 0}), 2);
  BOOST_TEST(with_zeros.statistic == expected, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(with_zeros.target == 4);
}

BOOST_AUTO_TEST_CASE(nothing_stands_out_of_tendencies_without_a_spread) {
  for (const auto& p : {WithTendencies({.1, .1, .1, .1, .6}), at::eye(5, at::kDouble)}) {
    const auto found = JudgeTendencies(p, 2);
    BOOST_TEST(found.statistic == 0);
    BOOST_TEST(!found.suspicious);
  }
}

BOOST_AUTO_TEST_CASE(activations_are_made_that_the_rest_takes_for_their_class) {
  for (const std::string name : {"vgg-s-4", "wrn-10-1-s2"}) {
    const auto teacher = MakeTeacher(name, 3);
    FakeProgress progress;
    const auto made = [&](int64_t steps) {
      const auto options = OptionsOf<free_eagle::Options>({{"steps", steps}, {"lr", 0.1}});
      return MadeClasses(*teacher, options, Rng(1), progress).diagonal().mean().item<double>();
    };
    BOOST_TEST(made(200) > made(1) * 1.05, name);
  }
  const auto teacher = MakeTeacher("vgg-s-4", 3);
  FakeProgress progress;
  const auto wrong = OptionsOf<free_eagle::Options>({{"segment", "head"}});
  BOOST_CHECK_EXCEPTION(MadeClasses(*teacher, wrong, Rng(1), progress), Error, [](const Error& e) {
    return std::string(e.what()) ==
           "free_eagle: segment 'head' is none of vgg-s-4: conv1, conv2, conv3, conv4";
  });
}

BOOST_AUTO_TEST_CASE(activations_of_a_residual_network_are_those_of_its_first_group) {
  const auto teacher = MakeTeacher("resnet-18", 3);
  FakeProgress progress;
  const auto made = [&](const std::string& segment) {
    const auto options = OptionsOf<free_eagle::Options>({{"steps", 1}, {"segment", segment}});
    return MadeClasses(*teacher, options, Rng(1), progress);
  };
  BOOST_TEST(made("").equal(made("group1")));
  BOOST_TEST(!made("").equal(made("group2")));
}

BOOST_AUTO_TEST_CASE(a_detector_is_asked_by_name_and_says_the_same_twice) {
  const auto teacher = MakeTeacher("vgg-s-4", 3);
  FakeProgress progress;
  for (const auto& card : DetectorCards()) {
    const auto detector = ResolveDetector(card.name, {{"steps", 5}});
    const auto first = Detect(detector, *teacher, Rng(1), progress);
    const auto again = Detect(detector, *teacher, Rng(1), progress);
    BOOST_TEST(first.statistic == again.statistic);
    BOOST_TEST(first.per_class.size() == 4U);
  }
  BOOST_CHECK_EXCEPTION(ResolveDetector("mm_db", {}), Error, [](const Error& e) {
    return std::string(e.what()).starts_with("detector 'mm_db' is unknown; did you mean");
  });
  BOOST_CHECK_THROW(ResolveDetector("mm_bd", {{"epochs", 3}}), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::detectors_test
