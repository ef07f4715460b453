#include "bench/nn/optim.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/nn/helpers.h"

namespace dfkd::optim_test {

const double kGradients[3][2] = {{0.5, -1.0}, {0.25, 0.5}, {-1.0, 2.0}};

NamedTensor Pair() { return {"pair", at::tensor({1.0, -2.0}, at::kDouble).requires_grad_()}; }

void SetGradient(const NamedTensor& parameter, const double (&gradient)[2]) {
  auto value = parameter.value;
  value.mutable_grad() = at::tensor({gradient[0], gradient[1]}, at::kDouble);
}

// Three steps on the gradients above from (1, -2), against values from the formulas of torch.optim
// worked out in double precision.
void CheckThreeSteps(const OptimizerSpec& spec, double first, double second) {
  const auto parameter = Pair();
  Optimizer optimizer({parameter}, spec);
  for (const auto& gradient : kGradients) {
    SetGradient(parameter, gradient);
    optimizer.Step(1);
  }
  BOOST_TEST(parameter.value[0].item<double>() == first, boost::test_tools::tolerance(1e-8));
  BOOST_TEST(parameter.value[1].item<double>() == second, boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(three_steps_of_sgd_end_where_the_formula_says) {
  CheckThreeSteps({.kind = "sgd", .lr = 0.1}, 1.025, -2.15);
  CheckThreeSteps({.kind = "sgd", .lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}, 0.911609749,
                  -2.013119498);
  CheckThreeSteps(
      {.kind = "sgd", .lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true},
      0.942869708, -2.156378416);
}

BOOST_AUTO_TEST_CASE(three_steps_of_adam_end_where_the_formula_says) {
  CheckThreeSteps({.kind = "adam", .lr = 0.1}, 0.827417743, -1.919099476);
  CheckThreeSteps({.kind = "adam", .lr = 0.1, .weight_decay = 0.01}, 0.825847770, -1.915659672);
}

// Of radam.py: five steps before the variance is rectified, then three with it.
BOOST_AUTO_TEST_CASE(steps_of_radam_end_where_the_formula_says) {
  const auto parameter = Pair();
  Optimizer optimizer({parameter}, {.kind = "radam", .lr = 0.1});
  const auto check = [&](double first, double second) {
    BOOST_TEST(parameter.value[0].item<double>() == first, boost::test_tools::tolerance(1e-8));
    BOOST_TEST(parameter.value[1].item<double>() == second, boost::test_tools::tolerance(1e-8));
  };
  for (int step = 0; step < 8; ++step) {
    SetGradient(parameter, kGradients[step % 3]);
    optimizer.Step(1);
    if (step == 4) check(0.912179871, -1.975976204);
  }
  check(0.912582780, -1.978981430);
}

BOOST_AUTO_TEST_CASE(the_factor_scales_the_rate) {
  const auto parameter = Pair();
  Optimizer optimizer({parameter}, {.kind = "sgd", .lr = 0.1});
  SetGradient(parameter, kGradients[0]);
  optimizer.Step(0.5);
  BOOST_TEST(parameter.value[0].item<double>() == 0.975, boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(a_parameter_without_a_gradient_is_left_alone) {
  const auto moved = Pair(), still = NamedTensor{"still", at::ones({2}).requires_grad_()};
  Optimizer optimizer({still, moved}, {.kind = "adam", .lr = 0.1, .weight_decay = 0.1});
  optimizer.Step(1);  // no gradient at all
  SetGradient(moved, kGradients[0]);
  optimizer.Step(1);
  BOOST_TEST(still.value.equal(at::ones({2})));
  BOOST_TEST(moved.value[0].item<double>() < 1);
  optimizer.ZeroGrad();
  BOOST_TEST(!moved.value.grad().defined());
}

BOOST_AUTO_TEST_CASE(clipping_bounds_the_norm_of_the_whole_gradient) {
  const auto a = Pair(), b = Pair();
  Optimizer optimizer({a, b}, {.clip_norm = 2.5});
  SetGradient(a, {0.0, 3.0});
  SetGradient(b, {4.0, 0.0});
  optimizer.ClipGradients();  // from norm 5, to which torch adds 1e-6
  BOOST_TEST(a.value.grad()[1].item<double>() == 1.5, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(b.value.grad()[0].item<double>() == 2.0, boost::test_tools::tolerance(1e-6));
  SetGradient(a, {0.0, 0.3});
  SetGradient(b, {0.4, 0.0});
  optimizer.ClipGradients();
  BOOST_TEST(a.value.grad()[1].item<double>() == 0.3);
}

// Two steps, a move to a fresh optimizer through a visitor, a third step: the bits of three steps.
void CheckRoundTrip(const OptimizerSpec& spec) {
  const auto whole = Pair(), cut = Pair();
  Optimizer one({whole}, spec), before({cut}, spec), after({cut}, spec);
  for (int i = 0; i < 2; ++i) {
    SetGradient(whole, kGradients[i]);
    SetGradient(cut, kGradients[i]);
    one.Step(1);
    before.Step(1);
  }
  MemoryVisitor visitor;
  before.Visit(visitor, "student_optimizer");
  visitor.loading = true;
  after.Visit(visitor, "student_optimizer");
  SetGradient(whole, kGradients[2]);
  SetGradient(cut, kGradients[2]);
  one.Step(1);
  after.Step(1);
  BOOST_TEST(whole.value.equal(cut.value));
  BOOST_TEST(visitor.numbers.at("student_optimizer.steps") == 2);
}

// The norm of the gradient is 5; half of the rate.
BOOST_AUTO_TEST_CASE(to_descend_is_to_clip_to_step_and_to_leave_no_gradient) {
  const auto by_loss = Pair(), by_gradients = Pair(), by_hand = Pair();
  const OptimizerSpec spec{.kind = "sgd", .lr = 0.1, .momentum = 0.9, .clip_norm = 1};
  Optimizer one({by_loss}, spec), two({by_gradients}, spec), three({by_hand}, spec);
  const auto slope = at::tensor({3.0, 4.0}, at::kDouble);
  for (int i = 0; i < 2; ++i) {
    one.Descend((by_loss.value * slope).sum(), 0.5);
    two.DescendAlong({slope.clone()}, 0.5);
    SetGradient(by_hand, {0.6, 0.8});
    three.Step(0.5);
  }
  BOOST_TEST((by_loss.value - by_hand.value).abs().max().item<double>() < 1e-6);
  BOOST_TEST(by_loss.value.equal(by_gradients.value));
  BOOST_TEST(!by_loss.value.grad().defined());
  BOOST_TEST(!by_gradients.value.grad().defined());
}

BOOST_AUTO_TEST_CASE(a_resumed_optimizer_ends_in_the_same_bits) {
  CheckRoundTrip({.kind = "sgd", .lr = 0.1, .momentum = 0.9, .nesterov = true});
  CheckRoundTrip({.kind = "adam", .lr = 0.1, .weight_decay = 0.01});
}

BOOST_AUTO_TEST_CASE(the_state_is_complete_before_the_first_step) {
  MemoryVisitor sgd, adam;
  Optimizer({Pair()}, {.kind = "sgd", .momentum = 0.9}).Visit(sgd, "o");
  Optimizer({Pair()}, {.kind = "adam"}).Visit(adam, "o");
  BOOST_TEST(sgd.tensors.at("o.momentum.pair").equal(at::zeros({2})));
  BOOST_TEST(adam.tensors.at("o.mean.pair").equal(at::zeros({2})));
  BOOST_TEST(adam.tensors.at("o.square.pair").equal(at::zeros({2})));
}

BOOST_AUTO_TEST_CASE(unknown_optimizers_and_schedules_are_refused_at_once) {
  BOOST_TEST(MessageOf([] { Optimizer({Pair()}, {.kind = "lion"}); }) ==
             "optimizer 'lion' must be one of sgd, adam, radam");
  BOOST_TEST(MessageOf([] { Optimizer({Pair()}, {.schedule = {.kind = "linear"}}); }) ==
             "schedule 'linear' must be one of constant, cosine, one_cycle, multistep");
  BOOST_CHECK_THROW(Optimizer({Pair()}, {.nesterov = true}), Error);
}

BOOST_AUTO_TEST_CASE(cosine_starts_at_one_halves_in_the_middle_and_ends_near_zero) {
  const Schedule cosine = {.kind = "cosine"};
  BOOST_TEST(ScheduleFactor(cosine, 0, 100) == 1);    // dfkd_methods 9.3: the base rate at 0
  BOOST_TEST(ScheduleFactor(cosine, 100, 100) == 0);  // and 0 at the end
  BOOST_TEST(ScheduleFactor(cosine, 50, 100) == 0.5, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(ScheduleFactor(cosine, 99, 100) == (1 + std::cos(0.99 * M_PI)) / 2,
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(ScheduleFactor({}, 99, 100) == 1);
}

BOOST_AUTO_TEST_CASE(one_cycle_rises_to_one_and_falls_as_torch_does) {
  const Schedule cycle = {.kind = "one_cycle", .warmup = 0.25};
  const auto tolerance = boost::test_tools::tolerance(1e-12);
  BOOST_TEST(ScheduleFactor(cycle, 0, 100) == 0.04, tolerance);
  BOOST_TEST(ScheduleFactor(cycle, 12, 100) == 0.52, tolerance);
  BOOST_TEST(ScheduleFactor(cycle, 24, 100) == 1.0, tolerance);
  BOOST_TEST(ScheduleFactor(cycle, 99, 100) == 4e-6, boost::test_tools::tolerance(1e-9));
  for (const auto& [warmup, total] : {std::pair{0.0, 1}, {0.0, 3}, {1.0, 3}, {0.5, 1}}) {
    for (int64_t i = 0; i < total; ++i) {
      const double factor = ScheduleFactor({.kind = "one_cycle", .warmup = warmup}, i, total);
      BOOST_TEST((factor > 0 && factor <= 1));
    }
  }
}

BOOST_AUTO_TEST_CASE(multistep_multiplies_by_gamma_at_every_milestone) {
  const Schedule steps = {.kind = "multistep", .milestones = {10, 20}, .gamma = 0.1};
  BOOST_TEST(ScheduleFactor(steps, 9, 30) == 1);
  BOOST_TEST(ScheduleFactor(steps, 10, 30) == 0.1);
  BOOST_TEST(ScheduleFactor(steps, 20, 30) == 0.01, boost::test_tools::tolerance(1e-12));
}

}  // namespace dfkd::optim_test
