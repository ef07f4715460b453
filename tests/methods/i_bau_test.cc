// i_bau and i_bau_syn: what they share stands in bench/recipes/unlearning.h.
#include "methods/defenses/i_bau/i_bau.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/recipes/hypergradient.h"
#include "bench/recipes/unlearning.h"
#include "methods/defenses/i_bau_syn/i_bau_syn.h"
#include "tests/methods/fakes.h"

namespace dfkd::i_bau_test {

BOOST_AUTO_TEST_SUITE(i_bau_suite)

// A linear classifier in double precision: 4 pixels, 3 classes; two batches of 5 images.
struct Toy {
  at::Tensor weight = Normal(Rng(1), {3, 4}).to(at::kDouble).requires_grad_(true);
  std::vector<at::Tensor> images = {Normal(Rng(2), {5, 1, 2, 2}).to(at::kDouble),
                                    Normal(Rng(3), {5, 1, 2, 2}).to(at::kDouble)};
  std::vector<at::Tensor> labels = {at::arange(5, at::kLong).remainder(3),
                                    (at::arange(5, at::kLong) + 1).remainder(3)};
  at::Tensor delta = Normal(Rng(4), {1, 1, 2, 2}).to(at::kDouble) * 0.5;

  at::Tensor Logits(const at::Tensor& x) const { return x.flatten(1).matmul(weight.t()); }
  Unlearning Problem() const {
    return {[this](const at::Tensor& x) { return Logits(x); }, {weight}, images, labels};
  }
  at::Tensor Answers(size_t batch) const { return Logits(images[batch]).argmax(1); }
  at::Tensor CrossEntropy(size_t batch, const at::Tensor& x) const {
    return at::nll_loss(at::log_softmax(Logits(x), 1), labels[batch]);
  }
  at::Tensor Slope(size_t batch, const at::Tensor& d) const {
    return Slope(batch, d, labels[batch]);
  }
  // d CE / d d of a linear classifier: the mean of W^T (softmax - one hot).
  at::Tensor Slope(size_t batch, const at::Tensor& d, const at::Tensor& answers) const {
    const auto p = Logits(images[batch] + d).softmax(1) - at::one_hot(answers, 3);
    return p.matmul(weight.detach()).mean(0).view({1, 1, 2, 2}).detach();
  }
};

// abd.md l3: L_in = |d - A theta|^2 / 2, L_out = |d|^2 / 2, step 0.1, K = 5: (1 - 0.9^5) A^T d.
BOOST_AUTO_TEST_CASE(the_hypergradient_of_a_quadratic_is_the_exact_one) {
  const auto a = Normal(Rng(1), {4, 3}).to(at::kDouble);
  const auto theta = Normal(Rng(2), {3}).to(at::kDouble).requires_grad_(true);
  const auto d = Normal(Rng(3), {4}).to(at::kDouble);
  const auto inner = [&](const at::Tensor& x) { return (x - a.mv(theta)).square().sum() / 2; };
  const auto outer = [&](const at::Tensor& x) { return x.square().sum() / 2; };
  const auto got = BilevelGradients(inner, outer, d, {theta}, 0.1, 5)[0];
  BOOST_TEST(MaxDifference(got, (1 - std::pow(0.9, 5)) * a.t().mv(d)) < 1e-12);
  const auto direct = [&](const at::Tensor& x) { return x.square().sum() / 2 + theta.sum(); };
  BOOST_TEST(MaxDifference(BilevelGradients(inner, direct, d, {theta}, 0.1, 5)[0], got + 1) <
             1e-12);
}

// d <- d - lr (2 * 0.001 d - dCE/dd), batch after batch.
BOOST_AUTO_TEST_CASE(the_search_leaves_the_models_own_answers_one_batch_a_step) {
  const Toy toy;
  BOOST_TEST(!toy.Answers(0).equal(toy.labels[0]));
  auto expected = at::zeros({1, 1, 2, 2}, at::kDouble);
  for (const size_t batch : {0, 1, 0}) {
    expected = expected - 10 * (0.002 * expected - toy.Slope(batch, expected, toy.Answers(batch)));
  }
  const auto options = Read<UnlearningOptions>({{"search_steps", 3}});
  BOOST_TEST(MaxDifference(WorstPerturbation(toy.Problem(), options), expected) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_search_takes_one_pass_over_all_batches) {
  Toy toy;
  for (uint64_t seed = 10; seed < 15; ++seed) {
    toy.images.push_back(Normal(Rng(seed), {5, 1, 2, 2}).to(at::kDouble));
    toy.labels.push_back(toy.labels[0]);
  }
  const auto pass = WorstPerturbation(toy.Problem(), Read<UnlearningOptions>(Json::object()));
  const auto seven = Read<UnlearningOptions>({{"search_steps", 7}});
  BOOST_TEST(pass.equal(WorstPerturbation(toy.Problem(), seven)));
}

BOOST_AUTO_TEST_CASE(the_perturbed_images_are_drawn) {
  const auto images = at::zeros({200, 1, 2, 2}, at::kDouble);
  const auto first = PerturbedRows(images, 0.02, Rng(1)),
             other = PerturbedRows(images, 0.02, Rng(2));
  BOOST_TEST((first.sizes() == at::IntArrayRef({200, 1, 1, 1})));
  BOOST_TEST(first.sum().item<double>() == 4);
  BOOST_TEST(PerturbedRows(images, 0.29, Rng(1)).sum().item<double>() == 58);  // 57.999… in binary
  BOOST_TEST(other.sum().item<double>() == 4);
  BOOST_TEST(!first.equal(other));
  BOOST_TEST(PerturbedRows(images, 0, Rng(1)).sum().item<double>() == 1);
}

BOOST_AUTO_TEST_CASE(adam_may_search_instead) {
  const Toy toy;
  const auto options = Read<UnlearningOptions>(
      {{"search", "adam"}, {"search_lr", 0.1}, {"search_steps", 1}, {"norm_penalty", 0.0}});
  const auto found = WorstPerturbation(toy.Problem(), options);
  const auto uphill =
      toy.Slope(0, at::zeros({1, 1, 2, 2}, at::kDouble), toy.Answers(0)).sign() * 0.1;
  BOOST_TEST(MaxDifference(found, uphill) < 1e-6);
}

at::Tensor FirstTwo() {  // [5,1,1,1]
  return at::arange(5, at::kDouble).lt(2).to(at::kDouble).view({5, 1, 1, 1});
}

BOOST_AUTO_TEST_CASE(only_the_given_images_of_a_batch_are_perturbed) {
  const Toy toy;
  const auto options = Read<UnlearningOptions>({{"terms", 0}});
  const auto got = UnlearningGradients(toy.Problem(), 1, toy.delta, FirstTwo(), options)[0];
  auto mixed = toy.images[1].clone();
  mixed.slice(0, 0, 2).add_(toy.delta);
  BOOST_TEST(MaxDifference(got, Gradients(toy.CrossEntropy(1, mixed), {toy.weight})[0]) < 1e-12);
}

// Row by row of the map: v <- v - a H v + g by differences of the analytic slope.
BOOST_AUTO_TEST_CASE(the_gradient_agrees_with_differences_of_the_slope) {
  Toy toy;
  const auto options = Read<UnlearningOptions>({{"terms", 3}, {"inner_step", 0.7}});
  const auto got = UnlearningGradients(toy.Problem(), 1, toy.delta, FirstTwo(), options)[0];
  const double h = 1e-5, a = 0.7;
  const auto inner_slope = [&](const at::Tensor& d) { return 0.002 * d - toy.Slope(0, d); };
  const auto along = [&](const at::Tensor& v) {  // H v
    return (inner_slope(toy.delta + h * v) - inner_slope(toy.delta - h * v)) / (2 * h);
  };
  auto mixed = toy.images[1].clone();
  mixed.slice(0, 0, 2).add_(toy.delta);
  const auto p = (toy.Logits(mixed).softmax(1) - at::one_hot(toy.labels[1], 3)).slice(0, 0, 2);
  const auto g = (p.matmul(toy.weight).sum(0) / 5).view({1, 1, 2, 2}).detach();
  auto v = g;
  for (int k = 1; k < 3; ++k) v = v - a * along(v) + g;
  auto expected = Gradients(toy.CrossEntropy(1, mixed), {toy.weight})[0].clone();
  const c10::NoGradGuard no_grad;
  for (int64_t i = 0; i < 12; ++i) {  // - a d(inner slope . v)/d theta_i
    auto entry = toy.weight.view({-1})[i];
    entry.add_(h);
    const double up = (inner_slope(toy.delta) * v).sum().item<double>();
    entry.sub_(2 * h);
    const double down = (inner_slope(toy.delta) * v).sum().item<double>();
    entry.add_(h);
    expected.view({-1})[i] -= a * (up - down) / (2 * h);
  }
  BOOST_TEST(MaxDifference(got, expected) < 1e-7);
}

struct Setup {
  FakeProgress progress;
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-4", 1);
  std::unique_ptr<Classifier> student = MakeNet("vgg-s-4", 2);
  Split data = {Integers(Rng(3), 256, {32, 3, 8, 8}).to(at::kByte),
                at::arange(32, at::kLong).remainder(4)};
  DefenseContext context{
      .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(5), .progress = progress};
};

BOOST_AUTO_TEST_CASE(a_model_unlearns_what_hurts_it) {
  Setup setup;
  setup.context.clean_subset = &setup.data;
  const auto before = setup.student->Clone();
  i_bau::IBau defense(Read<UnlearningOptions>(
      {{"rounds", 12}, {"batch_size", 16}, {"lr", 0.01}, {"search_lr", 1.0}, {"portion", 0.5}}));
  defense.RepairStudent(*setup.student, setup.context);
  const auto fooled = setup.progress.scalars.at("i_bau/fooled_share");
  BOOST_TEST(fooled.size() == 12U);
  BOOST_TEST(fooled.back() < fooled.front());
  BOOST_TEST(!setup.student->Parameters()[0].value.equal(before->Parameters()[0].value));
  for (size_t i = 0; i < before->Buffers().size(); ++i)  // batch_norm = eval
    BOOST_TEST(setup.student->Buffers()[i].value.equal(before->Buffers()[i].value));
}

BOOST_AUTO_TEST_CASE(with_equal_data_both_do_the_same) {
  Setup clean, synthetic;
  clean.context.clean_subset = &clean.data;
  synthetic.context.synthetic = &synthetic.data;
  const Json given = {{"rounds", 1}};
  i_bau::IBau(Read<UnlearningOptions>(given)).RepairStudent(*clean.student, clean.context);
  i_bau_syn::IBauSyn(Read<UnlearningOptions>(given))
      .RepairStudent(*synthetic.student, synthetic.context);
  BOOST_TEST(clean.student->Parameters()[0].value.equal(synthetic.student->Parameters()[0].value));
}

BOOST_AUTO_TEST_CASE(each_has_its_data_and_its_place) {
  for (const std::string where : {"student", "teacher"}) {
    const auto& clean = Registry::Get().Card(PluginKind::kDefense, "i_bau");
    const auto& synthetic = Registry::Get().Card(PluginKind::kDefense, "i_bau_syn");
    for (const auto* card : {&clean, &synthetic}) {
      const auto options = ResolveFor(*card, {{"where", where}});
      BOOST_TEST(card->repairs_student(options) == (where == "student"));
      BOOST_TEST(card->sanitizes_teacher(options) == (where == "teacher"));
      BOOST_TEST(card->needs_clean_data(options) == (card == &clean));
      BOOST_TEST(card->needs_synthetic_data(options) == (card == &synthetic));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::i_bau_test
