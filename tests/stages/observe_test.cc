// In which order and how often the parts of a defence are asked.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::testing::observe_test {

using Calls = std::vector<std::string>;
Calls g_calls;

// Writes down which hook is called on what.
class Scribe final : public Defense {
 public:
  explicit Scribe(const NoOptions&) {}
  void Observe(const TransferBatch& batch) override {
    g_calls.emplace_back(batch.use == BatchUse::kStudent ? "observe student" : "observe synthesis");
    seen_ = batch.images;
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) const override {
    g_calls.emplace_back(batch.images.is_same(seen_) ? "penalty" : "penalty of another batch");
    return {};
  }
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override {
    g_calls.emplace_back(batch.images.is_same(seen_) ? "weights" : "weights of another batch");
    BOOST_TEST(batch.student_logits.defined());
    BOOST_TEST(!batch.student_logits.requires_grad());
    return {};
  }
  void AddStudentGradients(Classifier&, const TransferBatch&) override {
    g_calls.emplace_back("gradients");
  }

 private:
  at::Tensor seen_;
};
const bool kScribe = Register<Scribe>(
    DefenseCard<NoOptions>{.name = "test_scribe",
                           .summary = "writes down what is called",
                           .active = [](const NoOptions&, const DistillerTraits& d) {
                             return Rounds{0, d.rounds};
                           }});

// Two of them: every part observes before any of them is asked.
Json Scribes() {
  auto first = PluginJson(PluginKind::kDefense, "test_scribe"), second = first;
  second["label"] = "second";
  return Json::array({first, second});
}

const Calls kSynthesisStep = {"observe synthesis", "observe synthesis", "penalty", "penalty"};
const Calls kStudentStep = {"observe student", "observe student", "weights",
                            "weights",         "gradients",       "gradients"};

Calls Times(int64_t count, const Calls& step) {
  Calls calls;
  for (int64_t i = 0; i < count; ++i) calls.insert(calls.end(), step.begin(), step.end());
  return calls;
}

Calls CallsOfARound(const std::string& distiller, const Json& options) {
  Laboratory laboratory(ToyTeachers().laboratory);
  Distillation run;
  run.teacher = ToyTeachers().poisoned;
  run.distiller = PluginJson(PluginKind::kDistiller, distiller, options);
  for (const auto& part : Scribes()) run.parts.push_back(part);
  g_calls.clear();
  laboratory.Make(run.To(1));
  return g_calls;
}

BOOST_AUTO_TEST_SUITE(observe)

BOOST_AUTO_TEST_CASE(a_student_step_is_observed_weighed_and_added_to_once_by_each_part) {
  BOOST_TEST(CallsOfARound("noise_kd", {{"rounds", 4}, {"batch_size", 8}}) == kStudentStep,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_round_of_zskt_is_a_step_of_synthesis_and_the_steps_of_the_student) {
  auto expected = kSynthesisStep;
  const auto steps = Times(3, kStudentStep);
  expected.insert(expected.end(), steps.begin(), steps.end());
  const Json options = {{"rounds", 4},          {"batch_size", 8}, {"student_steps", 3},
                        {"generator_width", 8}, {"latent", 8},     {"at_weight", 0}};
  BOOST_TEST(CallsOfARound("zskt", options) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(synthesis_in_a_stage_of_its_own_has_steps_of_synthesis_alone) {
  Laboratory laboratory(ToyTeachers().laboratory);
  const auto distiller = PluginJson(
      PluginKind::kDistiller, "deepinversion",
      {{"images", 8}, {"synthesis_batch", 4}, {"synthesis_steps", 3}, {"start", "noise"}});
  g_calls.clear();
  laboratory.Make(MakeStage(
      "synthesis", {{"distiller", distiller},
                    {"parts", Scribes()},
                    {"seed", 0},
                    {"profile", "fp32"},
                    {"inputs", {{"teacher", ToyTeachers().poisoned}, {"transfer_set", nullptr}}}}));
  BOOST_TEST(g_calls == Times(2 * 3, kSynthesisStep), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::observe_test
