// Self-Retrospection against an implementation in PyTorch: case_retrospection.py.
#include "bench/recipes/hypergradient.h"
#include "methods/defenses/self_retrospection/self_retrospection.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::retrospection_test {

using self_retrospection::Options;
using self_retrospection::Retrospection;
using self_retrospection::SearchPerturbation;
using self_retrospection::SelfRetrospection;
using self_retrospection::StudentGradients;

constexpr int64_t kBatch = 16;

struct Form {
  std::string name;
  KdLoss kd;
  Json options;
};

at::Tensor ToyValues(const std::string& name, at::IntArrayRef shape, double scale = 1) {
  return Values("toy." + name, shape, scale);
}

at::Tensor ToyLogits(const at::Tensor& x) {
  const auto hidden = at::softplus(x.flatten(1).matmul(ToyValues("first", {12, 8})));
  return hidden.matmul(ToyValues("second", {8, 5}));
}

class Setup {
 public:
  Setup(const Form& form, const std::string& fixture)
      : form_(form), expected_(fixture + form.name), options_(Given({})) {}

  void CompareSearch() {
    const auto model = [&](const at::Tensor& x) { return teacher_->Logits(x, Grad::kInputs); };
    const auto delta = SearchPerturbation(
        Problem(), model, teacher_->Logits(images_), Values("start", {1, 3, 16, 16}, 0.1),
        at::full({1}, 0.1, at::kDouble), Given({{"perturbation_steps", 1}}));
    expected_.Expect("delta1", delta);
  }

  // Many steps, on a smooth model in double precision: see the script.
  void CompareLongSearch() {
    auto problem = Problem();
    problem.images = ToyValues("images", {6, 3, 2, 2});
    for (const int64_t steps : {1, 10, 20}) {
      const auto delta = SearchPerturbation(
          problem, ToyLogits, ToyLogits(problem.images), ToyValues("start", {1, 3, 2, 2}, 0.1),
          at::full({1}, 0.1, at::kDouble), Given({{"perturbation_steps", steps}}));
      expected_.Expect(fmt::format("toy.delta{}", steps), delta);
    }
  }

  void CompareGradients() {
    const auto delta = Values("given_delta", {1, 3, 16, 16}, 0.3);
    for (const int64_t terms : {1, 5}) {
      expected_.Expect(fmt::format("v{}", terms), TermsOf(delta, terms));
      const auto ours = StudentGradients(Problem(), delta, Given({{"terms", terms}}));
      const auto parameters = student_->Parameters();
      for (size_t i = 0; i < ours.size(); ++i) {
        expected_.Expect(fmt::format("gradient{}.{}", terms, parameters[i].name), ours[i]);
      }
    }
  }

  void CompareStep() {
    FakeProgress progress;
    DefenseContext context{*teacher_, TinySpec(), {.rounds = 400}, Rng(5), progress};
    SelfRetrospection defense(
        Given({{"portion", 0.125}, {"perturbation_steps", 1}, {"initial_sigma", 0.1}}));
    defense.Begin(context);
    auto batch = TaughtBatch(*teacher_, images_, defense.Taps());
    batch.kd = form_.kd, batch.round = 399, batch.step = 0;
    student_->ZeroGrad();
    defense.AddStudentGradients(*student_, batch);
    expected_.Expect("step.norm",
                     progress.scalars.at("self_retrospection/perturbation_norm").at(0));
    expected_.ExpectGradients("step.", student_->Parameters());
  }

 private:
  Options Given(Json more) const {
    more.update(form_.options);
    return Read<Options>(more);
  }

  Retrospection Problem() {
    Retrospection problem;
    problem.student = [this](const at::Tensor& x) {
      return student_->Logits(x, Mode::kTrain, Grad::kAll);
    };
    problem.divergence = [this](const at::Tensor& target, const at::Tensor& logits) {
      return KdPerSample(target, logits, form_.kd).mean();
    };
    for (const auto& parameter : student_->Parameters()) {
      problem.parameters.push_back(parameter.value);
    }
    problem.images = images_;
    problem.clean_logits = student_->Logits(images_, Mode::kTrain, Grad::kAll);
    if (options_.detach_outer) problem.clean_logits = problem.clean_logits.detach();
    problem.rows = at::zeros({kBatch, 1, 1, 1});
    problem.rows[2].fill_(1);
    problem.rows[9].fill_(1);
    return problem;
  }

  // v after `terms` terms: the hypergradient by a parameter p that enters the map as + p.
  at::Tensor TermsOf(const at::Tensor& at_delta, int64_t terms) {
    const auto problem = Problem();
    const auto delta = at_delta.clone().requires_grad_(true);
    const auto p = at::zeros_like(delta).requires_grad_(true);
    const auto target = problem.clean_logits.detach();
    const auto inner = options_.norm_penalty * delta.square().sum() -
                       problem.divergence(target, problem.student(problem.images + delta));
    const auto outer =
        problem.divergence(target, problem.student(problem.images + problem.rows * delta));
    const auto inner_gradient = Gradients(inner, {delta}, true)[0] - p / options_.inner_step;
    return FixedPointHypergradient(inner_gradient, delta, {p}, Gradients(outer, {delta})[0],
                                   options_.inner_step, terms)[0];
  }

  const Form form_;
  Fixture expected_;
  const Options options_;
  std::unique_ptr<Classifier> teacher_ = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  std::unique_ptr<Classifier> student_ = MakeFilled("wrn-16-1", TinySpec(), "student");
  at::Tensor images_ = Images("retrospection_images", TinySpec(), kBatch);
};

void Compare(const Form& form) {
  Setup parts(form, "retrospection_");
  parts.CompareLongSearch();
  parts.CompareGradients();
  Setup whole(form, "retrospection_step_");
  whole.CompareSearch();
  whole.CompareStep();
}

BOOST_AUTO_TEST_CASE(retrospection_with_zskt_on_cifar_10_agrees) {
  Compare({"zskt", {1, true, false}, Json::object()});
}

BOOST_AUTO_TEST_CASE(retrospection_with_zskt_on_gtsrb_agrees) {
  Compare({"gtsrb", {0.5, true, false}, Json::object()});
}

BOOST_AUTO_TEST_CASE(retrospection_with_cmi_agrees) {
  Compare({"cmi", {20, false, true}, {{"penalty_in_search", false}, {"detach_outer", false}}});
}

BOOST_AUTO_TEST_CASE(retrospection_with_a_large_inner_step_agrees) {
  Compare({"strong", {1, true, false}, {{"inner_step", 10.0}}});
}

}  // namespace dfkd::parity::retrospection_test
