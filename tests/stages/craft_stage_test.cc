// Attacks that learn before and beside the teacher: the craft stage, and what a training hands
// them.
#include <ATen/ATen.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/nn/random.h"
#include "bench/stages/train.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::craft_stage_test {

using namespace testing;  // NOLINT: the helpers of this folder

// Learns a number in every place where something may be learned.
class Learner final : public Attack {
 public:
  explicit Learner(const NoOptions&) {}
  void Begin(const ImageSpec&) override {}
  void Craft(CraftContext& context) override {
    crafted_ = 1 + First(context.rng);
    sees_teacher_ = context.clean_teacher != nullptr;
    for (int64_t i = 0; i < 4; ++i) context.progress.Tick(i, 4);
  }
  int64_t TargetLabel(int64_t) const override { return 0; }
  at::Tensor Trigger(const at::Tensor& images) const override { return images; }
  Poisoned Poison(const Split& train, const Rng& rng) const override {
    poisoned_with_ = 1 + First(rng);
    return {train, {}};
  }
  void Visit(StateVisitor& visitor) override {
    visitor.Number("crafted", crafted_);
    visitor.Number("poisoned_with", poisoned_with_);
    visitor.Number("sees_teacher", sees_teacher_);
    visitor.Number("steps", steps_);
  }
  void PlanTraining(TrainingPlan& plan) const override {
    plan.epochs = 1;
    plan.batch_size = 50;
  }
  void BeginTraining(TeacherContext& context) override {
    sees_teacher_ += 2 * (context.clean_teacher() != nullptr);
    beside_ = at::zeros({2});
  }
  void AfterStep(TeacherContext& context, const LabelledBatch& batch) override {
    steps_ += batch.pixels.size(0);
    beside_ += Uniform(context.rng().Fork("beside", batch.step), {2});
  }
  void VisitTraining(StateVisitor& visitor) override { visitor.Tensor("beside", beside_); }

 private:
  static int64_t First(const Rng& rng) { return rng.Fork("poison").Below(1000); }
  int64_t crafted_ = 0, sees_teacher_ = 0, steps_ = 0;
  mutable int64_t poisoned_with_ = 0;
  at::Tensor beside_;
};

const bool kRegistered = Register<Learner>(
    AttackCard<NoOptions>{.name = "test_learner",
                          .summary = "learns numbers",
                          .needs_clean_teacher = [](const NoOptions&) { return true; },
                          .crafts = [](const NoOptions&) { return true; },
                          .trains_teacher = [](const NoOptions&) { return true; }});

// What it crafts decides what it poisons, and its state holds nothing of that.
class Forgetful final : public Attack {
 public:
  explicit Forgetful(const NoOptions&) {}
  void Begin(const ImageSpec&) override {}
  void Craft(CraftContext&) override { row_ = 3; }
  int64_t TargetLabel(int64_t) const override { return 0; }
  at::Tensor Trigger(const at::Tensor& images) const override { return images; }
  Poisoned Poison(const Split& train, const Rng&) const override {
    const auto labels = train.labels.clone();
    labels.narrow(0, row_, 1).zero_();
    return {{train.images, labels}, {row_}};
  }

 private:
  int64_t row_ = 0;
};

const bool kForgetful =
    Register<Forgetful>(AttackCard<NoOptions>{.name = "test_forgetful",
                                              .summary = "forgets what it has crafted",
                                              .crafts = [](const NoOptions&) { return true; }});

Json LearnerJson() { return PluginJson(PluginKind::kAttack, "test_learner"); }

Stage CraftStage(const std::string& clean_teacher, const Json& attack = LearnerJson()) {
  return MakeStage("craft", {{"dataset", ShapesJson()},
                             {"attack", attack},
                             {"seed", 0},
                             {"profile", "fp32"},
                             {"inputs", {{"clean_teacher", clean_teacher}}}});
}

Stage LearnersTeacher(const std::string& craft, const std::string& clean_teacher) {
  auto description = TeacherStage("none").description;
  description["attack"] = LearnerJson();
  description["inputs"] = {{"craft", craft}, {"clean_teacher", clean_teacher}};
  return MakeStage("teacher", description);
}

std::map<std::string, int64_t> NumbersIn(const Artifact& artifact) {
  std::map<std::string, int64_t> numbers;
  for (const auto& [name, value] : ReadTensors(artifact.File("attack.safetensors")))
    numbers[name] = value.item<int64_t>();
  return numbers;
}

struct Bench {
  Laboratory laboratory{ToyTeachers().laboratory};
  const std::string clean = ToyTeachers().clean;
};

BOOST_FIXTURE_TEST_SUITE(craft_stage, Bench)

BOOST_AUTO_TEST_CASE(what_is_crafted_reaches_the_teacher_and_both_draw_from_one_stream) {
  BOOST_TEST_REQUIRE(kRegistered);
  const auto craft = laboratory.Make(CraftStage(clean));
  const auto crafted = NumbersIn(laboratory.store().Open(craft));
  BOOST_TEST(crafted.at("crafted") > 0);
  BOOST_TEST(crafted.at("sees_teacher") == 1);
  const auto teacher = laboratory.Make(LearnersTeacher(craft, clean));
  const auto trained = NumbersIn(laboratory.store().Open(teacher));
  BOOST_TEST(trained.at("crafted") == crafted.at("crafted"));
  BOOST_TEST(trained.at("poisoned_with") == crafted.at("crafted"));
  BOOST_TEST(trained.at("sees_teacher") == 3);
}

BOOST_AUTO_TEST_CASE(an_attack_plans_the_training_and_its_beside_state_is_not_kept) {
  const auto craft = laboratory.Make(CraftStage(clean));
  const auto teacher = laboratory.Make(LearnersTeacher(craft, clean));
  const auto state = NumbersIn(laboratory.store().Open(teacher));
  BOOST_TEST(state.at("steps") == kTrainImages);  // one epoch of batches of 50, not three of 64
  BOOST_TEST(!state.contains("beside"));
}

BOOST_AUTO_TEST_CASE(crafting_that_is_interrupted_starts_again_and_is_the_same) {
  const auto stage = CraftStage(clean);
  const auto outcome = laboratory.Run(stage, {}, [] { return true; });
  BOOST_TEST((outcome.status == StageStatus::kInterrupted), outcome.message);
  BOOST_TEST(!laboratory.store().Has(stage.ref));
  laboratory.Make(stage);
  Laboratory other{ToyTeachers().laboratory};
  BOOST_TEST(laboratory.DigestOf(stage.ref) == other.DigestOf(other.Make(stage)));
}

BOOST_AUTO_TEST_CASE(what_was_crafted_must_be_in_the_state_that_is_kept_of_it) {
  BOOST_TEST_REQUIRE(kForgetful);
  const auto attack = PluginJson(PluginKind::kAttack, "test_forgetful");
  const auto outcome = laboratory.Run(CraftStage(clean, attack));
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST(outcome.message.starts_with("attack test_forgetful: Poison: a new instance with the "),
             outcome.message);
}

BOOST_AUTO_TEST_CASE(crafting_past_its_limit_times_out) {
  const auto outcome = laboratory.Run(
      CraftStage(clean), {}, [] { return false; }, 1e-6);
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST((outcome.failure == FailureClass::kTimeout), outcome.message);
}

BOOST_AUTO_TEST_CASE(a_training_with_an_attack_ends_the_same_wherever_it_was_cut) {
  const auto stage = LearnersTeacher(laboratory.Make(CraftStage(clean)), clean);
  Laboratory cut{laboratory};
  laboratory.Make(stage);
  Rng random(5);
  while (true) {
    int64_t left = 1 + random.Below(5);
    const auto outcome = cut.Run(stage, {}, [&] { return left-- <= 0; });
    if (outcome.status == StageStatus::kDone) break;
    BOOST_TEST_REQUIRE((outcome.status == StageStatus::kInterrupted), outcome.message);
  }
  BOOST_TEST(cut.DigestOf(stage.ref) == laboratory.DigestOf(stage.ref));
}

BOOST_AUTO_TEST_CASE(augmentation_falls_the_same_whatever_it_is_given) {
  struct Probe final : Attack {
    void Begin(const ImageSpec&) override {}
    int64_t TargetLabel(int64_t) const override { return 0; }
    at::Tensor Trigger(const at::Tensor& images) const override { return images; }
    Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
    at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override {
      auto pixels = batch.pixels.to(at::kFloat).requires_grad_(true);
      const auto augmented = context.Augment(pixels, batch.step);
      same = augmented.equal(context.Augment(batch.pixels, batch.step).to(at::kFloat));
      moved = !augmented.equal(pixels);
      augmented.sum().backward();
      reached = pixels.grad().max().item<float>() == 1;
      return {};
    }
    bool same = false, moved = false, reached = false;
  } probe;
  const auto data = DataCache().Load(ShapesJson(), "");
  Classifier model("vgg-s-2", data->spec);
  model.Initialize(Rng(1));
  const auto recipe = TableOf<TeacherRecipe>().Read(ResolveOptions(
      TableOf<TeacherRecipe>().cards(), {{"epochs", 1}, {"augment", "crop_flip"}}, "test"));
  ScalarLog log(1, [](int64_t, int64_t) {});
  Training training(model, data->train, recipe, Rng(1), log, {&probe, nullptr});
  training.Step();
  BOOST_TEST(probe.same);
  BOOST_TEST(probe.moved);
  BOOST_TEST(probe.reached);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::craft_stage_test
