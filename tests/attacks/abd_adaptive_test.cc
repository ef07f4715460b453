// The attack on ABD: its trigger and its penalties by hand.
#include "attacks/abd_adaptive/abd_adaptive.h"

#include <c10/core/GradMode.h>

#include <boost/test/unit_test.hpp>

#include "tests/attacks/fake_training.h"

namespace dfkd::abd_adaptive_test {

namespace tools = boost::test_tools;

struct Workshop {
  explicit Workshop(const Json& given = Json::object())
      : attack(BegunAttack("abd_adaptive", spec, given)),
        adaptive(dynamic_cast<abd_adaptive::AbdAdaptive&>(*attack)) {
    attack->BeginTraining(training);
  }
  TakeState State() {
    TakeState state;
    attack->Visit(state);
    attack->VisitTraining(state);
    return state;
  }
  const ImageSpec spec = SquareSpec(8);
  const Split noise = NoiseImages(spec, 12);
  const at::Tensor x = noise.images.to(at::kFloat) / 255;
  const LabelledBatch batch{noise.images, noise.labels, 0};
  const std::unique_ptr<Classifier> teacher = RandomNet(spec, 1);
  FakeTraining training{*teacher, nullptr};
  const std::unique_ptr<Attack> attack;
  abd_adaptive::AbdAdaptive& adaptive;
};

BOOST_AUTO_TEST_SUITE(abd_adaptive_attack)

BOOST_AUTO_TEST_CASE(the_change_is_filtered_and_has_the_same_size_in_every_image) {
  auto identity = at::zeros({1, 1, 3, 3});
  identity[0][0][1][1] = 2;
  const auto images = at::tensor({0.5F, 0.5F, 0.5F, 1.0F}).view({1, 1, 2, 2});
  // (0, 0, 0, 1) filtered has the root mean square 1/2: at 0.1 it is (0, 0, 0, 0.2).
  const auto change = abd_adaptive::Change(images, identity, 0.1);
  BOOST_TEST(change.allclose(at::tensor({0.0F, 0.0F, 0.0F, 0.2F}).view({1, 1, 2, 2}), 1e-4, 1e-6));
  const auto many = abd_adaptive::Change(Uniform(Rng(1), {5, 1, 8, 8}), identity, 0.1);
  const auto size = many.square().mean({1, 2, 3}).sqrt();
  BOOST_TEST(size.allclose(at::full({5}, 0.1F), 1e-4));
}

BOOST_AUTO_TEST_CASE(the_universal_share_is_one_of_equal_changes_and_a_half_of_two_apart) {
  const auto one = at::tensor({1.0F, 0.0F}).view({1, 1, 1, 2}), other = one.flip({3});
  BOOST_TEST(abd_adaptive::UniversalShare(at::cat({one, one})).item<double>() == 1.0,
             tools::tolerance(1e-6));
  BOOST_TEST(abd_adaptive::UniversalShare(at::cat({one, other})).item<double>() == 0.5,
             tools::tolerance(1e-6));
  BOOST_TEST(abd_adaptive::UniversalShare(at::cat({one, -one})).item<double>() < 1e-6);
}

// Central differences along the gradient that a step would take. The copy is not the teacher: no
// statistics of the teacher move.
BOOST_AUTO_TEST_CASE(the_shuffle_penalty_is_differentiated_by_the_teachers_own_weights) {
  Workshop at_work(Json{{"layers", 3}});
  at_work.teacher->Use(at::kCPU, Profile::kFp64);
  at_work.attack->BeginTraining(at_work.training);
  const auto x = at_work.x.to(at::kDouble);
  const auto triggered = (x * 0.5 + 0.2);
  const auto targets = at::zeros({12}, at::kLong);
  const Rng shuffle(9);
  // Labels that the shuffled teacher likes least, so that the hinge is open.
  const auto penalty = [&](const at::Tensor& labels) {
    return at_work.adaptive.ShufflePenalty(at_work.training, x, triggered, labels, shuffle);
  };
  int64_t open = 0;
  for (int64_t label = 0; label < 10; ++label)
    if (penalty(at::full({12}, label, at::kLong)).item<double>() > 1e-3) open = label;
  BOOST_TEST_REQUIRE(open > 0);
  const auto labels = at::full({12}, open, at::kLong);
  const auto value = penalty(labels);
  for (const auto& [name, weight] : at_work.teacher->Parameters())
    at::Tensor(weight).mutable_grad().reset();
  value.backward();
  double length = 0;
  std::vector<at::Tensor> slopes;
  for (const auto& [name, weight] : at_work.teacher->Parameters()) {
    slopes.push_back(weight.grad().clone());
    length += slopes.back().square().sum().item<double>();
  }
  length = std::sqrt(length);
  const double step = 1e-4;
  const auto moved = [&](double by) {
    const at::NoGradGuard no_grad;
    const auto parameters = at_work.teacher->Parameters();
    for (size_t i = 0; i < parameters.size(); ++i)
      at::Tensor(parameters[i].value).add_(slopes[i], by / length);
  };
  moved(step);
  const double up = penalty(labels).item<double>();
  moved(-2 * step);
  const double down = penalty(labels).item<double>();
  BOOST_TEST((up - down) / (2 * step) == length, tools::tolerance(1e-4));
  BOOST_TEST(!targets.equal(labels));
}

BOOST_AUTO_TEST_CASE(what_the_task_keeps_as_well_costs_nothing) {
  Workshop at_work;
  // The backdoor is the task: equal probabilities.
  const auto targets = at::zeros({12}, at::kLong);
  const auto penalty =
      at_work.adaptive.ShufflePenalty(at_work.training, at_work.x, at_work.x, targets, Rng(9));
  BOOST_TEST(penalty.item<double>() == 0);
}

BOOST_AUTO_TEST_CASE(
    the_teacher_learns_labels_the_target_and_to_resist_the_universal_perturbation) {
  Workshop at_work({{"shuffle_weight", 0.0}, {"beta", 0.7}, {"universal_weight", 0.3}});
  const auto universal = Uniform(Rng(4), {1, 1, 8, 8}) - 0.5;
  GiveState state({{"universal", universal}});
  at_work.attack->VisitTraining(state);
  const auto filter = at_work.State().tensors.at("filter");
  const auto images = at::cat(
      {at_work.x, at_work.x + abd_adaptive::Change(at_work.x, filter, 0.1), at_work.x + universal});
  const auto logits = at_work.teacher->Clone()->Logits((images.clamp(0, 1) - 0.5) / 0.25,
                                                       Mode::kTrain, Grad::kNone);
  const auto loss_of = [&](int64_t part, const at::Tensor& labels) {
    const auto log_p = logits.slice(0, 12 * part, 12 * part + 12).log_softmax(1);
    return -log_p.gather(1, labels.view({-1, 1})).mean().item<double>();
  };
  const double expected = loss_of(0, at_work.noise.labels) +
                          0.7 * loss_of(1, at::zeros({12}, at::kLong)) +
                          0.3 * loss_of(2, at_work.noise.labels);
  const auto loss = at_work.attack->TeacherLoss(at_work.training, at_work.batch);
  BOOST_TEST(loss.item<double>() == expected, tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(the_universal_perturbation_grows_towards_the_target_up_to_its_radius) {
  Workshop at_work({{"radius", 2.5}, {"strength", 0.1}});  // 2.5 * 0.1 * sqrt(64) = 2
  const auto favour = [&] {
    const auto moved = (at_work.x + at_work.State().tensors.at("universal")).clamp(0, 1);
    const auto logits = at_work.teacher->Logits((moved - 0.5) / 0.25, Mode::kEval, Grad::kNone);
    return logits.softmax(1).select(1, 0).mean().item<double>();
  };
  const double before = favour();
  at_work.attack->AfterStep(at_work.training, at_work.batch);
  BOOST_TEST(at_work.State().tensors.at("universal").norm().item<double>() == 0.1,
             tools::tolerance(1e-4));
  for (int64_t step = 1; step < 40; ++step)
    at_work.attack->AfterStep(at_work.training, at_work.batch);
  BOOST_TEST(at_work.State().tensors.at("universal").norm().item<double>() < 2.0001);
  BOOST_TEST(favour() > before);
}

// CE(T(x~), k) in evaluation mode + share_weight * share: three steps of Adam, for the length of
// the first says nothing of the gradient's.
BOOST_AUTO_TEST_CASE(the_filter_learns_the_target_and_to_change_images_each_in_its_own_way) {
  Workshop at_work({{"target", 2}, {"share_weight", 3.0}, {"universal_weight", 0.0}});
  const auto filter = at_work.State().tensors.at("filter").requires_grad_(true);
  Optimizer optimizer({{"filter", filter}}, {.kind = "adam", .lr = 0.01});
  for (int64_t step = 0; step < 3; ++step) {
    const auto change = abd_adaptive::Change(at_work.x, filter, 0.1);
    const auto triggered = ((at_work.x + change).clamp(0, 1) - 0.5) / 0.25;
    const auto logits = at_work.teacher->Logits(triggered, Mode::kEval, Grad::kInputs);
    const auto fooled = -logits.log_softmax(1).select(1, 2).mean();
    const auto share = abd_adaptive::UniversalShare(change);
    at_work.attack->AfterStep(at_work.training, at_work.batch);
    const auto& logged = at_work.training.silent.last;
    BOOST_TEST(logged.at("abd_adaptive/trigger_loss") == fooled.item<double>(),
               tools::tolerance(1e-5));
    BOOST_TEST(logged.at("abd_adaptive/universal_share") == share.item<double>(),
               tools::tolerance(1e-5));
    optimizer.Descend(fooled + 3 * share);
  }
  const auto moved = (at_work.State().tensors.at("filter") - filter.detach()).abs().max();
  BOOST_TEST(moved.item<double>() < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_kernel_has_a_middle) {
  BOOST_CHECK_THROW(BegunAttack("abd_adaptive", SquareSpec(8), {{"kernel", 4}}), Error);
  BOOST_CHECK_THROW(BegunAttack("abd_adaptive", SquareSpec(8), {{"target", 10}}), Error);
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "abd_adaptive");
  const auto told = card.shortage(AttackOptions("abd_adaptive", {{"kernel", 4}}), {});
  BOOST_TEST_REQUIRE(told.has_value());  // before anything runs
  BOOST_TEST(told->option == "kernel");
  BOOST_TEST(told->why == "kernel = 4 must be odd");
  BOOST_TEST(!card.shortage(AttackOptions("abd_adaptive"), {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::abd_adaptive_test
