// BackWeak: a perturbation that stays weak, and a fine-tuning that starts where the clean teacher
// ended.
#include <c10/core/GradMode.h>

#include <boost/test/unit_test.hpp>

#include "tests/attacks/fake_training.h"

namespace dfkd::backweak_test {

struct Workshop {
  Workshop() {
    LevelTheClasses();
    teacher->Freeze();
  }
  // A random network answers everything alike. Now class 3 leads, and the others are near.
  void LevelTheClasses() {
    const c10::NoGradGuard no_grad;
    const auto logits = teacher->Logits(Normalize(train.images, spec), Mode::kEval, Grad::kNone);
    const auto bias = at::Tensor(teacher->Parameters().back().value);
    bias.sub_(logits.mean(0));
    bias[3] += logits.std(0).max();
  }
  std::unique_ptr<Attack> Craft(Json given) {
    const Json fast = {{"craft_lr", 10.0}, {"craft_epochs", 10}, {"craft_batch", 50},
                       {"check_every", 1}, {"epsilon", 60},      {"target", Target()}};
    Json options = fast;
    options.update(given);
    auto attack = BegunAttack("backweak", spec, options);
    CraftContext context{train, teacher.get(), spec, at::kCPU, Rng(2), silent};
    attack->Craft(context);
    return attack;
  }
  // The class that the random teacher likes least without a trigger.
  int64_t Target() const {
    const auto answers = teacher->Logits(Normalize(train.images, spec)).argmax(1);
    return at::bincount(answers, {}, 10).argmin().item<int64_t>();
  }
  double SuccessOf(const Attack& attack) const {
    const auto others =
        train.images.index_select(0, train.labels.ne(Target()).nonzero().squeeze(1));
    const auto images = Normalize(attack.Trigger(others), spec);
    const auto hits =
        static_cast<const Classifier&>(*teacher).Logits(images).argmax(1).eq(Target());
    return hits.to(at::kDouble).mean().item<double>();
  }
  static at::Tensor PerturbationOf(Attack& attack) {
    TakeState state;
    attack.Visit(state);
    return state.tensors.at("perturbation");
  }
  const ImageSpec spec = SquareSpec(8);
  const Split train = NoiseImages(spec, 100);
  std::unique_ptr<Classifier> teacher = RandomNet(spec, 4);
  SilentProgress silent;
};

BOOST_FIXTURE_TEST_SUITE(backweak_attack, Workshop)

BOOST_AUTO_TEST_CASE(crafting_stops_before_the_clean_teacher_falls_for_it_too_often) {
  const auto weak = Craft({{"asr_budget", 0.05}});
  const double seen = silent.last.at("backweak/asr");  // what made it stop
  const auto steps = silent.ticks;
  const auto strong = Craft({{"asr_budget", 1.0}});
  BOOST_TEST(SuccessOf(*weak) <= 0.05);
  BOOST_TEST(seen > 0.05);
  BOOST_TEST(steps < 20);  // of ten epochs of two
  BOOST_TEST(SuccessOf(*strong) > 0.05);
  BOOST_TEST(silent.ticks - steps == 20);
}

BOOST_AUTO_TEST_CASE(no_pixel_changes_by_more_than_epsilon) {
  const auto attack = Craft({{"asr_budget", 1.0}, {"epsilon", 5}, {"craft_lr", 10.0}});
  const auto perturbation = PerturbationOf(*attack);
  BOOST_TEST(perturbation.abs().max().item<int64_t>() == 5);
  const auto triggered = attack->Trigger(train.images);
  const auto change = (triggered.to(at::kInt) - train.images.to(at::kInt)).abs();
  BOOST_TEST(change.max().item<int64_t>() == 5);
}

// Without momentum's past the first step is lr times the gradient of the hinge: its sign must be
// that of a central difference.
BOOST_AUTO_TEST_CASE(the_first_step_lowers_the_hinge_loss) {
  const auto loss = [&](const at::Tensor& perturbation) {
    const auto images = Normalize(train.images.to(at::kFloat) + perturbation, spec);
    const auto logits = static_cast<const Classifier&>(*teacher).Logits(images);
    double sum = 0;
    for (int64_t i = 0; i < logits.size(0); ++i) {
      auto others = logits[i].clone();
      others[Target()] = -1e9;
      sum += std::max(0.0, others.max().item<double>() - logits[i][Target()].item<double>() + 1);
    }
    return sum / static_cast<double>(logits.size(0));
  };
  const auto attack =
      Craft({{"asr_budget", 1.0}, {"craft_epochs", 1}, {"craft_batch", 100}, {"craft_lr", 0.3}});
  const auto step = PerturbationOf(*attack).to(at::kFloat);
  BOOST_TEST(step.abs().max().item<double>() > 0);
  BOOST_TEST(loss(step) < loss(at::zeros_like(step)));
  BOOST_TEST(silent.last.at("backweak/loss") == loss(at::zeros_like(step)),
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(a_budget_that_is_spent_without_a_trigger_is_an_error) {
  const auto answers = teacher->Logits(Normalize(train.images, spec)).argmax(1);
  const auto favourite = at::bincount(answers, {}, 10).argmax().item<int64_t>();
  try {
    Craft({{"target", favourite}});
    BOOST_ERROR("accepted");
  } catch (const Error& e) {
    const std::string message = e.what();
    BOOST_TEST(message.find("asr_budget = 0.05") != std::string::npos, message);
  }
}

BOOST_AUTO_TEST_CASE(fine_tuning_starts_from_the_clean_teacher_and_leaves_its_last_layer_alone) {
  for (const bool freeze : {true, false}) {
    const auto attack = Craft({{"freeze_last", freeze}});
    auto tuned = RandomNet(spec, 77);
    FakeTraining training(*tuned, teacher.get());
    attack->BeginTraining(training);
    const auto parameters = tuned->Parameters(), clean = teacher->Parameters();
    for (size_t i = 0; i < parameters.size(); ++i) {
      BOOST_TEST(parameters[i].value.equal(clean[i].value), parameters[i].name);
      const bool last = parameters[i].name.starts_with("fc.");
      BOOST_TEST(parameters[i].value.requires_grad() == !(last && freeze), parameters[i].name);
    }
    BOOST_TEST(parameters.back().name == "fc.bias");
    BOOST_TEST(tuned->Buffers()[0].value.equal(teacher->Buffers()[0].value));
  }
}

BOOST_AUTO_TEST_CASE(fine_tuning_has_its_own_rate_and_length) {
  TrainingPlan plan{{.lr = 0.1, .nesterov = true}, 3, 64};
  BegunAttack("backweak", spec)->PlanTraining(plan);
  BOOST_TEST(plan.optimizer.lr == 1e-4);
  BOOST_TEST(plan.optimizer.momentum == 0.9);
  BOOST_TEST(plan.optimizer.weight_decay == 5e-4);
  BOOST_TEST(plan.optimizer.schedule.kind == "cosine");
  BOOST_TEST(!plan.optimizer.nesterov);
  BOOST_TEST(plan.epochs == 150);
  BOOST_TEST(plan.batch_size == 64);
}

BOOST_AUTO_TEST_CASE(thirty_percent_of_the_images_are_poisoned_unless_another_rate_is_given) {
  const auto attack = Craft(Json::object());
  BOOST_TEST(attack->Poison(train, Rng(1)).indices.size() == 30U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::backweak_test
