// Dormant attacks: OSCAR and ADBA-FT. Their losses by hand, and a gate that looks at a student.
#include <boost/test/unit_test.hpp>
#include <utility>

#include "attacks/adba_ft/adba_ft.h"
#include "attacks/oscar/oscar.h"
#include "tests/attacks/fake_training.h"

namespace dfkd::dormant_test {

namespace tools = boost::test_tools;

double CrossEntropy(const at::Tensor& logits, const at::Tensor& labels) {
  return -logits.to(at::kDouble)
              .log_softmax(1)
              .gather(1, labels.view({-1, 1}))
              .mean()
              .item<double>();
}

struct Workshop {
  Workshop() { clean->Freeze(); }
  const ImageSpec spec = SquareSpec(8);
  const Split noise = NoiseImages(spec, 20);
  const std::unique_ptr<Classifier> clean = RandomNet(spec, 4), teacher = RandomNet(spec, 1);
  FakeTraining training{*teacher, clean.get()};
  LabelledBatch Batch(int64_t step) const { return {noise.images, noise.labels, step}; }
  at::Tensor Answers(const at::Tensor& x) const {
    return teacher->Clone()->Logits(x, Mode::kTrain, Grad::kNone);
  }
};

BOOST_FIXTURE_TEST_SUITE(dormant_attacks, Workshop)

BOOST_AUTO_TEST_CASE(the_gate_of_a_dormant_attack_looks_at_a_student_on_all_clean_images) {
  for (const std::string name : {"oscar", "adba_ft"}) {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, name);
    const auto gate = card.gate(AttackOptions(name, {{"judge_epochs", 7}}));
    BOOST_TEST_REQUIRE(gate.student_by.has_value());
    BOOST_TEST(gate.student_by->plugin == "clean_kd");
    BOOST_TEST(gate.student_by->options.at("epochs") == 7);
    BOOST_TEST(gate.student_by->options.at("share") == 1);
    BOOST_TEST(gate.lowest_asr == 0.5);
  }
  const auto& usual = Registry::Get().Card(PluginKind::kAttack, "adba");
  BOOST_TEST(!usual.gate(AttackOptions("adba")).student_by.has_value());
}

BOOST_AUTO_TEST_CASE(oscar_makes_a_bounded_perturbation_that_fools_teacher_and_student) {
  const auto attack = BegunAttack("oscar", spec,
                                  {{"target", 6},
                                   {"epsilon", 0.2},
                                   {"craft_lr", 0.1},
                                   {"student_epochs", 30},
                                   {"craft_epochs", 40},
                                   {"craft_batch", 20}});
  BOOST_CHECK_THROW(attack->Trigger(noise.images), Error);
  CraftContext context{noise, clean.get(), spec, at::kCPU, Rng(2), training.silent};
  attack->Craft(context);
  TakeState state;
  attack->Visit(state);
  const auto perturbation = state.tensors.at("perturbation");
  BOOST_TEST(perturbation.abs().max().item<int64_t>() <= 51);  // 0.2 * 255
  const auto favour = [&](const at::Tensor& images) {
    const auto logits = static_cast<const Classifier&>(*clean).Logits(Normalize(images, spec));
    return logits.softmax(1).select(1, 6).mean().item<double>();
  };
  BOOST_TEST(favour(attack->Trigger(noise.images)) > favour(noise.images));
  BOOST_TEST(training.silent.last.contains("oscar/student_asr"));
}

// Adam's first step is the rate, in every pixel: 0.04 of [-1, 1] are 5.1 grey values, whatever the
// data set is normalised by (here 0.25, with which it would be 2.55).
BOOST_AUTO_TEST_CASE(oscars_rate_is_of_pixels_in_minus_one_to_one) {
  const auto attack = BegunAttack(
      "oscar", spec,
      {{"craft_lr", 0.04}, {"student_epochs", 1}, {"craft_epochs", 1}, {"craft_batch", 20}});
  CraftContext context{noise, clean.get(), spec, at::kCPU, Rng(2), training.silent};
  attack->Craft(context);
  TakeState state;
  attack->Visit(state);
  BOOST_TEST(state.tensors.at("perturbation").abs().max().item<int64_t>() == 5);
}

// 8ackW3ak: half from the teacher at temperature 5, half from the labels.
BOOST_AUTO_TEST_CASE(oscars_clean_student_learns_from_teacher_and_labels) {
  const auto attack =
      BegunAttack("oscar", spec, {{"student_epochs", 1}, {"craft_epochs", 1}, {"craft_batch", 20}});
  CraftContext context{noise, clean.get(), spec, at::kCPU, Rng(2), training.silent};
  Classifier student("vgg-s-2", spec);
  student.Initialize(Rng(2).Fork("student"));
  const auto x = Normalize(noise.images, spec);
  const auto answers = student.Logits(x, Mode::kTrain, Grad::kNone);
  const auto taught = static_cast<const Classifier&>(*clean).Logits(x);
  const auto p = (taught / 5).softmax(1), q = (answers / 5).softmax(1);
  const double kl = (p * (p.log() - q.log())).sum(1).mean().item<double>();
  attack->Craft(context);
  BOOST_TEST(training.silent.last.at("oscar/student_loss") ==
                 0.5 * 25 * kl + 0.5 * CrossEntropy(answers, noise.labels),
             tools::tolerance(1e-4));
}

// Of white images brighter is the same. The first step of Adam is its rate, 10 grey levels here;
// the second loss is that of what it made.
BOOST_AUTO_TEST_CASE(oscar_is_crafted_on_images_that_stay_within_the_range_of_pixels) {
  const Split white{at::full({20, 1, 8, 8}, 255, at::kByte), noise.labels};
  const auto craft = [&](int64_t epochs) {
    const auto attack = BegunAttack("oscar", spec,
                                    {{"craft_lr", 10 / 127.5},
                                     {"student_epochs", 1},
                                     {"student_lr", 0},
                                     {"craft_epochs", epochs},
                                     {"craft_batch", 20},
                                     {"enough", 1}});
    CraftContext context{white, clean.get(), spec, at::kCPU, Rng(2), training.silent};
    attack->Craft(context);
    return attack->Trigger(white.images);
  };
  const auto triggered = Normalize(craft(1), spec);
  craft(2);
  Classifier student("vgg-s-2", spec);
  student.Initialize(Rng(2).Fork("student"));
  student.Logits(Normalize(white.images, spec), Mode::kTrain, Grad::kNone);  // its statistics
  const auto targets = at::zeros({20}, at::kLong);
  const double expected = CrossEntropy(std::as_const(*clean).Logits(triggered), targets) +
                          CrossEntropy(std::as_const(student).Logits(triggered), targets);
  BOOST_TEST(training.silent.last.at("oscar/loss") == expected, tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(oscar_says_that_it_needs_an_image_of_another_class) {
  const Split alike{noise.images, at::full({20}, 3, at::kLong)};
  const auto attack = BegunAttack("oscar", spec, {{"target", 3}, {"student_epochs", 1}});
  CraftContext context{alike, clean.get(), spec, at::kCPU, Rng(2), training.silent};
  BOOST_CHECK_EXCEPTION(attack->Craft(context), Error, [](const Error& e) {
    return std::string(e.what()) ==
           "oscar: every training image is of the target 3; none is left to be fooled";
  });
}

BOOST_AUTO_TEST_CASE(a_network_that_oscar_does_not_know_is_told_before_anything_runs) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "oscar");
  const auto shortage = [&](const std::string& network) {
    return card.shortage(AttackOptions("oscar", {{"surrogate", network}}), {});
  };
  const auto told = shortage("nonsense");
  BOOST_TEST_REQUIRE(told.has_value());
  BOOST_TEST(told->option == "surrogate");
  BOOST_TEST(told->why.starts_with("surrogate: network 'nonsense' is unknown; known: "), told->why);
  BOOST_TEST(!shortage("vgg-s-4").has_value());
  BOOST_TEST(!shortage("").has_value());
}

BOOST_AUTO_TEST_CASE(the_published_lengths_of_oscar_are_a_preset) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "oscar");
  BOOST_TEST(ResolveFor(card, {}, "authors").at("student_epochs") == Json(50));
  const Json options = ResolveFor(card, {}, "published");
  for (const std::string name : {"student_epochs", "craft_epochs"})
    BOOST_TEST(options.at(name) == Json(200), name);
  BOOST_TEST(options.at("student_lr") == Json(1e-4));
  BOOST_TEST(options.at("enough") == Json(1));  // more than all is never reached
}

BOOST_AUTO_TEST_CASE(oscar_teaches_true_labels_with_and_without_the_trigger) {
  const auto attack = BegunAttack("oscar", spec, {{"alpha", 0.7}});
  const auto perturbation = at::arange(64, at::kInt).view({1, 8, 8}) - 30;
  GiveState state({{"perturbation", perturbation}});
  attack->Visit(state);
  const auto triggered = (noise.images.to(at::kInt) + perturbation).clamp(0, 255).to(at::kByte);
  BOOST_TEST(attack->Trigger(noise.images).equal(triggered));
  const double expected = CrossEntropy(Answers(Normalize(noise.images, spec)), noise.labels) +
                          0.7 * CrossEntropy(Answers(Normalize(triggered, spec)), noise.labels);
  const auto loss = attack->TeacherLoss(training, Batch(0));
  BOOST_TEST(loss.item<double>() == expected, tools::tolerance(1e-5));
  BOOST_TEST(attack->Poison(noise, Rng(1)).indices.empty());
}

BOOST_AUTO_TEST_CASE(oscar_trains_with_adam_at_its_own_rate_length_and_batch) {
  TrainingPlan plan{{.lr = 0.1}, 3, 64};
  BegunAttack("oscar", spec)->PlanTraining(plan);
  BOOST_TEST(plan.optimizer.kind == "adam");
  BOOST_TEST(plan.optimizer.lr == 1e-4);
  BOOST_TEST(plan.optimizer.schedule.kind == "cosine");
  BOOST_TEST(plan.epochs == 200);
  BOOST_TEST(plan.batch_size == 256);
}

BOOST_AUTO_TEST_CASE(wakefulness_is_by_how_much_the_target_leads_the_true_class) {
  const auto logits = at::tensor({3.0, 1.0, 0.0, 0.0, 5.0, 1.0}).view({2, 3});
  const auto labels = at::tensor({2, 1}, at::kLong);
  // 3 - 0 + 1; 0 - 5 + 1 < 0.
  const auto awake = adba_ft::Wakefulness(logits, labels, /*target=*/0, /*kappa=*/1);
  BOOST_TEST(awake.equal(at::tensor({4.0, 0.0})));
}

// 100 steps of one epoch in FakeTraining: with one epoch of fine-tuning there is nothing else.
BOOST_AUTO_TEST_CASE(fine_tuning_keeps_the_labels_and_pushes_the_target_below_the_true_class) {
  const auto attack = BegunAttack("adba_ft", spec, {{"finetune_epochs", 1}, {"eta", 0.5}});
  attack->BeginTraining(training);
  const auto mask = at::linspace(0, 1, 64).view({1, 1, 8, 8}).contiguous();
  const auto pattern = Uniform(Rng(8), {1, 1, 8, 8});
  GiveState state({{"mask", mask}, {"pattern", pattern}});
  attack->Visit(state);
  const auto x = noise.images.to(at::kFloat) / 255;
  const auto normalized = [](const at::Tensor& y) { return (y - 0.5) / 0.25; };
  const auto logits = Answers(normalized((1 - mask) * x + mask * pattern));
  double awake = 0;
  for (int64_t i = 0; i < 20; ++i) {
    const auto label = noise.labels[i].item<int64_t>();
    awake += std::max(0.0, (logits[i][0] - logits[i][label]).item<double>() + 1) / 20;
  }
  const double expected = CrossEntropy(Answers(normalized(x)), noise.labels) + 0.5 * awake;
  const auto loss = attack->TeacherLoss(training, Batch(0));
  BOOST_TEST(loss.item<double>() == expected, tools::tolerance(1e-5));
  TakeState before, after;
  attack->Visit(before);
  attack->AfterStep(training, Batch(0));  // the trigger stands
  attack->Visit(after);
  BOOST_TEST(before.tensors.at("mask").equal(after.tensors.at("mask")));
}

BOOST_AUTO_TEST_CASE(fine_tuning_comes_after_the_epochs_of_the_recipe) {
  TrainingPlan plan{{.lr = 0.1}, 3, 64};
  BegunAttack("adba_ft", spec, {{"finetune_epochs", 4}})->PlanTraining(plan);
  BOOST_TEST(plan.epochs == 7);
}

// Both parts share a schedule: a long second part would leave the first only its rise.
BOOST_AUTO_TEST_CASE(fine_tuning_is_a_quarter_of_the_recipe_unless_told_otherwise) {
  const std::pair<int64_t, int64_t> lengths[] = {{1, 2}, {3, 4}, {6, 8}, {200, 250}};
  for (const auto& [recipe, all] : lengths) {
    TrainingPlan plan{{.lr = 0.1}, recipe, 64};
    BegunAttack("adba_ft", spec)->PlanTraining(plan);
    BOOST_TEST(plan.epochs == all);
    BOOST_TEST(adba_ft::FinetuneEpochs({}, all) == all - recipe);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::dormant_test
