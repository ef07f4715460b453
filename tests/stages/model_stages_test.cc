// Teachers, what defences do to finished models, evaluation, and what a stage leaves alone.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/stages/metrics.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::model_stages_test {

using namespace testing;  // NOLINT: the helpers of this folder

// Writes into the model what a defence of finished models may see.
class Marker final : public Defense {
 public:
  explicit Marker(const NoOptions&) {}
  void SanitizeTeacher(Classifier& model, DefenseContext& context) override {
    Mark(model, context, 1);
  }
  void RepairStudent(Classifier& model, DefenseContext& context) override {
    Mark(model, context, 2);
  }

 private:
  // How many of the images have the teacher's answer as their label.
  static double Agreement(const Split& data, const Classifier& teacher) {
    const auto said = teacher.Logits(Normalize(data.images, teacher.spec())).argmax(1);
    return (said == data.labels).sum().item<double>();
  }

  static void Mark(Classifier& model, DefenseContext& context, double hook) {
    const c10::NoGradGuard no_grad;
    auto bias = model.Parameters().back().value;
    bias.zero_();
    bias[0] = hook;
    bias[1] = context.clean_subset == nullptr
                  ? -1.0
                  : static_cast<double>(context.clean_subset->images.size(0));
    bias[2] = static_cast<double>(Rng(context.rng).Below(1000));
    bias[3] = context.synthetic == nullptr ? -1.0 : Agreement(*context.synthetic, context.teacher);
  }
};

class Breaker final : public Defense {
 public:
  explicit Breaker(const NoOptions&) {}
  void RepairStudent(Classifier& model, DefenseContext&) override {
    const c10::NoGradGuard no_grad;
    model.Parameters().front().value.fill_(NAN);
  }
};

Of<NoOptions> Always(bool value) {
  return [value](const NoOptions&) { return value; };
}

DefenseCard<NoOptions> CardOf(const char* name, bool clean = false, bool synthetic = false) {
  return {.name = name,
          .summary = "marks models",
          .sanitizes_teacher = Always(true),
          .repairs_student = Always(true),
          .needs_clean_data = Always(clean),
          .needs_synthetic_data = Always(synthetic)};
}
const bool kRegistered = Register<Marker>(CardOf("test_marker")) &&
                         Register<Marker>(CardOf("test_clean_marker", true)) &&
                         Register<Marker>(CardOf("test_synthetic_marker", false, true)) &&
                         Register<Breaker>(CardOf("test_breaker"));

Json ChangeParts(const std::string& name) {
  return Json::array({PluginJson(PluginKind::kDefense, name)});
}

Stage Sanitize(const std::string& name, const std::string& teacher) {
  return MakeStage("sanitize", {{"parts", ChangeParts(name)},
                                {"dataset", ShapesJson()},
                                {"seed", 0},
                                {"profile", "fp32"},
                                {"inputs", {{"teacher", teacher}}}});
}

Stage Repair(const std::string& name, const std::string& student, const std::string& teacher) {
  return MakeStage("repair", {{"parts", ChangeParts(name)},
                              {"dataset", ShapesJson()},
                              {"seed", 0},
                              {"profile", "fp32"},
                              {"inputs", {{"student", student}, {"teacher", teacher}}}});
}

at::Tensor BiasOf(Classifier& model) { return model.Parameters().back().value; }

struct Bench {
  Laboratory laboratory{ToyTeachers().laboratory};
  const std::string clean = ToyTeachers().clean, poisoned = ToyTeachers().poisoned;
  Distillation run{.teacher = poisoned,
                   .distiller = PluginJson(PluginKind::kDistiller, "noise_kd",
                                           {{"rounds", 4}, {"batch_size", 16}})};
};

BOOST_FIXTURE_TEST_SUITE(model_stages, Bench)

BOOST_AUTO_TEST_CASE(a_teacher_says_what_was_poisoned) {
  const auto artifact = laboratory.store().Open(poisoned);
  const Json counts = ReadJson(artifact.File("poison.json"));
  BOOST_TEST(counts.at("poisoned") == kTrainImages / 5);
  BOOST_TEST(counts.at("relabelled") == kTrainImages / 5);
  BOOST_TEST(counts.at("training_images") == kTrainImages);
  const auto indices = ReadTensors(artifact.File("poison.safetensors")).at("indices");
  BOOST_TEST(indices.size(0) == kTrainImages / 5);
  const auto none = laboratory.store().Open(clean);
  BOOST_TEST(ReadJson(none.File("poison.json")).at("poisoned") == 0);
}

BOOST_AUTO_TEST_CASE(a_teacher_stopped_at_random_steps_is_the_same_teacher) {
  Laboratory empty;
  const auto stage = TeacherStage("badnets_grid");
  Rng random(3);
  int stops = 0;
  while (true) {
    int64_t left = 1 + random.Below(12);
    const auto outcome = empty.Run(stage, {}, [&] { return left-- <= 0; });
    if (outcome.status == StageStatus::kDone) break;
    BOOST_TEST_REQUIRE((outcome.status == StageStatus::kInterrupted), outcome.message);
    ++stops;
  }
  BOOST_TEST(stops > 0);
  BOOST_TEST(empty.DigestOf(stage.ref) == laboratory.DigestOf(poisoned));
}

BOOST_AUTO_TEST_CASE(a_defence_may_change_the_teacher_before_distillation) {
  BOOST_TEST_REQUIRE(kRegistered);
  const auto sane = laboratory.Make(Sanitize("test_marker", poisoned));
  const auto bias = BiasOf(*laboratory.Model(sane)).clone();
  BOOST_TEST(bias[0].item<double>() == 1);
  BOOST_TEST(bias[1].item<double>() == -1);  // it did not ask for clean data
  run.teacher = sane;
  laboratory.Make(run.To(4));
}

BOOST_AUTO_TEST_CASE(a_defence_may_change_the_student_after_distillation) {
  const auto student = laboratory.Make(run.To(4));
  const auto repaired = laboratory.Make(Repair("test_clean_marker", student, poisoned));
  const auto model = laboratory.Model(repaired);
  BOOST_TEST(model->name() == "vgg-s-2");
  BOOST_TEST(BiasOf(*model)[0].item<double>() == 2);
}

// A stage with as many images for its defences as the plan says.
Stage With(const Stage& stage, int64_t images) {
  auto description = stage.description;
  description.erase("kind"), description.erase("format");
  description["defense_images"] = images;
  return MakeStage(stage.kind, description);
}

BOOST_AUTO_TEST_CASE(who_needs_clean_data_gets_as_many_training_images_as_the_plan_says) {
  for (const int64_t images : {kTrainImages / 20, kTrainImages / 10}) {
    const auto sane = laboratory.Make(With(Sanitize("test_clean_marker", poisoned), images));
    BOOST_TEST(BiasOf(*laboratory.Model(sane))[1].item<double>() == images);
  }
}

// attacks_defences_metrics.md 2.0, "+syn": 2,500 samples of the distiller, labelled by the teacher.
BOOST_AUTO_TEST_CASE(a_repair_may_have_samples_of_the_distiller_labelled_by_the_teacher) {
  const auto state = run.To(4);
  const auto student = laboratory.Make(state);
  auto description = state.description;
  description.erase("kind"), description.erase("format");
  description["inputs"]["state"] = student;
  const auto samples = laboratory.Make(MakeStage("samples", description));
  auto repair = Repair("test_synthetic_marker", student, poisoned).description;
  repair["inputs"]["synthetic"] = samples;
  repair.erase("kind"), repair.erase("format");
  const auto stage = MakeStage("repair", repair);
  BOOST_TEST(BiasOf(*laboratory.Model(laboratory.Make(stage)))[3].item<double>() == 2500);
  const auto fewer = laboratory.Make(With(stage, 15));
  BOOST_TEST(BiasOf(*laboratory.Model(fewer))[3].item<double>() == 15);
  const auto images = ReadTensors(laboratory.store().Open(samples).File("images.safetensors"));
  BOOST_TEST((images.at("images").scalar_type() == at::kByte));
}

BOOST_AUTO_TEST_CASE(who_did_not_ask_for_data_does_not_get_what_another_part_asked_for) {
  auto stage = Sanitize("test_clean_marker", poisoned).description;
  stage.erase("kind"), stage.erase("format");
  stage["parts"].push_back(ChangeParts("test_marker")[0]);  // the last to write
  const auto sane = laboratory.Make(MakeStage("sanitize", stage));
  BOOST_TEST(BiasOf(*laboratory.Model(sane))[1].item<double>() == -1);
}

BOOST_AUTO_TEST_CASE(a_repair_that_leaves_nan_has_diverged) {
  const auto outcome = laboratory.Run(Repair("test_breaker", laboratory.Make(run.To(4)), poisoned));
  BOOST_TEST((outcome.failure == FailureClass::kDiverged), outcome.message);
}

BOOST_AUTO_TEST_CASE(without_the_input_a_repair_has_no_synthetic_images) {
  const auto repaired =
      laboratory.Make(Repair("test_marker", laboratory.Make(run.To(4)), poisoned));
  BOOST_TEST(BiasOf(*laboratory.Model(repaired))[3].item<double>() == -1);
}

BOOST_AUTO_TEST_CASE(an_evaluation_counts_what_the_model_says) {
  const auto ref = laboratory.Make(EvaluateStage(poisoned, "", "badnets_grid", poisoned));
  const Json result = ReadJson(laboratory.store().Open(ref).File("evaluation.json"));
  const auto model = laboratory.Model(poisoned);
  const auto data = DataCache().Load(ShapesJson(), "");
  const auto predicted = Predict(*model, data->test.images, at::kCPU);
  BOOST_TEST(result.at("clean") == CountEqual(predicted, data->test.labels));
  BOOST_TEST(result.at("acc_per_class").size() == 10U);
  const auto targets = (data->test.labels == 0).sum().item<int64_t>();
  BOOST_TEST(result.at("target").at(1) == kTestImages - targets);
  BOOST_TEST(result.at("true_label").at(1) == kTestImages - targets);
  const auto options = PluginJson(PluginKind::kAttack, "badnets_grid").at("options");
  const auto attack = Registry::Get().Make<Attack>("badnets_grid", options);
  const auto triggered = MakeTriggered(*attack, data->test);
  const auto answers = Predict(*model, triggered.images, at::kCPU);
  BOOST_TEST(result.at("target") == CountEqual(answers, triggered.targets));
  BOOST_TEST(result.at("true_label") == CountEqual(answers, triggered.labels));
  BOOST_TEST(result.at("agreement").is_null());
  BOOST_TEST(result.at("curves").is_null());
  const auto& clean_images = data->test.images;
  BOOST_TEST(result.at("visibility") == Visibility(clean_images, attack->Trigger(clean_images)));
}

BOOST_AUTO_TEST_CASE(a_student_agrees_with_its_teacher_and_has_curves) {
  const auto student = laboratory.Make(run.To(4));
  const auto teacher = laboratory.Make(EvaluateStage(poisoned, "", "badnets_grid", poisoned));
  const auto ref = laboratory.Make(EvaluateStage(student, teacher, "badnets_grid", poisoned));
  const auto artifact = laboratory.store().Open(ref);
  const Json result = ReadJson(artifact.File("evaluation.json"));
  const auto data = DataCache().Load(ShapesJson(), "");
  const auto says = [&](const std::string& model) {
    return Predict(*laboratory.Model(model), data->test.images, at::kCPU);
  };
  BOOST_TEST(result.at("agreement") == CountEqual(says(student), says(poisoned)));
  BOOST_TEST(result.at("curves").at("round") == (Json{1, 2, 3, 4}));
  const auto clean = result.at("clean");
  BOOST_TEST(result.at("curves").at("acc").at(3) ==
             clean.at(0).get<double>() / clean.at(1).get<double>());
  for (const char* file : {"clean.png", "triggered.png", "difference.png", "trigger.png"}) {
    BOOST_TEST(fs::exists(artifact.File(file)));
  }
}

BOOST_AUTO_TEST_CASE(only_a_teacher_leaves_its_answers) {
  const auto student = laboratory.Make(run.To(4));
  const auto teacher = laboratory.Make(EvaluateStage(poisoned, "", "badnets_grid", poisoned));
  const auto ref = laboratory.Make(EvaluateStage(student, teacher, "badnets_grid", poisoned));
  auto& store = laboratory.store();
  BOOST_TEST(fs::exists(store.Open(teacher).folder / "predictions.safetensors"));
  BOOST_TEST(!fs::exists(store.Open(ref).folder / "predictions.safetensors"));
}

BOOST_AUTO_TEST_CASE(a_student_that_nobody_looks_at_has_no_curves) {
  const auto teacher = laboratory.Make(EvaluateStage(poisoned, "", "", ""));
  auto description = EvaluateStage(laboratory.Make(run.To(4)), teacher, "", "").description;
  description["curves"] = false;
  const auto ref = laboratory.Make(MakeStage("evaluate", description));
  const Json result = ReadJson(laboratory.store().Open(ref).File("evaluation.json"));
  BOOST_TEST(result.at("curves").is_null());
  BOOST_TEST(result.at("clean").at(1) == kTestImages);
}

BOOST_AUTO_TEST_CASE(without_an_attack_only_clean_images_are_counted) {
  const auto ref = laboratory.Make(EvaluateStage(clean, "", "", ""));
  const Json result = ReadJson(laboratory.store().Open(ref).File("evaluation.json"));
  BOOST_TEST(result.at("target").is_null());
  BOOST_TEST(result.at("clean").at(1) == kTestImages);
}

BOOST_AUTO_TEST_CASE(bf16_runs_a_cell_and_its_taps_are_bfloat16) {
  if (!Runs(Profile::kBf16, at::kCPU)) {
    BOOST_CHECK_THROW(laboratory.Make(TeacherStage("none", {{"epochs", 1}}, "bf16")), Error);
    return;
  }
  const auto teacher = laboratory.Make(TeacherStage("none", {{"epochs", 1}}, "bf16"));
  run.teacher = teacher, run.profile = "bf16";
  const auto student = laboratory.Make(run.To(4));
  laboratory.Make(
      EvaluateStage(student, laboratory.Make(EvaluateStage(teacher, "", "", "")), "", ""));
  const auto model = laboratory.Model(student, Profile::kBf16);
  Taps taps = {{model->Segments()[1], {}}};
  const auto logits = model->Logits(at::rand({2, 1, 16, 16}), Mode::kEval, Grad::kNone, &taps);
  BOOST_TEST((taps.begin()->second.scalar_type() == at::kBFloat16));
  BOOST_TEST((logits.scalar_type() == at::kFloat));
  auto plain = run;
  plain.profile = "fp32";
  BOOST_TEST(laboratory.DigestOf(student) != laboratory.DigestOf(laboratory.Make(plain.To(4))));
}

BOOST_AUTO_TEST_CASE(no_stage_touches_the_global_generator) {
  const auto before = GlobalGenerator();
  const auto unmoved = [&](const Stage& stage) {
    laboratory.Make(stage);
    BOOST_TEST(GlobalGenerator().equal(before), stage.kind);
    return stage.ref;
  };
  unmoved(TeacherStage("blend", {{"epochs", 1}, {"augment", "crop_flip"}}));
  const auto ood = PluginJson(PluginKind::kDistiller, "ood_kd",
                              {{"count", 64}, {"rounds", 2}, {"balance", true}});
  const auto inverted = PluginJson(
      PluginKind::kDistiller, "deepinversion",
      {{"images", 8}, {"synthesis_batch", 4}, {"synthesis_steps", 2}, {"start", "noise"}});
  unmoved(TransferSetStage(ood, poisoned));
  unmoved(MakeStage("synthesis", {{"distiller", inverted},
                                  {"parts", Json::array()},
                                  {"seed", 0},
                                  {"profile", "fp32"},
                                  {"inputs", {{"teacher", poisoned}, {"transfer_set", nullptr}}}}));
  const auto student = unmoved(run.To(4));
  const auto teacher = laboratory.Make(EvaluateStage(poisoned, "", "badnets_grid", poisoned));
  unmoved(EvaluateStage(student, teacher, "badnets_grid", poisoned));
}

// They keep no checkpoint, and whoever asks them waits for one batch.
BOOST_AUTO_TEST_CASE(evaluations_and_transfer_sets_end_when_they_are_told_to) {
  const auto told_after = [&](int64_t looks, const Stage& stage) {
    const auto outcome =
        laboratory.Run(stage, {}, [left = looks]() mutable { return left-- <= 0; });
    BOOST_TEST((outcome.status == StageStatus::kInterrupted), stage.kind << " after " << looks);
    BOOST_TEST(!laboratory.store().Has(stage.ref));
  };
  const auto ood = PluginJson(PluginKind::kDistiller, "ood_kd", {{"count", 64}, {"balance", true}});
  const auto set = TransferSetStage(ood, poisoned);
  for (const int64_t looks : {0, 1}) told_after(looks, set);
  laboratory.Make(set);
  const auto student = laboratory.Make(run.To(4));
  const auto agreement = MakeStage(
      "evaluate", {{"attack", nullptr},
                   {"inputs", {{"model", student}, {"teacher", poisoned}, {"images", set.ref}}}});
  for (const int64_t looks : {0, 1}) told_after(looks, agreement);
  laboratory.Make(agreement);
  auto described = EvaluateStage(poisoned, "", "badnets_grid", poisoned).description;
  described.erase("kind"), described.erase("format");
  described["reactivation"] = {{"images", {5}}, {"steps", 3}, {"lr", 0.01}, {"seed", 0}};
  described["inputs"]["model"] = student;
  const auto evaluation = MakeStage("evaluate", described);
  // The student and its four snapshots on clean and on triggered images; three steps, and again.
  for (const int64_t looks : {0, 1, 9, 12, 14}) told_after(looks, evaluation);
  int64_t looks = 0;
  laboratory.Run(evaluation, {}, [&] { return ++looks < 0; });
  BOOST_TEST(looks == 15);
  BOOST_TEST(laboratory.store().Has(evaluation.ref));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::model_stages_test
