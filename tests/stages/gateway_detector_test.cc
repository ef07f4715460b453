// Detectors that break the contract of their hook: each mistake is told in one line that names the
// plugin, and leaves the teacher for others as it was.
#include "bench/stages/gateway_detector.h"

#include <ATen/ATen.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "bench/stages/hook.h"
#include "tests/methods/fakes.h"
#include "tests/stages/gateway_testing.h"

namespace dfkd::testing::gateway_detector_test {

using gateway_testing::kNan, gateway_testing::Mistake;

// With steps, as those have that the other tests of this folder ask.
struct WrongOptions {
  std::string mode;
  int64_t steps;
  static void Declare(OptionTable<WrongOptions>& o) {
    o.Add("mode", &WrongOptions::mode, {.initial = "none"}, "the mistake");
    o.Add("steps", &WrongOptions::steps, {.initial = 1, .lowest = 1}, "of no influence");
  }
};

// Finds nothing, unless it is told to make a mistake.
class WrongDetector final : public Detector {
 public:
  explicit WrongDetector(const WrongOptions& options) : mode_(options.mode) {
    if (Is("no_instance")) throw std::runtime_error("not today");
  }

  Detection Look(DetectorContext& ctx) const override {
    const auto classes = ctx.teacher.spec().classes;
    Detection found{.per_class = std::vector<double>(classes, 0.5)};
    if (Is("nan")) found.statistic = kNan;
    if (Is("target")) found.target = classes;
    if (Is("no_target")) found.target = -1;
    if (Is("few")) found.per_class.pop_back();
    if (Is("nan_of_a_class")) found.per_class[2] = kNan;
    if (Is("throws")) throw std::runtime_error("cannot\nat all");
    if (Is("throws_text")) throw "no exception";  // NOLINT: what is wrong with it
    if (Is("teacher")) gateway_testing::Zero(ctx.teacher);
    if (Is("teacher_raw")) *ctx.teacher.Parameters().front().value.data_ptr<float>() += 1;
    if (Is("statistics")) at::Tensor(ctx.teacher.Buffers().front().value).add_(1);
    if (Is("gradients")) at::Tensor(ctx.teacher.Parameters().front().value).requires_grad_(true);
    if (Is("global")) at::rand({1});
    if (Is("scalar")) ctx.progress.Scalar("loss", 1, 0);
    if (Is("goes_on")) GoOn(ctx);
    return found;
  }

 private:
  bool Is(const char* mode) const { return mode_ == mode; }
  static void GoOn(DetectorContext& ctx) {
    try {
      ctx.progress.Tick(0, 1);
    } catch (const std::exception&) {
    }
  }

  const std::string mode_;
};

const bool kWrongDetector = Register<WrongDetector>(DetectorCard<WrongOptions>{
    .name = "test_wrong_detector", .summary = "makes the mistake it is told to"});

// Throws when something ticks.
struct Stopping final : FakeProgress {
  void Tick(int64_t, int64_t) override { throw std::out_of_range("stop"); }
};

Detection Ask(const std::string& mode, const Classifier& teacher) {
  Stopping progress;
  return Detect({{"plugin", "test_wrong_detector"}, {"options", {{"mode", mode}}}}, teacher, Rng(1),
                progress);
}

std::string Told(const std::string& mode) {
  const auto teacher = MakeTeacher("wrn-10-1-s2", 1);
  try {
    Ask(mode, *teacher);
  } catch (const HookError& e) {
    return e.what();
  }
  return "";
}

const Mistake kMistakes[] = {
    {"no_instance", "its constructor: not today"},
    {"nan", "Look: the statistic must be finite, not nan"},
    {"target", "Look: the target must lie in [0, 4), not at 4"},
    {"no_target", "Look: the target must lie in [0, 4), not at -1"},
    {"few", "Look: per_class must have a value for each of 4 classes, not 3"},
    {"nan_of_a_class", "Look: per_class must be finite, not nan at 2"},
    {"throws", "Look: cannot"},
    {"throws_text", "Look: threw what is no std::exception"},
    {"teacher", "Look: changed the teacher, which it may only read"},
    {"teacher_raw", "Look: changed the teacher, which it may only read"},
    {"statistics", "Look: changed the teacher, which it may only read"},
    {"gradients", "Look: switched requires_grad of the teacher, which it may only read"},
    {"global", "Look: drew from the global random generator; fork the Rng that it is given"},
    {"scalar",
     "Progress::Scalar in round 0: 'loss' is no name for it: write the plugin's name, a slash and "
     "what it is"}};

BOOST_AUTO_TEST_SUITE(gateway_detector)

BOOST_DATA_TEST_CASE(a_mistake_of_a_detector_is_told_in_one_line,
                     boost::unit_test::data::make(kMistakes)) {
  BOOST_TEST(Told(sample.mode) == "detector test_wrong_detector: " + sample.message);
}

BOOST_AUTO_TEST_CASE(a_detector_without_a_mistake_is_heard) {
  const auto teacher = MakeTeacher("vgg-s-4", 1);
  const auto found = Ask("none", *teacher);
  BOOST_TEST(found.statistic == 0);
  BOOST_TEST(!found.suspicious);
  BOOST_TEST(found.per_class == std::vector<double>(4, 0.5), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_detector_that_catches_what_stops_it_is_stopped_all_the_same) {
  const auto teacher = MakeTeacher("vgg-s-4", 1);
  BOOST_CHECK_THROW(Ask("goes_on", *teacher), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_detector_that_is_not_there_is_nobodys_mistake) {
  const auto teacher = MakeTeacher("vgg-s-4", 1);
  FakeProgress progress;
  const Json stranger = {{"plugin", "mm_db"}, {"options", Json::object()}};
  BOOST_CHECK_EXCEPTION(Detect(stranger, *teacher, Rng(1), progress), Error, [](const Error& e) {
    return std::string(e.what()).starts_with("detector 'mm_db' is unknown; did you mean");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::gateway_detector_test
