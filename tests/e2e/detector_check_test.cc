// dfkd check-plugin of a detector: what of it only runs can show.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/cli/plugin_check.h"
#include "bench/core/detector.h"
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::detector_check_test {

using namespace testing;  // NOLINT: scratch folders and small helpers

enum class Fault { kNone, kStatic, kNan };

// The bias of the first class, or that and how many teachers it was asked about.
template <Fault fault>
struct Biased final : Detector {
  explicit Biased(const NoOptions&) {}
  Detection Look(DetectorContext& context) const override {
    static double teachers = 0;
    const double bias = context.teacher.Parameters().back().value[0].template item<double>();
    context.progress.Tick(1, 1);
    Detection found{.statistic = bias};
    if (fault == Fault::kStatic) found.statistic += ++teachers;
    if (fault == Fault::kNan) found.statistic = NAN;
    found.per_class.assign(static_cast<size_t>(context.teacher.spec().classes), bias);
    return found;
  }
};

template <Fault fault>
bool RegisterBiased(const char* name) {
  return Register<Biased<fault>>(DetectorCard<NoOptions>{.name = name, .summary = "a bias"});
}

const bool kDetectors[] = {RegisterBiased<Fault::kNone>("test_biased"),
                           RegisterBiased<Fault::kStatic>("test_biased_static"),
                           RegisterBiased<Fault::kNan>("test_biased_nan")};

std::vector<std::string> ProblemsOf(const std::string& name) {
  const ScratchFolder scratch;
  return CheckPlugin(Registry::Get().Card(PluginKind::kDetector, name),
                     {scratch.path(), scratch.path() / "data", [](const std::string&) {}});
}

BOOST_AUTO_TEST_SUITE(detector_check)

BOOST_AUTO_TEST_CASE(a_detector_that_is_right_has_no_problem) {
  for (const char* name : {"test_biased", "mm_bd"}) {
    for (const auto& problem : ProblemsOf(name)) BOOST_ERROR(problem);
  }
}

BOOST_AUTO_TEST_CASE(a_detector_that_counts_its_teachers_is_told) {
  const auto problems = ProblemsOf("test_biased_static");
  BOOST_TEST_REQUIRE(!problems.empty());
  BOOST_TEST(problems.front().find("where other seeds were computed before") != std::string::npos,
             problems.front());
}

BOOST_AUTO_TEST_CASE(a_detector_that_breaks_its_contract_is_told_in_one_line) {
  const auto problems = ProblemsOf("test_biased_nan");
  BOOST_TEST_REQUIRE(!problems.empty());
  BOOST_TEST(
      problems.front().find("detector test_biased_nan: Look: the statistic must be finite") !=
          std::string::npos,
      problems.front());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::detector_check_test
