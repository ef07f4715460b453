// What the tests of the gateway share: a defence and a distiller that make the mistake that they
// are told to make, each in the test of its kind, and how a stage is run with them.
#pragma once
#include <c10/core/GradMode.h>

#include <boost/test/unit_test.hpp>
#include <limits>
#include <ostream>
#include <string>

#include "tests/stages/stages_testing.h"

namespace dfkd::testing::gateway_testing {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Options of a plugin that makes a mistake.
struct MistakeMode {
  std::string mode;
  static void Declare(OptionTable<MistakeMode>& o) {
    o.Add("mode", &MistakeMode::mode, {.initial = "none"}, "the mistake");
  }
};

// A mistake, and what the stage says of it.
struct Mistake {
  std::string mode, message;
};
inline std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  return out << mistake.mode;
}

inline void Zero(const Classifier& model) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, value] : model.Parameters()) at::Tensor(value).zero_();
}

// `mode`: of the defence test_wrong beside it; "" for none.
inline StageOutcome Distilled(const std::string& distiller, const Json& options,
                              const std::string& mode = "", int64_t round = 3) {
  static Laboratory laboratory(ToyTeachers().laboratory);
  Distillation run{.teacher = ToyTeachers().poisoned};
  run.distiller = PluginJson(PluginKind::kDistiller, distiller, options);
  if (!mode.empty()) run.parts = {PluginJson(PluginKind::kDefense, "test_wrong", {{"mode", mode}})};
  return laboratory.Run(run.To(round));
}

inline void RequireFault(const StageOutcome& outcome, const std::string& message) {
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST((outcome.failure == FailureClass::kError));
  BOOST_TEST(outcome.message.starts_with(message), outcome.message);
  BOOST_TEST(outcome.message.find('\n') == std::string::npos);
}

}  // namespace dfkd::testing::gateway_testing
