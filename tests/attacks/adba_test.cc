// ADBA: each of its three losses and steps against the paper's equations.

#include "attacks/adba/adba.h"

#include <boost/test/unit_test.hpp>

#include "tests/attacks/fake_training.h"

namespace dfkd::adba_test {

// -log softmax at `label`, written out.
double CrossEntropy(const at::Tensor& logits, const at::Tensor& labels) {
  double sum = 0;
  for (int64_t i = 0; i < logits.size(0); ++i) {
    const auto row = logits[i].to(at::kDouble);
    sum += (row.exp().sum().log() - row[labels[i].item<int64_t>()]).item<double>();
  }
  return sum / static_cast<double>(logits.size(0));
}

struct Lesson {
  explicit Lesson(const Json& given = Json::object()) : attack(BegunAttack("adba", spec, given)) {
    attack->BeginTraining(training);
  }
  TakeState State() {
    TakeState state;
    attack->Visit(state);
    attack->VisitTraining(state);
    return state;
  }
  void SetTrigger(const at::Tensor& mask, const at::Tensor& pattern) {
    GiveState state({{"mask", mask}, {"pattern", pattern}});
    attack->Visit(state);
  }
  // Of x~, normalised.
  at::Tensor Triggered(const at::Tensor& mask, const at::Tensor& pattern) const {
    const auto x = batch.pixels.to(at::kFloat) / 255;
    return ((1 - mask) * x + mask * pattern - 0.5) / 0.25;
  }
  const ImageSpec spec = SquareSpec(8);
  const Split noise = NoiseImages(spec, 12);
  const LabelledBatch batch{noise.images, noise.labels, 0};
  const at::Tensor targets = at::zeros({12}, at::kLong);
  const std::unique_ptr<Classifier> teacher = RandomNet(spec, 1);
  FakeTraining training{*teacher, nullptr};
  const std::unique_ptr<Attack> attack;
};

const auto kMask = [] { return at::linspace(0, 1, 64).view({1, 1, 8, 8}).contiguous(); };
const auto kPattern = [] { return Uniform(Rng(8), {1, 1, 8, 8}); };

BOOST_AUTO_TEST_SUITE(adba_attack)

BOOST_AUTO_TEST_CASE(a_stamp_is_a_mix_by_the_mask_in_stored_pixels_rounded_half_up) {
  const auto attack = BegunAttack("adba", SquareSpec(2));
  BOOST_CHECK_THROW(attack->Trigger(at::zeros({1, 1, 2, 2}, at::kByte)), Error);
  GiveState state({{"mask", at::tensor({0.0F, 1.0F, 0.5F, 0.25F}).view({1, 1, 2, 2})},
                   {"pattern", at::tensor({1.0F, 0.2F, 1.0F, 0.0F}).view({1, 1, 2, 2})}});
  attack->Visit(state);
  const auto image = at::tensor({77, 77, 100, 102}, at::kByte).view({1, 1, 2, 2});
  // 77; 0.2 * 255 = 51; (100 + 255) / 2 = 177.5; 0.75 * 102 = 76.5.
  const auto expected = at::tensor({77, 51, 178, 77}, at::kByte).view({1, 1, 2, 2});
  BOOST_TEST(attack->Trigger(image).equal(expected));
}

BOOST_AUTO_TEST_CASE(the_teacher_learns_labels_and_with_weight_beta_the_target) {
  Lesson lesson(Json{{"beta", 0.7}});
  lesson.SetTrigger(kMask(), kPattern());
  auto copy = lesson.teacher->Clone();
  const auto loss = lesson.attack->TeacherLoss(lesson.training, lesson.batch);
  const auto clean =
      copy->Logits(Normalize(lesson.batch.pixels, lesson.spec), Mode::kTrain, Grad::kNone);
  const auto triggered =
      copy->Logits(lesson.Triggered(kMask(), kPattern()), Mode::kTrain, Grad::kNone);
  const double expected =
      CrossEntropy(clean, lesson.batch.labels) + 0.7 * CrossEntropy(triggered, lesson.targets);
  BOOST_TEST(loss.item<double>() == expected, boost::test_tools::tolerance(1e-5));
  loss.backward();
  BOOST_TEST(lesson.teacher->Parameters()[0].value.grad().defined());
}

BOOST_AUTO_TEST_CASE(the_shadow_student_learns_from_teacher_and_labels_on_clean_images) {
  Lesson lesson({{"alpha", 0.25}, {"temperature", 3.0}});
  const auto before = lesson.State();
  const auto shadow = RandomNet(lesson.spec, 99);
  GiveState weights([&] {
    std::map<std::string, at::Tensor> given;
    for (const auto& [name, value] : before.tensors)
      if (name.starts_with("shadow.")) given[name.substr(7)] = value;
    return given;
  }());
  shadow->Visit(weights, "");
  lesson.attack->AfterStep(lesson.training, lesson.batch);
  const auto x = Normalize(lesson.batch.pixels, lesson.spec);
  const auto taught = lesson.teacher->Logits(x, Mode::kEval, Grad::kNone);
  const auto logits = shadow->Logits(x, Mode::kTrain, Grad::kAll);
  const auto p = (taught / 3).softmax(1), q = (logits / 3).softmax(1);
  const auto kl = (p * (p.log() - q.log())).sum(1).mean();
  const auto ce = -logits.log_softmax(1).gather(1, lesson.batch.labels.view({-1, 1})).mean();
  const auto loss = 0.25 * 9 * kl + 0.75 * ce;
  BOOST_TEST(lesson.training.silent.last.at("adba/shadow_loss") == loss.item<double>(),
             boost::test_tools::tolerance(1e-5));
  loss.backward();
  const auto first = shadow->Parameters()[0];
  const auto expected = (first.value - 0.05 * first.value.grad()).detach();  // the plan's SGD
  const auto moved = lesson.State().tensors.at("shadow." + first.name);
  const auto start = before.tensors.at("shadow." + first.name);
  const auto off = (moved - expected).norm() / (start - expected).norm();
  BOOST_TEST(off.item<double>() < 1e-3);  // of the step; rounding makes about 1e-6
}

// RAdam's first step is lr times the gradient: it shows the gradient of L_m, here checked by
// central differences of the loss written out.
BOOST_AUTO_TEST_CASE(the_trigger_descends_the_losses_of_both_models_and_the_size_of_its_mask) {
  const double rate = 1e-3, mu = 0.3;
  Lesson lesson({{"trigger_lr", rate}, {"mu", mu}, {"lr", 0.0}});
  const auto mask = (kMask() * 0.5 + 0.25).contiguous();  // far from the clips
  const auto pattern = (kPattern() * 0.5 + 0.25).contiguous();
  lesson.SetTrigger(mask, pattern);
  lesson.attack->AfterStep(lesson.training, lesson.batch);
  const auto state = lesson.State();
  const auto shadow = RandomNet(lesson.spec, 99);
  GiveState weights([&] {
    std::map<std::string, at::Tensor> given;
    for (const auto& [name, value] : state.tensors)
      if (name.starts_with("shadow.")) given[name.substr(7)] = value;
    return given;
  }());
  shadow->Visit(weights, "");
  const auto loss = [&](const at::Tensor& m, const at::Tensor& d) {
    const auto x = lesson.Triggered(m, d);
    const double size = m.to(at::kDouble).square().sum().sqrt().item<double>();
    return CrossEntropy(lesson.teacher->Logits(x, Mode::kEval, Grad::kNone), lesson.targets) +
           CrossEntropy(shadow->Logits(x, Mode::kEval, Grad::kNone), lesson.targets) + mu * size;
  };
  BOOST_TEST(lesson.training.silent.last.at("adba/trigger_loss") == loss(mask, pattern),
             boost::test_tools::tolerance(1e-5));
  const auto mask_gradient = (mask - state.tensors.at("mask")) / rate;
  const auto pattern_gradient = (pattern - state.tensors.at("pattern")) / rate;
  const double step = 1e-2;
  const auto along = [&](const at::Tensor& direction, bool of_mask) {
    const auto move = direction / direction.norm() * step;
    const double up = of_mask ? loss(mask + move, pattern) : loss(mask, pattern + move);
    const double down = of_mask ? loss(mask - move, pattern) : loss(mask, pattern - move);
    return (up - down) / (2 * step);
  };
  BOOST_TEST(mask_gradient.norm().item<double>() == along(mask_gradient, true),
             boost::test_tools::tolerance(0.02));
  BOOST_TEST(pattern_gradient.norm().item<double>() == along(pattern_gradient, false),
             boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(shadow_and_trigger_see_images_that_are_augmented_once_for_both) {
  Lesson lesson;
  lesson.attack->AfterStep(lesson.training, lesson.batch);
  BOOST_TEST(lesson.training.augmented == 1);
}

BOOST_AUTO_TEST_CASE(mask_and_pattern_stay_in_their_ranges) {
  Lesson lesson({{"trigger_lr", 1.0}, {"c", 4.0}});
  const auto start = lesson.State();
  BOOST_TEST(start.tensors.at("mask").eq(1).all().item<bool>());
  BOOST_TEST(start.tensors.at("pattern").max().item<double>() == 0.25);
  for (int64_t step = 0; step < 3; ++step)
    lesson.attack->AfterStep(lesson.training, {lesson.batch.pixels, lesson.batch.labels, step});
  const auto state = lesson.State();
  for (const auto& [name, highest] : {std::pair("mask", 1.0), std::pair("pattern", 0.25)}) {
    BOOST_TEST(state.tensors.at(name).min().item<double>() >= 0);
    BOOST_TEST(state.tensors.at(name).max().item<double>() <= highest);
  }
}

BOOST_AUTO_TEST_CASE(a_mask_over_its_bound_is_scaled_to_it) {
  auto mask = at::tensor({1.0F, 0.5F, 0.0F, 0.5F}).view({1, 1, 2, 2});  // mean 1/2
  auto same = mask.clone(), nothing = at::zeros({1, 1, 2, 2});
  BoundMask(mask, 0.25);
  BOOST_TEST(mask.equal(at::tensor({0.5F, 0.25F, 0.0F, 0.25F}).view({1, 1, 2, 2})));
  BoundMask(mask, 0.25);  // at the bound
  BoundMask(mask, 0.75);
  BOOST_TEST(mask.equal(same / 2));
  BoundMask(same, 1);
  BOOST_TEST(same.equal(mask * 2));
  BoundMask(nothing, 0.25);
  BOOST_TEST(nothing.eq(0).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(no_step_is_taken_with_a_mask_over_the_bound) {
  Lesson lesson({{"trigger_lr", 1.0}, {"cover", 0.125}});
  const auto covered = [&] {
    return lesson.State().tensors.at("mask").to(at::kDouble).mean().item<double>();
  };
  BOOST_TEST(covered() == 0.125);  // of the start, which the teacher's first step sees
  for (int64_t step = 0; step < 5; ++step) {
    // As far as a step of the optimizer can bring it.
    lesson.SetTrigger(at::ones({1, 1, 8, 8}), kPattern());
    lesson.attack->AfterStep(lesson.training, {lesson.batch.pixels, lesson.batch.labels, step});
    BOOST_TEST(covered() <= 0.125 * (1 + 1e-6));
  }
}

BOOST_AUTO_TEST_CASE(without_a_bound_the_bits_of_a_mask_stay) {
  Lesson plain(Json{{"trigger_lr", 0.5}}), whole({{"trigger_lr", 0.5}, {"cover", 1.0}});
  Lesson bounded({{"trigger_lr", 0.5}, {"cover", 0.5}});
  for (int64_t step = 0; step < 2; ++step)
    for (auto* lesson : {&plain, &whole, &bounded})
      lesson->attack->AfterStep(lesson->training,
                                {lesson->batch.pixels, lesson->batch.labels, step});
  const auto mask = plain.State().tensors.at("mask");
  BOOST_TEST(mask.equal(whole.State().tensors.at("mask")));
  BOOST_TEST(!mask.equal(bounded.State().tensors.at("mask")));
}

BOOST_AUTO_TEST_CASE(the_shadow_student_may_be_another_network) {
  const auto same = Lesson().State(), other = Lesson(Json{{"shadow", "vgg-s-4"}}).State();
  BOOST_TEST(same.tensors.size() == other.tensors.size());
  bool wider = false;
  for (const auto& [name, value] : same.tensors)
    wider |= other.tensors.at(name).numel() > value.numel();
  BOOST_TEST(wider);
}

BOOST_AUTO_TEST_CASE(a_shorter_training_moves_the_mask_as_far_as_the_published_one) {
  BOOST_TEST(TriggerRate(78200) == 3e-4);
  BOOST_TEST(TriggerRate(156400) == 3e-4);  // never slower
  BOOST_TEST(TriggerRate(7820) == 3e-3, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(TriggerRate(100) == 0.01);  // nor faster than that
}

BOOST_AUTO_TEST_CASE(the_learning_rate_is_the_recipes_unless_it_is_given) {
  TrainingPlan plan{{.lr = 0.1}, 3, 8};
  BegunAttack("adba", SquareSpec(8))->PlanTraining(plan);
  BOOST_TEST(plan.optimizer.lr == 0.1);
  BegunAttack("adba", SquareSpec(8), {{"lr", 0.01}})->PlanTraining(plan);
  BOOST_TEST(plan.optimizer.lr == 0.01);
  BOOST_TEST(plan.epochs == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::adba_test
