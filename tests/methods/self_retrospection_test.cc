#include "methods/defenses/self_retrospection/self_retrospection.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/methods/fakes.h"

namespace dfkd::self_retrospection::self_retrospection_test {

// A smooth student in double precision: 4 pixels, 5 hidden units, 3 classes, 35 parameters.
struct Toy {
  at::Tensor first = Normal(Rng(1), {5, 4}).to(at::kDouble).requires_grad_(true);
  at::Tensor second = Normal(Rng(2), {3, 5}).to(at::kDouble).requires_grad_(true);
  at::Tensor images = Normal(Rng(3), {6, 1, 2, 2}).to(at::kDouble);
  at::Tensor delta = Normal(Rng(4), {1, 1, 2, 2}).to(at::kDouble) * 0.5;

  at::Tensor Logits(const at::Tensor& x) const {
    return at::softplus(x.flatten(1).matmul(first.t())).matmul(second.t());
  }
  static at::Tensor Divergence(const at::Tensor& target, const at::Tensor& logits) {
    return KlPerSample(target, logits, 2).mean();
  }
  Retrospection Problem() const {
    Retrospection problem;
    problem.student = [this](const at::Tensor& x) { return Logits(x); };
    problem.divergence = Divergence;
    problem.parameters = {first, second};
    problem.images = images;
    problem.clean_logits = Logits(images);
    problem.rows = at::zeros({6, 1, 1, 1}, at::kDouble);
    problem.rows.slice(0, 1, 4).fill_(1);
    return problem;
  }
};

// The same numbers from forward passes alone: every derivative is a central difference.
class BruteForce {
 public:
  BruteForce(Toy& toy, const Options& options)
      : toy_(toy), options_(options), target_(toy.Logits(toy.images).detach()) {
    for (auto* tensor : {&toy.delta, &toy.first, &toy.second}) {
      const auto flat = tensor->detach().view({-1});  // shares storage
      for (int64_t i = 0; i < flat.numel(); ++i) coordinates_.push_back(flat[i]);
    }
  }

  std::vector<double> Gradients() {
    const at::NoGradGuard no_grad;
    const double alpha = options_.inner_step;
    std::vector<double> g, v(kPixels, 0);
    for (int j = 0; j < kPixels; ++j) g.push_back(OuterSlope(j));
    for (int64_t k = 0; k < options_.terms; ++k) {
      auto next = g;
      for (int j = 0; j < kPixels; ++j) {
        next[j] += v[j];
        for (int i = 0; i < kPixels; ++i) next[j] -= alpha * InnerCurvature(i, j) * v[i];
      }
      v = next;
    }
    std::vector<double> result;
    for (int p = kPixels; p < static_cast<int>(coordinates_.size()); ++p) {
      double h = OuterSlope(p);
      for (int j = 0; j < kPixels; ++j) h -= alpha * InnerCurvature(p, j) * v[j];
      result.push_back(h);
    }
    return result;
  }

 private:
  static constexpr int kPixels = 4;
  static constexpr double kStep = 1e-4;

  double Inner() const {
    const auto moved = toy_.Logits(toy_.images + toy_.delta);
    return options_.norm_penalty * toy_.delta.square().sum().item<double>() -
           Toy::Divergence(target_, moved).item<double>();
  }
  double Outer() const {
    auto mixed = toy_.images.clone();
    for (int row = 1; row < 4; ++row) mixed[row].add_(toy_.delta[0]);
    const auto clean = options_.detach_outer ? target_ : toy_.Logits(toy_.images);
    return Toy::Divergence(clean, toy_.Logits(mixed)).item<double>();
  }
  template <class Function>
  double At(int coordinate, double step, Function value) {
    coordinates_[coordinate].add_(step);
    const double result = value();
    coordinates_[coordinate].sub_(step);
    return result;
  }
  double OuterSlope(int i) {
    const auto outer = [&] { return Outer(); };
    return (At(i, kStep, outer) - At(i, -kStep, outer)) / (2 * kStep);
  }
  double InnerSlope(int j) {
    const auto inner = [&] { return Inner(); };
    return (At(j, kStep, inner) - At(j, -kStep, inner)) / (2 * kStep);
  }
  double InnerCurvature(int i, int j) {
    const auto slope = [&] { return InnerSlope(j); };
    return (At(i, kStep, slope) - At(i, -kStep, slope)) / (2 * kStep);
  }

  Toy& toy_;
  const Options options_;
  const at::Tensor target_;
  std::vector<at::Tensor> coordinates_;  // scalars: the perturbation's, then the parameters'
};

BOOST_AUTO_TEST_CASE(the_gradient_agrees_with_brute_force_differences) {
  for (const bool detach : {true, false}) {
    for (const int64_t terms : {0, 1, 5}) {
      const auto options = Read<Options>({{"inner_step", 0.7},
                                          {"norm_penalty", 0.05},
                                          {"terms", terms},
                                          {"detach_outer", detach}});
      Toy toy;
      const auto gradients = StudentGradients(toy.Problem(), toy.delta, options);
      const auto expected = BruteForce(toy, options).Gradients();
      size_t p = 0;
      for (const auto& gradient : gradients) {
        const auto flat = gradient.view({-1});
        for (int64_t i = 0; i < flat.numel(); ++i, ++p) {
          BOOST_TEST(std::abs(flat[i].item<double>() - expected[p]) < 1e-6);
        }
      }
      BOOST_TEST(p == expected.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_implicit_term_matters_in_that_comparison) {
  Toy toy;
  const auto direct = StudentGradients(toy.Problem(), toy.delta, Read<Options>({{"terms", 0}}));
  const auto full = StudentGradients(toy.Problem(), toy.delta,
                                     Read<Options>({{"terms", 5}, {"inner_step", 0.7}}));
  BOOST_TEST(MaxDifference(direct[0], full[0]) > 1e-3);
}

// Equal logits for black images: the divergence has an exact zero gradient where there is no
// perturbation.
BOOST_AUTO_TEST_CASE(a_search_from_exact_zero_stays_there_and_one_from_noise_does_not) {
  const auto weight = Normal(Rng(6), {4, 2}).to(at::kDouble);
  const auto model = [&](const at::Tensor& x) { return x.flatten(1).matmul(weight); };
  auto problem = Toy().Problem();
  problem.images = at::zeros({6, 1, 2, 2}, at::kDouble);
  const auto target = model(problem.images);
  const auto search = [&](double sigma) {
    return SearchPerturbation(problem, model, target, Toy().delta * sigma,
                              at::full({1}, 0.1, at::kDouble), Read<Options>());
  };
  BOOST_TEST(
      search(RetrospectionOptions::Faithful().at("initial_sigma")).abs().max().item<double>() == 0);
  const auto found = search(Read<Options>().initial_sigma);
  BOOST_TEST(found.abs().max().item<double>() > 0.1);
  BOOST_TEST(Toy::Divergence(target, model(problem.images + found)).item<double>() > 0.01);
}

struct Setup {
  explicit Setup(const Json& given = nullptr, int64_t rounds = 400)
      : teacher(MakeTeacher("vgg-s-4", 1)),
        student(MakeNet("vgg-s-4", 2)),
        context{*teacher, SmallSpec(), {.rounds = rounds}, Rng(5), progress},
        defense(Read<Options>(given)) {
    defense.Begin(context);
    batch = TaughtBatch(*teacher, Normal(Rng(3), {16, 3, 8, 8}), defense.Taps());
    batch.round = rounds - 1;
  }
  at::Tensor GradientOf(size_t i) const { return student->Parameters()[i].value.grad(); }
  double Logged(const std::string& name) {
    return progress.scalars.at("self_retrospection/" + name).at(0);
  }

  FakeProgress progress;
  std::unique_ptr<Classifier> teacher, student;
  DefenseContext context;
  SelfRetrospection defense;
  TransferBatch batch;
};

std::vector<at::Tensor> Values(const std::vector<NamedTensor>& tensors) {
  std::vector<at::Tensor> values;
  for (const auto& tensor : tensors) values.push_back(tensor.value.detach().clone());
  return values;
}

BOOST_AUTO_TEST_CASE(gradients_are_added_to_those_of_the_distiller) {
  Setup alone, after;
  alone.defense.AddStudentGradients(*alone.student, alone.batch);
  for (const auto& parameter : after.student->Parameters()) {
    parameter.value.mutable_grad() = at::zeros_like(parameter.value) + 1;
  }
  after.defense.AddStudentGradients(*after.student, after.batch);
  double largest = 0;
  for (size_t i = 0; i < alone.student->Parameters().size(); ++i) {
    const auto own = alone.GradientOf(i);
    largest = std::max(largest, own.abs().max().item<double>());
    BOOST_TEST(MaxDifference(after.GradientOf(i), own + 1) < 1e-6);
  }
  BOOST_TEST(largest > 1e-6);
}

BOOST_AUTO_TEST_CASE(weights_and_running_statistics_of_the_student_stay) {
  Setup setup;
  const auto before = Values(setup.student->Parameters());
  const auto statistics = Values(setup.student->Buffers());
  setup.defense.AddStudentGradients(*setup.student, setup.batch);
  const auto after = Values(setup.student->Parameters());
  const auto statistics_after = Values(setup.student->Buffers());
  for (size_t i = 0; i < before.size(); ++i) BOOST_TEST(after[i].equal(before[i]));
  for (size_t i = 0; i < statistics.size(); ++i) {
    BOOST_TEST(statistics_after[i].equal(statistics[i]));
  }
}

BOOST_AUTO_TEST_CASE(perturbed_passes_move_running_statistics_where_the_reference_is_followed) {
  Setup setup(Json{{"update_statistics", true}});
  const auto before = Values(setup.student->Buffers());
  setup.defense.AddStudentGradients(*setup.student, setup.batch);
  BOOST_TEST(!Values(setup.student->Buffers())[0].equal(before[0]));
}

// The order of abd.md (g): x', x, x + d, x, x behind the distiller's own pass, and in ZSKT x'
// again.
BOOST_AUTO_TEST_CASE(running_statistics_see_the_passes_of_the_reference_in_their_order) {
  for (const bool detach : {true, false}) {
    Setup setup({{"update_statistics", true},
                 {"detach_outer", detach},
                 {"portion", 0.5},
                 {"initial_sigma", 1.0},
                 {"perturbation_step_size", 0.0}});
    const auto stream = [&](const char* name) {
      return setup.context.rng.Fork(name, setup.batch.round).Fork("step", setup.batch.step);
    };
    const auto& x = setup.batch.images;
    const auto delta = Normal(stream("perturbation"), {1, 3, 8, 8});  // which no step moves
    auto mixed = x.clone();
    const auto chosen = Permutation(stream("rows"), 16).slice(0, 0, 8);
    mixed.index_copy_(0, chosen, (x + delta).index_select(0, chosen));
    const auto expected = setup.student->Clone();
    std::vector<at::Tensor> passes = {mixed, x, x + delta, x, x};
    if (detach) passes.push_back(mixed);
    for (const auto& pass : passes) expected->Logits(pass, Mode::kTrain, Grad::kNone);
    setup.defense.AddStudentGradients(*setup.student, setup.batch);
    const auto want = expected->Buffers(), got = setup.student->Buffers();
    for (size_t i = 0; i < want.size(); ++i)
      BOOST_TEST(MaxDifference(got[i].value, want[i].value) < 1e-4, want[i].name);
  }
}

BOOST_AUTO_TEST_CASE(without_a_hypergradient_the_perturbed_batch_leaves_no_statistics) {
  Setup still(
      {{"update_statistics", true}, {"terms", 0}, {"portion", 0.0}, {"at_least_one_row", false}});
  const auto expected = still.student->Clone();
  for (int pass = 0; pass < 5; ++pass)
    expected->Logits(still.batch.images, Mode::kTrain, Grad::kNone);
  still.defense.AddStudentGradients(*still.student, still.batch);
  BOOST_TEST(MaxDifference(still.student->Buffers()[0].value, expected->Buffers()[0].value) < 1e-5);
}

BOOST_AUTO_TEST_CASE(in_evaluation_mode_no_statistics_move) {
  Setup setup({{"update_statistics", true}, {"batch_norm", "eval"}});
  const auto before = Values(setup.student->Buffers());
  setup.defense.AddStudentGradients(*setup.student, setup.batch);
  const auto after = Values(setup.student->Buffers());
  for (size_t i = 0; i < before.size(); ++i) BOOST_TEST(after[i].equal(before[i]));
}

BOOST_AUTO_TEST_CASE(logging_a_round_changes_nothing) {
  const Json given = {{"update_statistics", true}, {"perturbed_model", "student"}};
  Setup logged(given), silent(given);
  silent.progress.wants = false;
  for (auto* setup : {&logged, &silent}) {
    setup->defense.AddStudentGradients(*setup->student, setup->batch);
  }
  const auto ours = Values(logged.student->Buffers()), other = Values(silent.student->Buffers());
  for (size_t i = 0; i < ours.size(); ++i) BOOST_TEST(ours[i].equal(other[i]));
  BOOST_TEST(logged.GradientOf(0).equal(silent.GradientOf(0)));
  BOOST_TEST(silent.progress.scalars.empty());
}

BOOST_AUTO_TEST_CASE(the_same_step_gives_the_same_gradient_and_another_step_does_not) {
  const auto gradient = [](int64_t round, int64_t step) {
    Setup setup;
    setup.batch.round = round;
    setup.batch.step = step;
    setup.defense.AddStudentGradients(*setup.student, setup.batch);
    return setup.GradientOf(0);
  };
  BOOST_TEST(gradient(390, 0).equal(gradient(390, 0)));
  BOOST_TEST(!gradient(390, 0).equal(gradient(391, 0)));
  BOOST_TEST(!gradient(390, 0).equal(gradient(390, 1)));
}

BOOST_AUTO_TEST_CASE(gradients_do_not_depend_on_what_was_done_before) {
  Setup fresh, used;
  used.batch.round = 390;
  used.defense.AddStudentGradients(*used.student, used.batch);
  used.student->ZeroGrad();
  used.batch.round = fresh.batch.round;
  used.defense.AddStudentGradients(*used.student, used.batch);
  fresh.defense.AddStudentGradients(*fresh.student, fresh.batch);
  BOOST_TEST(used.GradientOf(0).equal(fresh.GradientOf(0)));
}

BOOST_AUTO_TEST_CASE(a_bf16_student_gets_the_gradients_of_fp32) {
  if (!Runs(Profile::kBf16, at::kCPU)) return;  // tests/nn: it is refused
  Setup fp32, bf16;
  bf16.student->Use(at::kCPU, Profile::kBf16);
  fp32.defense.AddStudentGradients(*fp32.student, fp32.batch);
  bf16.defense.AddStudentGradients(*bf16.student, bf16.batch);
  BOOST_TEST(MaxDifference(fp32.GradientOf(0), bf16.GradientOf(0)) < 1e-7);
}

BOOST_AUTO_TEST_CASE(every_variant_gives_finite_gradients) {
  const std::vector<Json> variants = {
      {{"perturbed_model", "student"}}, {{"batch_norm", "eval"}}, {{"reduction", "batch"}},
      {{"detach_outer", false}},        {{"portion", 1.0}},       {{"terms", 0}},
      RetrospectionOptions::Faithful()};
  for (const auto& given : variants) {
    Setup setup(given);
    setup.defense.AddStudentGradients(*setup.student, setup.batch);
    for (size_t i = 0; i < setup.student->Parameters().size(); ++i) {
      BOOST_TEST(setup.GradientOf(i).isfinite().all().item<bool>());
    }
  }
}

// The gradients that are added to a step on `batch`.
std::vector<at::Tensor> GradientsBeside(const at::Tensor& student_logits, const Json& given = {}) {
  Setup setup(given);
  setup.progress.wants = false;
  setup.batch.student_logits = student_logits;
  setup.defense.AddStudentGradients(*setup.student, setup.batch);
  std::vector<at::Tensor> gradients;
  for (const auto& parameter : setup.student->Parameters())
    gradients.push_back(parameter.value.grad());
  return gradients;
}

bool SameBits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const at::Tensor& x, const at::Tensor& y) { return x.equal(y); });
}

BOOST_AUTO_TEST_CASE(the_answer_that_the_distiller_has_is_not_asked_for_again) {
  Setup setup;
  const auto copy = setup.student->Clone();
  copy->UseForSecondOrder(at::kCPU, Profile::kFp32);  // else it is rounded otherwise
  const auto answer = copy->Logits(setup.batch.images, Mode::kTrain, Grad::kNone);
  BOOST_TEST(SameBits(GradientsBeside(answer), GradientsBeside({})));
  BOOST_TEST(!SameBits(GradientsBeside(answer.flip(1)), GradientsBeside({})));  // it is read
}

// Where another mode is wanted, a graph, or the running statistics that a pass moves.
BOOST_AUTO_TEST_CASE(the_answer_is_asked_for_where_the_distillers_would_not_do) {
  const auto other = at::ones({16, 4});
  for (const Json& given : {Json{{"batch_norm", "eval"}}, Json{{"detach_outer", false}},
                            Json{{"update_statistics", true}}}) {
    BOOST_TEST(SameBits(GradientsBeside(other, given), GradientsBeside({}, given)), given.dump());
  }
}

// How far the perturbation found in the end moves a student distilled with or without SR.
double SensitivityAfterTraining(bool with_retrospection) {
  Setup setup({{"portion", 1.0}, {"perturbation_step_size", 0.3}});
  for (const auto& parameter : setup.teacher->Parameters()) {  // a teacher that is sure of itself
    if (parameter.name == "fc.weight") parameter.value.mul_(50);
  }
  setup.batch = TaughtBatch(*setup.teacher, setup.batch.images, {});
  FakeDistillContext run(*setup.teacher, *setup.student, 400);
  run.defense = with_retrospection ? &setup.defense : nullptr;
  run.UseStudentOptimizer({.kind = "adam", .lr = 3e-3});
  for (int64_t round = 0; round < 60; ++round) {
    auto batch = run.Teach(setup.batch.images, setup.batch.kd, round, Grad::kNone);
    const auto logits = setup.student->Logits(batch.images, Mode::kTrain, Grad::kAll);
    run.StepStudent(batch, KdPerSample(batch.teacher_logits, logits, batch.kd));
  }
  const auto model = [&](const at::Tensor& x) { return setup.teacher->Logits(x, Grad::kInputs); };
  const auto divergence = [](const at::Tensor& target, const at::Tensor& logits) {
    return KlPerSample(target, logits, 4).mean();
  };
  const Retrospection problem{{}, divergence, {}, setup.batch.images, {}, {}};
  const auto delta = SearchPerturbation(problem, model, setup.batch.teacher_logits,
                                        Normal(Rng(8), {1, 3, 8, 8}) * 1e-3,
                                        at::full({1}, 0.3, at::kFloat), Read<Options>());
  const auto& images = setup.batch.images;
  const auto clean = setup.student->Logits(images, Mode::kTrain, Grad::kNone);
  const auto moved = setup.student->Logits(images + delta, Mode::kTrain, Grad::kNone);
  return divergence(clean, moved).item<double>();
}

BOOST_AUTO_TEST_CASE(retrospection_makes_the_student_less_sensitive_to_the_perturbation) {
  const double without = SensitivityAfterTraining(false);
  BOOST_TEST(without > 1e-3);
  BOOST_TEST(SensitivityAfterTraining(true) < 0.5 * without);
}

BOOST_AUTO_TEST_CASE(a_step_in_pixels_is_divided_by_the_deviation_of_each_channel) {
  Setup setup({{"perturbation_steps", 1},
               {"units", "pixels"},
               {"perturbation_step_size", 0.02},
               {"norm_penalty", 100.0}});  // a gradient far above Adam's epsilon
  setup.defense.AddStudentGradients(*setup.student, setup.batch);
  double squared = 0;  // Adam's first step has the size of its rate
  for (const double deviation : setup.context.spec.stddev) {
    squared += 64 * (0.02 / deviation) * (0.02 / deviation);
  }
  BOOST_TEST(setup.Logged("perturbation_norm") == std::sqrt(squared),
             boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(the_search_reports_what_it_reached) {
  Setup setup;
  setup.defense.AddStudentGradients(*setup.student, setup.batch);
  BOOST_TEST(setup.Logged("perturbation_norm") > 0.1);
  BOOST_TEST(setup.Logged("divergence") > 0);
  BOOST_TEST(setup.Logged("largest_class_share") <= 1);
  BOOST_TEST(setup.Logged("largest_class_share") >= 0.25);
}

BOOST_AUTO_TEST_CASE(divergences_are_in_the_reduction_of_the_options) {
  const auto divergence = [](const std::string& reduction) {
    Setup setup({{"reduction", reduction},
                 {"initial_sigma", 1.0},
                 {"perturbation_step_size", 0.0}});  // the same perturbation for both
    setup.batch.kd = {.temperature = 4, .mean_over_classes = true, .tau_squared = false};
    setup.defense.AddStudentGradients(*setup.student, setup.batch);
    return setup.Logged("divergence");
  };
  // KLbatch = tau^2 * classes * KLmean.
  BOOST_TEST(divergence("batch") == 16 * 4 * divergence("kd"), boost::test_tools::tolerance(1e-5));
}

// The poster: "SR is conducted if no SV is found".
BOOST_AUTO_TEST_CASE(it_rests_where_a_vaccine_was_found_if_that_is_asked) {
  for (const std::string when : {"always", "no_vaccine"}) {
    for (const bool found : {true, false}) {
      Setup setup(Json{{"when", when}});
      setup.context.found = [&](const std::string& plugin) {
        return found && plugin == "shuffling_vaccine";
      };
      SelfRetrospection defense(Read<Options>({{"when", when}}));
      defense.Begin(setup.context);
      defense.AddStudentGradients(*setup.student, setup.batch);
      const bool rests = found && when == "no_vaccine";
      BOOST_TEST(setup.GradientOf(0).defined() == !rests);
      BOOST_TEST(defense.LatePhase().has_value() == !rests);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_phase_is_the_end_of_the_run_with_its_own_learning_rate) {
  Setup automatic, given({{"last_rounds", 50}, {"learning_rate", 1e-3}}), tiny(nullptr, 5);
  BOOST_TEST(automatic.defense.LatePhase()->first_round == 370);
  BOOST_TEST(given.defense.LatePhase()->first_round == 350);
  BOOST_TEST(given.defense.LatePhase()->lr == 1e-3);
  BOOST_TEST(!given.defense.LatePhase()->clip);
  BOOST_TEST(given.defense.LatePhase()->hold == 1);
  BOOST_TEST(Setup(Json{{"rate_hold", 97}}).defense.LatePhase()->hold == 97);
  BOOST_TEST(tiny.defense.LatePhase()->first_round == 4);
  const auto& card = Registry::Get().Card(PluginKind::kDefense, "self_retrospection");
  const auto active = card.active(ResolveFor(card, nullptr), {.rounds = 400});
  BOOST_TEST(active.first == 370);
  BOOST_TEST(active.last == 400);
}

}  // namespace dfkd::self_retrospection::self_retrospection_test
