// DAFL, DFAD and DFQ: one loop, three vectors of weights (dfkd_methods 2.3, 3.5-3.7, 9.3).
#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/core/error.h"
#include "bench/nn/norm_statistics.h"
#include "bench/nn/synthesis_losses.h"
#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"
#include "methods/distillation/dafl/dafl.h"
#include "methods/distillation/dfad/dfad.h"
#include "methods/distillation/dfq/dfq.h"
#include "tests/methods/fakes.h"

namespace dfkd::minmax_test {

const Json kTiny = {{"rounds", 6}, {"batch_size", 8}, {"latent", 6}, {"generator_width", 8}};
const std::vector<std::string> kMethods = {"dafl", "dfad", "dfq"};

MinMaxOptions OptionsOf(const std::string& method, const Json& more = Json::object(),
                        const std::string& preset = "") {
  Json given = preset.empty() ? kTiny : Json::object();
  given.update(more);
  const Json resolved =
      ResolveFor(Registry::Get().Card(PluginKind::kDistiller, method), given, preset);
  if (method == "dafl") return TableOf<dafl::Options>().Read(resolved);
  if (method == "dfad") return TableOf<dfad::Options>().Read(resolved);
  return TableOf<dfq::Options>().Read(resolved);
}

// A method at work on small networks; images that carry a graph to judge.
struct Setup {
  explicit Setup(const std::string& method, const Json& more = Json::object())
      : teacher(MakeTeacher("wrn-10-2", 1)),
        student(MakeNet("wrn-10-1", 2)),
        context(*teacher, *student, 6),
        distiller(method, OptionsOf(method, more)) {
    distiller.Begin(context);
  }
  MinMaxDistiller::Judged Judge() { return distiller.Judge(context, images, 0); }
  double Loss() { return Judge().loss.item<double>(); }
  at::Tensor TeacherLogits() {
    return std::as_const(*teacher).Logits(images, Grad::kNone).to(at::kDouble);
  }
  at::Tensor StudentLogits(Mode mode) {
    return student->Clone()->Logits(images, mode, Grad::kNone).to(at::kDouble);
  }
  std::map<std::string, std::vector<double>>& Scalars() {
    return static_cast<FakeProgress&>(context.progress()).scalars;
  }
  void Visit(StateVisitor& visitor) {
    student->Visit(visitor, "student");
    context.optimizer().Visit(visitor, "optimizer");
    distiller.Visit(visitor);
  }
  MemoryState Save() {
    MemoryState state;
    Visit(state);
    return state;
  }

  std::unique_ptr<Classifier> teacher, student;
  FakeDistillContext context;
  MinMaxDistiller distiller;
  at::Tensor images = Normal(Rng(4), {8, 3, 8, 8}).requires_grad_();
};

bool Same(const MemoryState& a, const MemoryState& b) {
  return std::all_of(a.tensors.begin(), a.tensors.end(),
                     [&](const auto& item) { return item.second.equal(b.tensors.at(item.first)); });
}

BOOST_AUTO_TEST_SUITE(minmax)

BOOST_AUTO_TEST_CASE(the_loss_of_dfad_is_minus_the_mean_absolute_difference_of_logits) {
  Setup setup("dfad");
  const auto expected =
      -(setup.StudentLogits(Mode::kTrain) - setup.TeacherLogits()).abs().mean().item<double>();
  BOOST_TEST(setup.Loss() == expected, boost::test_tools::tolerance(1e-5));
}

// 1 * CE(T, argmax T) + 20 * sum pbar ln pbar - 0.001 * mean |f|, all written out.
BOOST_AUTO_TEST_CASE(the_loss_of_dafl_is_one_hot_plus_balance_minus_activation) {
  Setup setup("dafl");
  const auto p = setup.TeacherLogits().softmax(1), mean = p.mean(0);  // [N,C], [C]
  Taps taps = {{"features", at::Tensor()}};
  std::as_const(*setup.teacher).Logits(setup.images, Grad::kNone, &taps);
  const double one_hot = -at::amax(p, 1).log().mean().item<double>();
  const double balance = (mean * mean.log()).sum().item<double>();
  const double activation = -taps["features"].abs().mean().item<double>();
  BOOST_TEST(setup.Loss() == one_hot + 20 * balance + 1e-3 * activation,
             boost::test_tools::tolerance(1e-5));
  BOOST_TEST(setup.Scalars().at("dafl/balance")[0] == balance, boost::test_tools::tolerance(1e-4));
  BOOST_TEST(setup.Scalars().count("dafl/disagreement") == 0u);  // the student is not asked
}

BOOST_AUTO_TEST_CASE(the_loss_of_the_generator_needs_one_pass_of_the_teacher) {
  for (const auto& method : kMethods) {
    Setup setup(method, {{"activation_weight", 1e-3}});
    const NormWatch watch(*setup.teacher);
    setup.Judge();
    BOOST_TEST(setup.context.taught == 1, method);
    if (method != "dfq") BOOST_TEST(watch.seen.size() == setup.teacher->Norms().size(), method);
  }
}

// - KL(T || S) + 0.1 (statistics + mean entropy - entropy of the mean): the paper's signs.
BOOST_AUTO_TEST_CASE(the_loss_of_dfq_lowers_entropy_and_raises_that_of_the_batch) {
  Setup setup("dfq");
  const auto p = setup.TeacherLogits().softmax(1), mean = p.mean(0);
  const auto q = setup.StudentLogits(Mode::kEval).softmax(1);
  double statistics = 0;
  {
    const NormWatch watch(*setup.teacher);
    std::as_const(*setup.teacher).Logits(setup.images, Grad::kNone);
    statistics = NormDivergence(watch.seen).item<double>();
  }
  const double kl = (p * (p / q).log()).sum(1).mean().item<double>();
  const double entropy = -(p * p.log()).sum(1).mean().item<double>();
  const double of_mean = -(mean * mean.log()).sum().item<double>();
  BOOST_TEST(setup.Loss() == -kl + 0.1 * (statistics + entropy - of_mean),
             boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(descending_the_loss_of_dfq_makes_single_answers_surer_and_batches_balanced) {
  const Json only = {{"adversarial_weight", 0}, {"norm_weight", 0},    {"generator_lr", 1e-2},
                     {"generator_steps", 30},   {"student_steps", 1},  {"batch_size", 32},
                     {"entropy_weight", 1},     {"balance_weight", 1}, {"student_lr", 0}};
  Setup setup("dfq", only);
  setup.distiller.Round(setup.context, 0);
  const auto& entropy = setup.Scalars().at("dfq/entropy");
  const auto& balance = setup.Scalars().at("dfq/balance");
  BOOST_TEST(entropy.back() + balance.back() < entropy.front() + balance.front());
}

BOOST_AUTO_TEST_CASE(balance_lies_between_minus_ln_classes_and_0) {  // spec 9.3
  const double sure = 100;
  const auto uniform = at::zeros({3, 10}), one = at::one_hot(at::zeros({3}, at::kLong), 10) * sure;
  const auto each = at::eye(10) * sure;
  BOOST_TEST(BalanceLoss(uniform).item<double>() == -std::log(10.0),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(BalanceLoss(each).item<double>() == -std::log(10.0),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(std::abs(BalanceLoss(one.to(at::kFloat)).item<double>()) < 1e-6);
  for (int64_t draw = 0; draw < 100; ++draw) {
    const double scale = 0.1 + 0.2 * static_cast<double>(draw);
    const auto any = BalanceLoss(Normal(Rng(1).Fork("any", draw), {1 + draw % 7, 10}) * scale);
    BOOST_TEST(any.item<double>() >= -std::log(10.0) - 1e-6);
    BOOST_TEST(any.item<double>() <= 1e-6);
  }
  BOOST_TEST(EntropyLoss(uniform).item<double>() == std::log(10.0),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(std::abs(EntropyLoss(each).item<double>()) < 1e-6);
}

BOOST_AUTO_TEST_CASE(js_of_equal_logits_is_0_and_that_of_two_coins_is_as_computed_by_hand) {
  const auto logits = Normal(Rng(5), {6, 10}) * 5;
  BOOST_TEST(JsPerSample(logits, logits, 3).abs().max().item<float>() == 0);  // spec 9.3
  // At temperature 3, odds of 8 become 2: p = (2/3, 1/3), q = (1/3, 2/3), their mean (1/2, 1/2).
  const auto coin = at::tensor({std::log(8.0), 0.0}).view({1, 2});
  const double expected = (std::log(0.5 / (2.0 / 3)) + std::log(0.5 / (1.0 / 3))) / 2;
  BOOST_TEST(JsPerSample(coin, coin.flip({1}), 3)[0].item<double>() == expected,
             boost::test_tools::tolerance(1e-6));
  // Clamped: certainties are 0.99 and 0.01, their mean one half.
  const auto sure = at::tensor({100.0, -100.0}).view({1, 2});
  const double clamped = (std::log(0.5 / 0.99) + std::log(0.5 / 0.01)) / 2;
  BOOST_TEST(JsPerSample(sure, sure.flip({1}), 1)[0].item<double>() == clamped,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(one_hot_and_activation_are_as_computed_by_hand) {
  const auto logits = at::tensor({std::log(0.2), std::log(0.8)}).view({1, 2});
  BOOST_TEST(OneHotLoss(logits).item<double>() == -std::log(0.8),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(ActivationLoss(at::tensor({-1.0F, 3.0F}).view({1, 2})).item<double>() == -2);
  const auto coarse = at::ones({2, 3}).to(at::kBFloat16);
  BOOST_TEST((ActivationLoss(coarse).scalar_type() == at::kFloat));
}

BOOST_AUTO_TEST_CASE(the_student_lowers_the_distance_that_the_method_names) {
  const auto t = at::tensor({1.0F, 4.0F}).view({1, 2}), s = at::tensor({2.0F, 1.0F}).view({1, 2});
  const TransferBatch batch{.images = {}, .teacher_logits = t, .kd = {}, .teacher_taps = {}};
  const auto distance = [&](const std::string& method, const Json& more = Json::object()) {
    return MinMaxDistiller(method, OptionsOf(method, more)).Distance(batch, s).item<double>();
  };
  BOOST_TEST(distance("dfad") == 2);  // (1 + 3) / 2
  BOOST_TEST(distance("dafl") == KlPerSample(t, s, 1).item<double>());
  BOOST_TEST(distance("dfq", {{"distance", "js"}}) == JsPerSample(t, s, 1).item<double>());
}

BOOST_AUTO_TEST_CASE(a_round_takes_the_steps_of_the_method) {
  const std::map<std::string, size_t> student_steps = {{"dafl", 5}, {"dfad", 5}, {"dfq", 1}};
  for (const auto& [method, steps] : student_steps) {
    Setup setup(method);
    setup.distiller.Round(setup.context, 0);
    BOOST_TEST(setup.context.losses.size() == steps, method);
    BOOST_TEST(setup.context.taught == static_cast<int64_t>(steps) + 1, method);
  }
}

BOOST_AUTO_TEST_CASE(steps_of_a_round_see_different_images) {
  Setup setup("dafl", {{"student_lr", 0}});
  setup.distiller.Round(setup.context, 0);
  const auto& losses = setup.context.losses;
  BOOST_TEST(losses[0] != losses[1]);
  BOOST_TEST(losses[1] != losses[2]);
}

BOOST_AUTO_TEST_CASE(one_pass_serves_both_where_they_step_at_once) {
  Setup setup("dafl", {{"order", "simultaneous"}, {"student_steps", 1}, {"generator", "dafl"}});
  const auto before = setup.Save();
  setup.distiller.Round(setup.context, 0);
  BOOST_TEST(setup.context.taught == 1);
  BOOST_TEST(setup.context.losses.size() == 1u);
  BOOST_TEST(!Same(setup.Save(), before));
  BOOST_CHECK_THROW(Setup("dafl", {{"order", "simultaneous"}}), Error);  // 5 student steps
}

BOOST_AUTO_TEST_CASE(a_student_in_train_mode_sees_the_generators_step_in_its_statistics) {
  for (const std::string mode : {"eval", "train"}) {
    Setup setup("dfad", {{"student_mode", mode}});
    const auto before = setup.student->Buffers()[0].value.clone();
    setup.Judge();
    BOOST_TEST(setup.student->Buffers()[0].value.equal(before) == (mode == "eval"), mode);
  }
}

BOOST_AUTO_TEST_CASE(what_a_defence_adds_reaches_the_generator_and_not_the_student) {
  for (const auto& method : kMethods) {
    Setup plain(method), vaccinated(method);
    shuffling_vaccine::ShufflingVaccine vaccine(
        Read<shuffling_vaccine::Options>({{"coefficient", 10.0}, {"layers", 2}}));
    FakeProgress progress;
    DefenseContext context{*vaccinated.teacher,
                           SmallSpec(),
                           {.rounds = 6, .trains_generator = true},
                           Rng(5),
                           progress};
    vaccine.Begin(context);
    vaccinated.context.defense = &vaccine;
    BOOST_TEST(vaccinated.Loss() != plain.Loss(), method);
    plain.distiller.Round(plain.context, 0);
    vaccinated.distiller.Round(vaccinated.context, 0);
    MemoryState a, b;
    plain.distiller.Visit(a);
    vaccinated.distiller.Visit(b);
    BOOST_TEST(!Same(a, b), method);
  }
}

// A run cut anywhere, with all that a generator may keep between rounds.
BOOST_AUTO_TEST_CASE(a_run_resumed_from_its_state_ends_in_the_same_bits) {
  const Json running = {{"generator_mode", "running"}},
             simultaneous = {
                 {"order", "simultaneous"}, {"student_steps", 1}, {"student_optimizer", "adam"}};
  for (const auto& method : kMethods) {
    for (const auto& options : {Json::object(), running, simultaneous}) {
      Setup whole(method, options);
      for (int64_t round = 0; round < 4; ++round) whole.distiller.Round(whole.context, round);
      const auto cut = Rng(3).Fork(method).Next() % 3 + 1;
      Setup first(method, options), second(method, options);
      for (uint64_t round = 0; round < cut; ++round) first.distiller.Round(first.context, round);
      auto state = first.Save();
      state.loading = true;
      second.Visit(state);
      for (uint64_t round = cut; round < 4; ++round) second.distiller.Round(second.context, round);
      BOOST_TEST(Same(second.Save(), whole.Save()), method << options << " cut at " << cut);
    }
  }
}

BOOST_AUTO_TEST_CASE(weights_that_are_all_0_are_refused) {
  BOOST_CHECK_THROW(Setup("dfad", {{"adversarial_weight", 0}}), Error);
}

BOOST_AUTO_TEST_CASE(defaults_and_presets_are_the_published_settings) {
  const auto dfad = OptionsOf("dfad");
  BOOST_TEST(dfad.first_drop * 500 == 100);
  BOOST_TEST(dfad.second_drop * 500 == 200);
  const auto dafl = OptionsOf("dafl", Json::object(), "original_cifar100");
  BOOST_TEST(dafl.rounds == 2000 * 120);
  BOOST_TEST(dafl.one_hot_weight == 0.5);
  BOOST_TEST(dafl.balance_weight * std::log(10) == 20, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(OptionsOf("dafl", Json::object(), "original_mnist").student_optimizer == "adam");
  const auto dfq = OptionsOf("dfq", Json::object(), "datafree");
  BOOST_TEST(dfq.rounds == 200 * 40);
  BOOST_TEST(dfq.balance_weight == 20);
  BOOST_TEST(dfq.entropy_weight == 0);
  BOOST_TEST(OptionsOf("dfq", Json::object(), "cdfkd").first_norm_weight == 5);
}

BOOST_AUTO_TEST_CASE(generators_of_either_kind_make_images_of_the_students_range) {
  for (const std::string generator : {"zskt", "dafl", "datafree", "datafree_large"}) {
    for (const std::string mode : {"batch", "running"}) {
      Setup setup("dfq", {{"generator", generator}, {"generator_mode", mode}});
      setup.distiller.Round(setup.context, 0);
      BOOST_TEST(std::isfinite(setup.context.losses[0]), generator << ", " << mode);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::minmax_test
