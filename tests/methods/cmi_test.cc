// CMI. Of dfkd_methods 9.3: feature dimensions, adv-decision of identical nets, stop-and-resume.
// The numbers of the two losses are computed in cmi_goldens.py and, in the comments here, by hand.
#include "methods/distillation/cmi/cmi.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

#include "bench/nn/norm_statistics.h"
#include "bench/nn/synthesis_losses.h"
#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"
#include "tests/methods/fakes.h"

namespace dfkd::cmi::cmi_test {

const Json kSmall = {{"rounds", 6},     {"synthesis_batch", 4}, {"synthesis_steps", 3},
                     {"latent", 8},     {"student_steps", 2},   {"batch_size", 4},
                     {"head_width", 5}, {"generator_width", 8}, {"negatives", 6},
                     {"crop", 2},       {"bank_size", 10}};

Json With(const Json& given) {
  Json options = kSmall;
  options.update(given);
  return options;
}

// Notes the student's weights and statistics when its first step of a round begins.
class Context final : public FakeDistillContext {
 public:
  using FakeDistillContext::FakeDistillContext;
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps) override {
    (grad == Grad::kNone ? steps : looks) += 1;
    if (grad == Grad::kNone) last_step = images;
    if (grad == Grad::kNone && steps == 1) student().Visit(before_steps, "student");
    return FakeDistillContext::Teach(images, kd, round, grad, taps);
  }
  int64_t looks = 0, steps = 0;
  at::Tensor last_step;
  MemoryState before_steps;
};

struct Setup {
  explicit Setup(const Json& given = kSmall)
      : teacher(MakeTeacher("vgg-s-4", 1)),
        student(MakeNet("vgg-s-2", 2)),
        context(*teacher, *student, given.at("rounds")),
        cmi(Read<Options>(given)) {
    cmi.Begin(context);
  }
  void Rounds(int64_t first, int64_t last) {
    for (int64_t round = first; round < last; ++round) cmi.Round(context, round);
  }
  MemoryState Save() {
    MemoryState state;
    student->Visit(state, "student");
    context.optimizer().Visit(state, "optimizer");
    cmi.Visit(state);
    return state;
  }
  void Load(MemoryState state) {
    state.loading = true;
    student->Visit(state, "student");
    context.optimizer().Visit(state, "optimizer");
    cmi.Visit(state);
  }
  double Last(const std::string& name) {
    return static_cast<FakeProgress&>(context.progress()).scalars.at("cmi/" + name).back();
  }

  std::unique_ptr<Classifier> teacher, student;
  Context context;
  Cmi cmi;
};

bool Equal(const MemoryState& a, const MemoryState& b) {
  if (a.tensors.size() != b.tensors.size() || a.numbers != b.numbers) return false;
  for (const auto& [name, tensor] : a.tensors) {
    const auto& other = b.tensors.at(name);
    if (tensor.defined() != other.defined()) return false;
    if (tensor.defined() && !tensor.equal(other)) return false;
  }
  return true;
}

BOOST_AUTO_TEST_CASE(features_have_the_published_dimensions) {
  const std::map<std::string, int64_t> published = {
      {"wrn-40-2", 2704}, {"wrn-16-2", 912}, {"wrn-16-1", 464}, {"resnet-18", 4800}};
  for (const auto& [name, dimensions] : published) {
    const auto net = MakeTeacher(name, 1);
    BOOST_TEST(CountFeatures(*net) == dimensions, name);
    const NormWatch watch(*net);
    net->Logits(Normal(Rng(1), {2, 3, 8, 8}));
    BOOST_TEST(SpatialMeans(watch.seen).sizes() == at::IntArrayRef({2, dimensions}), name);
  }
}

BOOST_AUTO_TEST_CASE(features_are_the_spatial_means_of_what_the_normalisations_read) {
  const auto a = at::arange(16, at::kFloat).view({2, 2, 2, 2}), b = at::full({2, 1, 1, 3}, 7.F);
  const auto means = SpatialMeans({{a, {}, {}}, {b, {}, {}}});
  BOOST_TEST(means.equal(at::tensor({1.5F, 5.5F, 7.F, 9.5F, 13.5F, 7.F}).view({2, 3})));
}

// abd.md (b): without crops and flips, as for GTSRB, are the student's images, not the views.
BOOST_AUTO_TEST_CASE(views_of_the_synthesis_do_not_depend_on_how_the_student_sees_the_pool) {
  const auto loss = [](const Json& more) {
    auto given = kSmall;
    given.update(more);
    Setup setup(given);
    const auto images = Uniform(Rng(3), {4, 3, 8, 8});
    return setup.cmi.Look(setup.context, images, at::arange(4), 0, 0).loss.item<double>();
  };
  BOOST_TEST(loss({{"crop", 0}, {"flip", false}}) == loss({{"crop", 4}, {"flip", true}}));
}

BOOST_AUTO_TEST_CASE(a_contrast_of_weight_zero_neither_remembers_nor_trains_its_head) {
  auto given = kSmall;
  given["contrast_weight"] = 0;
  Setup setup(given);
  std::vector<at::Tensor> before;
  for (const auto& weight : setup.cmi.head().Weights()) before.push_back(weight.detach().clone());
  setup.cmi.Round(setup.context, 0);
  BOOST_TEST(!setup.cmi.bank().was_filled());
  BOOST_TEST(setup.cmi.pool().size() > 0);
  for (size_t i = 0; i < before.size(); ++i)
    BOOST_TEST(setup.cmi.head().Weights()[i].detach().equal(before[i]));
}

// A student of NaN would make the loss NaN if it were asked.
BOOST_AUTO_TEST_CASE(the_student_is_not_asked_for_an_adversarial_term_of_weight_zero) {
  const auto loss = [](double weight) {
    auto given = kSmall;
    given["adversarial_weight"] = weight;
    Setup setup(given);
    for (const auto& parameter : setup.student->Parameters())
      parameter.value.detach().fill_(std::nan(""));
    const auto images = Uniform(Rng(3), {4, 3, 8, 8});
    return setup.cmi.Look(setup.context, images, at::arange(4), 0, 0).loss.item<double>();
  };
  BOOST_TEST(std::isnan(loss(0.5)));
  BOOST_TEST(std::isfinite(loss(0)));
}

BOOST_AUTO_TEST_CASE(the_adversarial_loss_of_identical_networks_is_zero) {
  const auto logits = Normal(Rng(1), {16, 10});
  BOOST_TEST(DecisionAdversarialLoss(logits, logits.clone()).item<double>() == 0);
}

// Teacher (1/4, 3/4). A student of (1/3, 2/3) agrees: KL = ln(3/4)/4 + 3 ln(9/8)/4 = 0.0164168; one
// of (2/3, 1/3) does not agree and counts in the mean alone.
BOOST_AUTO_TEST_CASE(the_adversarial_loss_counts_agreeing_images_and_divides_by_all) {
  const auto teacher = at::tensor({0.25, 0.75, 0.25, 0.75}).view({2, 2}).log();
  const auto student = at::tensor({1., 2., 2., 1.}).div(3).view({2, 2}).log();
  const double loss = DecisionAdversarialLoss(teacher, student).item<double>();
  BOOST_TEST(loss == -0.0082084, boost::test_tools::tolerance(1e-4));
}

// u v^T / 0.5 = [[2, 1.2], [0, 1.6]]: rows ln(1 + e^-0.8) = 0.3711007 and ln(1 + e^-1.6) =
// 0.1839006.
BOOST_AUTO_TEST_CASE(the_contrastive_loss_of_two_rows_is_that_computed_by_hand) {
  const auto u = at::tensor({1., 0., 0., 1.}).view({2, 2}).requires_grad_(true);
  const auto v = at::tensor({1., 0., 0.6, 0.8}).view({2, 2}).requires_grad_(true);
  const auto alone = ContrastiveLoss(u, v, 2, 0.5, /*bank_was_filled=*/false);
  const auto cached = ContrastiveLoss(u, v, 1, 0.5, /*bank_was_filled=*/true);
  BOOST_TEST(alone.item<double>() == 0.2775007, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(cached.item<double>() == 0.5550013, boost::test_tools::tolerance(1e-6));
  const auto gradients = Gradients(cached, {u, v});
  BOOST_TEST(gradients[0].abs().sum().item<double>() > 0);
  BOOST_TEST(gradients[1].abs().sum().item<double>() == 0);
}

BOOST_AUTO_TEST_CASE(a_forgotten_bank_makes_the_value_not_a_number_and_the_gradient_finite) {
  const auto u = at::tensor({1., 0., 0., 1.}).view({2, 2}).requires_grad_(true);
  const auto loss = ContrastiveLoss(u, u.detach(), 2, 0.1, /*bank_was_filled=*/true);
  BOOST_TEST(std::isnan(loss.item<double>()));
  BOOST_TEST(at::isfinite(Gradients(loss, {u})[0]).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(projections_have_length_one_and_a_seed_of_their_own) {
  ContrastHead head(6, 4, 1e-3, at::kCPU), other(6, 4, 1e-3, at::kCPU);
  head.Initialize(Rng(1)), other.Initialize(Rng(2));
  const auto features = Normal(Rng(3), {5, 6});
  const auto unit = head.Project(features);
  BOOST_TEST(unit.sizes() == at::IntArrayRef({5, 4}));
  BOOST_TEST(at::allclose(unit.norm(2, 1), at::ones({5})));
  BOOST_TEST(!unit.equal(other.Project(features)));
}

// Rows are numbered by what is in them.
at::Tensor Numbered(int64_t first, int64_t n) {
  return at::arange(first, first + n, at::kFloat).view({n, 1}).expand({n, 4}).contiguous();
}

std::set<int64_t> Drawn(const MemoryBank& bank, int64_t count) {
  const auto rows = bank.Draw(Rng(1), count).select(1, 0).to(at::kLong).contiguous();
  return {rows.data_ptr<int64_t>(), rows.data_ptr<int64_t>() + rows.numel()};
}

BOOST_AUTO_TEST_CASE(a_bank_gives_distinct_rows_of_what_it_holds_and_forgets_the_oldest) {
  MemoryBank bank(10, false);
  BOOST_TEST(!bank.was_filled());
  BOOST_TEST(bank.size() == 0);
  bank.Push(Numbered(0, 4));
  BOOST_TEST((Drawn(bank, 100) == std::set<int64_t>{0, 1, 2, 3}));
  BOOST_TEST(Drawn(bank, 3).size() == 3U);
  bank.Push(Numbered(4, 4)), bank.Push(Numbered(8, 4));  // 12 rows in a bank of 10
  BOOST_TEST(bank.size() == 10);
  BOOST_TEST((Drawn(bank, 100) == std::set<int64_t>{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  bank.Clear();
  BOOST_TEST(!bank.was_filled());
}

BOOST_AUTO_TEST_CASE(an_exactly_full_bank_is_full_or_as_in_the_reference_empty) {
  MemoryBank fixed(8, false), faithful(8, true);
  for (auto* bank : {&fixed, &faithful}) bank->Push(Numbered(0, 4)), bank->Push(Numbered(4, 4));
  BOOST_TEST(Drawn(fixed, 100).size() == 8U);
  BOOST_TEST(Drawn(faithful, 100).empty());
  BOOST_TEST(faithful.was_filled());
  faithful.Push(Numbered(8, 4));  // one more push and it is usable again
  BOOST_TEST((Drawn(faithful, 100) == std::set<int64_t>{4, 5, 6, 7, 8, 9, 10, 11}));
}

BOOST_AUTO_TEST_CASE(a_round_adds_a_batch_of_images_and_of_features_and_steps_the_student) {
  Setup setup;
  setup.Rounds(0, 2);
  BOOST_TEST(setup.cmi.pool().images().sizes() == at::IntArrayRef({8, 3, 8, 8}));
  BOOST_TEST(setup.cmi.bank().size() == 8);
  BOOST_TEST(setup.context.looks == 2 * 3);
  BOOST_TEST(setup.context.steps == 2 * 2);
  BOOST_TEST(setup.context.losses.size() == 4U);
}

BOOST_AUTO_TEST_CASE(its_samples_are_the_newest_images) {
  Setup setup;
  setup.Rounds(0, 2);
  const auto samples = setup.cmi.Samples(setup.context, 5);
  BOOST_TEST(samples.equal(setup.cmi.pool().images().narrow(0, 3, 5)));
}

BOOST_AUTO_TEST_CASE(making_images_leaves_the_student_as_it_was) {
  Setup setup;
  MemoryState before;
  setup.student->Visit(before, "student");
  setup.Rounds(0, 1);
  BOOST_TEST(Equal(before, setup.context.before_steps));
}

// abd.md (e2), steps 2 and 4.
BOOST_AUTO_TEST_CASE(the_loss_is_the_weighted_sum_of_its_terms) {
  const auto check = [](const Json& given, double norm, double one_hot, double adversarial,
                        double contrast) {
    Setup setup(With(given));
    setup.Rounds(0, 2);
    const double sum = norm * setup.Last("norm_distance") + one_hot * setup.Last("cross_entropy") +
                       adversarial * setup.Last("adversarial") + contrast * setup.Last("contrast");
    BOOST_TEST(setup.Last("loss") == sum, boost::test_tools::tolerance(1e-5));
  };
  check(Json::object(), 1, 1, 0.5, 0.8);
  check({{"norm_weight", 0.3},
         {"one_hot_weight", 2.0},
         {"adversarial_weight", 5.0},
         {"contrast_weight", 0.1}},
        0.3, 2, 5, 0.1);
}

BOOST_AUTO_TEST_CASE(more_generator_steps_end_in_a_lower_loss) {
  const auto loss = [](int64_t steps) {
    Setup setup(With({{"synthesis_steps", steps}, {"generator_lr", 0.05}}));
    setup.Rounds(0, 1);
    return setup.Last("loss");
  };
  BOOST_TEST(loss(40) < loss(1));
}

BOOST_AUTO_TEST_CASE(the_head_learns_to_tell_images_apart_and_survives_the_round) {
  const auto contrast = [](double lr) {
    Setup setup(With({{"synthesis_steps", 30}, {"head_lr", lr}, {"generator_lr", 0.0}}));
    setup.Rounds(0, 2);
    return setup.Last("contrast");
  };
  BOOST_TEST(contrast(1e-2) < contrast(0));
}

BOOST_AUTO_TEST_CASE(each_round_begins_with_a_new_generator) {
  Setup setup(With({{"synthesis_steps", 1}}));
  setup.Rounds(0, 2);
  const auto images = setup.cmi.pool().images();
  BOOST_TEST(!images.narrow(0, 0, 4).equal(images.narrow(0, 4, 4)));
  Setup late(With({{"synthesis_steps", 1}}));
  late.Rounds(1, 2);  // the images of an only iteration owe nothing to the rounds before
  BOOST_TEST(late.cmi.pool().images().equal(images.narrow(0, 4, 4)));
}

BOOST_AUTO_TEST_CASE(stopped_and_resumed_it_ends_in_the_same_bits_pool_and_bank_included) {
  Setup whole;
  whole.Rounds(0, 4);
  for (const int64_t cut : {1, 2, 3}) {  // 12 rows were pushed into a bank of 10 by round 3
    Setup first, second;
    first.Rounds(0, cut);
    const auto state = first.Save();
    BOOST_TEST(state.tensors.at("pool").size(0) == 4 * cut);
    BOOST_TEST(state.tensors.at("bank").size(0) == std::min<int64_t>(4 * cut, 10));
    second.Load(state);
    second.Rounds(cut, 4);
    BOOST_TEST(Equal(whole.Save(), second.Save()), "cut at " << cut);
  }
}

BOOST_AUTO_TEST_CASE(for_traffic_signs_images_are_neither_moved_nor_mirrored) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "cmi");
  const auto unmoved = [&](const std::string& preset) {
    auto given = kSmall;
    given.erase("crop");
    Setup setup(ResolveFor(card, given, preset));
    setup.Rounds(0, 1);
    const auto seen = ToPixels(setup.context.last_step, SmallSpec());  // all 4 of the pool
    int64_t found = 0;
    for (int64_t i = 0; i < 4; ++i) {
      const auto same = setup.cmi.pool().images().eq(seen[i]).flatten(1).all(1);
      found += same.any().item<bool>();
    }
    return found;
  };
  BOOST_TEST(unmoved("gtsrb") == 4);
  BOOST_TEST(unmoved("fixed") < 4);
}

// abd.md j14: in the round that finds the bank exactly full, the reference keeps the images of an
// untrained generator.
BOOST_AUTO_TEST_CASE(faithfully_an_exactly_full_bank_keeps_the_first_iteration) {
  const auto newest = [](bool forgets, int64_t steps) {
    const Json options = {{"bank_size", 8}, {"generator_lr", 0.05}, {"student_steps", 1}};
    Setup before(With(options));
    before.Rounds(0, 2);
    auto more = With(options);
    more["bank_forgets_when_full"] = forgets, more["synthesis_steps"] = steps;
    Setup round(more);
    round.Load(before.Save());
    round.Rounds(2, 3);
    return round.cmi.pool().Newest(4).clone();
  };
  const auto untrained = newest(false, 1);
  BOOST_TEST(newest(true, 20).equal(untrained));
  BOOST_TEST(!newest(false, 20).equal(untrained));
}

// abd.md j15.
BOOST_AUTO_TEST_CASE(faithfully_pool_bank_and_head_start_anew_in_a_late_phase) {
  const auto preset =
      ResolveFor(Registry::Get().Card(PluginKind::kDistiller, "cmi"), kSmall, "faithful");
  Setup fixed, faithful(preset);
  for (auto* setup : {&fixed, &faithful}) {
    setup->Rounds(0, 2);
    setup->cmi.EnterLatePhase(setup->context);
  }
  BOOST_TEST(fixed.cmi.pool().size() == 8);
  BOOST_TEST(fixed.cmi.bank().was_filled());
  BOOST_TEST(faithful.cmi.pool().size() == 0);
  BOOST_TEST(!faithful.cmi.bank().was_filled());
  BOOST_TEST(faithful.Save().numbers.at("head_optimizer.steps") == 0);
  faithful.Rounds(2, 3);
  BOOST_TEST(faithful.cmi.pool().size() == 4);
}

BOOST_AUTO_TEST_CASE(a_vaccine_acts_on_the_images_and_leaves_the_students_loss_to_itself) {
  Setup plain, vaccinated;
  shuffling_vaccine::ShufflingVaccine vaccine(
      Read<shuffling_vaccine::Options>({{"coefficient", 50.0}, {"layers", 2}}));
  FakeProgress progress;
  DefenseContext context{
      *vaccinated.teacher, SmallSpec(), {.rounds = 6, .trains_generator = true}, Rng(5), progress};
  vaccine.Begin(context);
  vaccinated.context.defense = &vaccine;
  plain.Rounds(0, 1), vaccinated.Rounds(0, 1);
  BOOST_TEST(!plain.cmi.bank().Draw(Rng(1), 4).equal(vaccinated.cmi.bank().Draw(Rng(1), 4)));
  BOOST_TEST(progress.scalars.at("shuffling_vaccine/masked_share").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_bank_smaller_than_a_batch_is_refused) {
  BOOST_CHECK_THROW(Cmi(Read<Options>(With({{"bank_size", 3}}))), Error);
}

// abd.md (h).
BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_reference) {
  const auto o = Read<Options>(nullptr);
  BOOST_TEST((o.rounds == 200 && o.synthesis_batch == 256 && o.synthesis_steps == 200));
  BOOST_TEST((o.student_steps == 400 && o.batch_size == 128 && o.latent == 256));
  BOOST_TEST((o.norm_weight == 1 && o.one_hot_weight == 1 && o.adversarial_weight == 0.5));
  BOOST_TEST((o.contrast_weight == 0.8 && o.contrast_temperature == 0.1));
  BOOST_TEST((o.bank_size == 40960 && o.negatives == 4096 && o.head_width == 256));
  BOOST_TEST((o.generator_lr == 1e-3 && o.head_lr == 1e-3 && o.lr == 0.1 && o.temperature == 20));
}

}  // namespace dfkd::cmi::cmi_test
