#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randperm.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/methods/fakes.h"

namespace dfkd::shuffling_vaccine::shuffling_vaccine_test {

constexpr DistillerTraits kGenerator = {.rounds = 100, .trains_generator = true};
constexpr DistillerTraits kFixedImages = {.rounds = 100, .track = Track::kOutOfDistribution};
constexpr DistillerTraits kInversion = {.rounds = 100, .synthesizes = true};

// A teacher, its vaccine, and a batch.
struct Setup {
  explicit Setup(const Json& given = nullptr, DistillerTraits traits = kGenerator,
                 const std::string& network = "wrn-16-1", uint64_t seed = 5)
      : teacher(MakeTeacher(network, 1)),
        context{*teacher, SmallSpec(), traits, Rng(seed), progress},
        vaccine(Read<Options>(given)) {
    vaccine.Begin(context);
  }
  TransferBatch Batch(Grad grad = Grad::kNone, uint64_t seed = 3, int64_t size = 16) const {
    auto images = Normal(Rng(seed), {size, 3, 8, 8});
    if (grad != Grad::kNone) images.requires_grad_(true);
    return TaughtBatch(*teacher, images, vaccine.Taps(), grad);
  }
  // The permutations, by replacing each with 0, 1, 2, …
  void Unshuffle() {
    MemoryState state;
    vaccine.Visit(state);
    state.loading = true;
    for (auto& [name, tensor] : state.tensors) {
      if (name.starts_with("permutation")) tensor = at::arange(tensor.numel(), at::kLong);
    }
    vaccine.Visit(state);
  }

  FakeProgress progress;
  std::unique_ptr<Classifier> teacher;
  DefenseContext context;
  ShufflingVaccine vaccine;
};

at::Tensor MaskOf(const Setup& setup, const TransferBatch& batch) {
  return batch.teacher_logits.argmax(1) ==
         setup.vaccine.VaccineLogits(batch, Grad::kNone).argmax(1);
}

BOOST_AUTO_TEST_CASE(an_identity_permutation_diverges_nowhere_and_suspects_every_image) {
  Setup setup;
  setup.Unshuffle();
  const auto batch = setup.Batch();
  BOOST_TEST(MaskOf(setup, batch).all().item<bool>());
  BOOST_TEST(std::abs(PenaltyOf(setup.vaccine, batch).item<double>()) < 1e-6);
}

BOOST_AUTO_TEST_CASE(shuffles_change_the_answer_and_keep_the_teacher) {
  const Setup setup;
  const auto before = MakeTeacher("wrn-16-1", 1);
  const auto batch = setup.Batch();
  const auto vaccine_logits = setup.vaccine.VaccineLogits(batch, Grad::kNone);
  BOOST_TEST(MaxDifference(vaccine_logits, batch.teacher_logits) > 1e-3);
  const auto ours = setup.teacher->Parameters(), expected = before->Parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    BOOST_TEST(ours[i].value.equal(expected[i].value));
  }
}

BOOST_AUTO_TEST_CASE(the_last_five_convolutions_of_wrn_16_2_are_all_of_group_3) {
  Setup setup(nullptr, kGenerator, "wrn-16-2");
  BOOST_TEST(setup.vaccine.Taps() == std::vector<std::string>{"group2"},
             boost::test_tools::per_element());
  MemoryState state;
  setup.vaccine.Visit(state);
  const std::vector<int64_t> inputs = {64, 128, 64, 128, 128};
  for (size_t layer = 0; layer < inputs.size(); ++layer) {
    const auto& order = state.tensors.at(fmt::format("permutation.2.{}", layer));
    BOOST_TEST(order.numel() == inputs[layer]);
  }
  BOOST_TEST(state.tensors.count("permutation.2.5") == 0u);
  BOOST_TEST(state.tensors.count("permutation.3.0") == 0u);
}

// The convolutions whose weights differ between the teacher and its copies, by name.
std::vector<std::string> ShuffledIn(const std::string& network) {
  Setup setup(nullptr, kGenerator, network);
  MemoryState state;
  setup.vaccine.Visit(state);
  const auto convolutions = setup.teacher->Convolutions();
  std::vector<std::string> names;
  for (size_t layer = 0; state.tensors.count(fmt::format("permutation.0.{}", layer)) > 0; ++layer) {
    const auto& order = state.tensors.at(fmt::format("permutation.0.{}", layer));
    const auto& convolution = convolutions.at(convolutions.size() - 5 + layer);
    BOOST_TEST(order.numel() == convolution.weight.size(1));
    names.push_back(convolution.name);
  }
  // With these in their old order nothing is shuffled.
  const auto batch = setup.Batch(Grad::kNone, 3, 2);
  const auto shuffled = setup.vaccine.VaccineLogits(batch, Grad::kNone);
  BOOST_TEST(MaxDifference(shuffled, batch.teacher_logits) > 1e-4);
  setup.Unshuffle();
  const auto restored = setup.vaccine.VaccineLogits(batch, Grad::kNone);
  BOOST_TEST(MaxDifference(restored, batch.teacher_logits) < 1e-4);
  return names;
}

// The reference looks for "conv" in names: of these networks it would miss the shortcuts, or all.
BOOST_AUTO_TEST_CASE(convolutions_are_found_by_their_kind_in_every_network) {
  const std::vector<std::string> resnet = {"group4.0.conv1", "group4.0.conv2", "group4.0.shortcut",
                                           "group4.1.conv1", "group4.1.conv2"};
  BOOST_TEST(ShuffledIn("resnet-18") == resnet, boost::test_tools::per_element());
  const std::vector<std::string> vgg = {"conv4", "conv5", "conv6", "conv7", "conv8"};
  BOOST_TEST(ShuffledIn("vgg-11-bn") == vgg, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(copies_are_shuffled_independently) {
  Setup setup;
  MemoryState state;
  setup.vaccine.Visit(state);
  BOOST_TEST(!state.tensors["permutation.0.1"].equal(state.tensors["permutation.1.1"]));
}

BOOST_AUTO_TEST_CASE(sharing_the_trunk_gives_the_answer_of_a_full_pass) {
  for (const int64_t layers : {1, 2, 5, -2}) {
    const Setup setup(Json{{"layers", layers}});
    const auto batch = setup.Batch();
    BOOST_TEST(setup.vaccine.Taps().size() == (layers < 0 ? 0u : 1u));
    auto without_taps = batch;
    without_taps.teacher_taps.clear();
    const auto shared = setup.vaccine.VaccineLogits(batch, Grad::kNone);
    const auto full = setup.vaccine.VaccineLogits(without_taps, Grad::kNone);
    BOOST_TEST(MaxDifference(shared, full) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(the_penalty_is_the_mean_divergence_of_suspicious_images) {
  Setup setup;
  const auto batch = setup.Batch(Grad::kNone, 3, 64);
  const auto vaccine_logits = setup.vaccine.VaccineLogits(batch, Grad::kNone);
  const auto teacher = batch.teacher_logits.softmax(1), vaccine = vaccine_logits.softmax(1);
  double sum = 0, masked = 0;
  for (int64_t i = 0; i < 64; ++i) {
    if (batch.teacher_logits[i].argmax().item<int64_t>() !=
        vaccine_logits[i].argmax().item<int64_t>()) {
      continue;
    }
    masked += 1;
    for (int64_t c = 0; c < 4; ++c) {
      const double p = teacher[i][c].item<double>(), q = vaccine[i][c].item<double>();
      sum += p * std::log(p / q) / 4;
    }
  }
  BOOST_TEST_REQUIRE(masked > 0);
  BOOST_TEST_REQUIRE(masked < 64);
  BOOST_TEST(PenaltyOf(setup.vaccine, batch).item<double>() == -0.1 * sum / masked,
             boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_penalty_agrees_with_finite_differences) {
  Setup setup(Json{{"coefficient", 10.0}});
  setup.progress.wants = false;
  const auto batch = setup.Batch(Grad::kInputs);
  const auto gradient = Gradients(PenaltyOf(setup.vaccine, batch), {batch.images})[0];
  const double norm = gradient.norm().item<double>();
  BOOST_TEST_REQUIRE(norm > 1e-4);
  const auto direction = gradient / norm;
  const auto penalty = [&](double step) {
    const auto moved =
        TaughtBatch(*setup.teacher, batch.images.detach() + step * direction, setup.vaccine.Taps());
    BOOST_TEST(MaskOf(setup, moved).equal(MaskOf(setup, batch)));
    return PenaltyOf(setup.vaccine, moved).item<double>();
  };
  constexpr double kStep = 0.01;
  const double slope = (penalty(kStep) - penalty(-kStep)) / (2 * kStep);
  BOOST_TEST(slope == norm, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(without_vaccine_gradient_the_shuffled_teachers_are_constants) {
  Setup with, without(Json{{"vaccine_gradient", false}});
  const auto a = with.Batch(Grad::kInputs), b = without.Batch(Grad::kInputs);
  const auto penalty = PenaltyOf(with.vaccine, a);
  const auto constant = PenaltyOf(without.vaccine, b);
  BOOST_TEST(penalty.item<float>() == constant.item<float>());
  const auto full = Gradients(penalty, {a.images})[0], part = Gradients(constant, {b.images})[0];
  BOOST_TEST(part.abs().max().item<double>() > 0);
  BOOST_TEST(MaxDifference(full, part) > 0);
}

BOOST_AUTO_TEST_CASE(coefficients_average_the_kept_and_subtract_the_suspicious) {
  const auto suspicious = at::arange(10, at::kLong) < 4;
  const auto c = Coefficients(suspicious, 0.1);
  BOOST_TEST(c.slice(0, 0, 4).sum().item<float>() == -0.1f, boost::test_tools::tolerance(1e-5f));
  BOOST_TEST(c.slice(0, 4).sum().item<float>() == 1.0f, boost::test_tools::tolerance(1e-5f));
  BOOST_TEST(c[0].item<float>() == -0.025f, boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(nothing_suspicious_is_the_plain_mean) {
  const auto c = Coefficients(at::arange(8, at::kLong) < 0, 0.1);
  BOOST_TEST(MaxDifference(c, c * 0 + 1.0 / 8) < 1e-7);
}

BOOST_AUTO_TEST_CASE(a_batch_of_suspicious_images_is_undistilled_with_and_without_guard) {
  for (const bool guard : {true, false}) {
    Setup setup(Json{{"guard_nan", guard}}, kFixedImages);
    setup.Unshuffle();
    const auto c = CoefficientsOf(setup.vaccine, setup.Batch());
    BOOST_TEST(MaxDifference(c, at::full({16}, -0.1 / 16)) < 1e-7);
  }
}

BOOST_AUTO_TEST_CASE(the_tail_ratio_is_that_of_a_gaussian_and_never_above_a_tenth) {
  BOOST_TEST(std::abs(TailRatio(Normal(Rng(1), {1000000})) - 0.00135) < 2e-4);
  for (int64_t outliers = 1; outliers <= 200; ++outliers) {
    auto scores = Normal(Rng(2), {1000}) * 1e-3;
    scores.slice(0, 0, outliers).sub_(1);
    BOOST_TEST(TailRatio(scores) <= 0.10);
  }
}

BOOST_AUTO_TEST_CASE(the_form_follows_the_distiller_unless_it_is_given) {
  const auto& card = Registry::Get().Card(PluginKind::kDefense, "shuffling_vaccine");
  const auto automatic = ResolveFor(card, nullptr);
  const auto student = ResolveFor(card, {{"where", "student"}});
  BOOST_TEST(card.active(automatic, kGenerator).last == 100);
  BOOST_TEST(!card.sets_coefficients(automatic, kGenerator));
  BOOST_TEST(card.sets_coefficients(automatic, kFixedImages));
  BOOST_TEST(card.acts_on_synthesis(automatic, kInversion));
  BOOST_TEST(card.active(automatic, kInversion).empty());
  BOOST_TEST(card.sets_coefficients(student, kInversion));
  BOOST_TEST(!card.acts_on_synthesis(student, kInversion));
  const auto ends = ResolveFor(card, {{"late", "off"}, {"late_rounds", 30}});
  BOOST_TEST(card.active(ends, kFixedImages).last == 70);
}

BOOST_AUTO_TEST_CASE(late_rounds_drop_suspicious_images_or_switch_the_vaccine_off) {
  Setup drop({{"late", "drop"}, {"late_rounds", 30}}, kFixedImages);
  Setup off({{"late", "off"}, {"late_rounds", 30}}, kFixedImages);
  auto batch = drop.Batch(Grad::kNone, 3, 64);
  const auto mask = MaskOf(drop, batch);
  batch.round = 69;
  BOOST_TEST(CoefficientsOf(drop.vaccine, batch).masked_select(mask).lt(0).all().item<bool>());
  BOOST_TEST(CoefficientsOf(off.vaccine, batch).defined());
  batch.round = 70;
  BOOST_TEST(CoefficientsOf(drop.vaccine, batch).masked_select(mask).eq(0).all().item<bool>());
  BOOST_TEST(!CoefficientsOf(off.vaccine, batch).defined());
}

BOOST_AUTO_TEST_CASE(a_shuffle_is_selected_after_its_batches_and_given_up_after_its_trials) {
  const Json given = {{"cache_batches", 3}, {"ignored_batches", 1}, {"threshold", 0.1}};
  Setup setup(given, kFixedImages);
  for (int64_t round = 0; round < 5; ++round) {
    BOOST_TEST(!CoefficientsOf(setup.vaccine, setup.Batch(Grad::kNone, round)).defined());
  }
  BOOST_TEST(setup.progress.scalars["shuffling_vaccine/selection_tail_ratio"].size() == 8u);
  BOOST_TEST(setup.progress.scalars["shuffling_vaccine/accepted"].at(0) == 0);
}

BOOST_AUTO_TEST_CASE(the_steps_of_a_round_count_as_one_batch_of_the_selection) {
  const Json given = {{"where", "student"}, {"cache_batches", 9}, {"ignored_batches", 1}};
  Setup setup(given);
  for (int64_t round = 0; round < 3; ++round) {
    auto batch = setup.Batch(Grad::kNone, round);
    batch.round = round;
    for (batch.step = 0; batch.step < 3; ++batch.step) CoefficientsOf(setup.vaccine, batch);
  }
  MemoryState state;
  setup.vaccine.Visit(state);
  BOOST_TEST(state.numbers.at("seen") == 3);
  BOOST_TEST(state.tensors.at("cached_images").size(0) == 2 * 16);
}

// Else a ZSKT round would ask the shuffled teachers ten times the same.
BOOST_AUTO_TEST_CASE(the_steps_of_a_round_on_the_same_images_share_one_verdict) {
  Setup setup(nullptr, kFixedImages);
  auto batch = setup.Batch(Grad::kNone, 3, 64);
  const auto first = CoefficientsOf(setup.vaccine, batch);
  setup.Unshuffle();  // asked now, the vaccine would suspect every image
  batch.step = 1;
  BOOST_TEST(CoefficientsOf(setup.vaccine, batch).equal(first));
  batch.step = 0;  // another round
  BOOST_TEST(!CoefficientsOf(setup.vaccine, batch).equal(first));
  auto other = setup.Batch(Grad::kNone, 4, 64);
  other.step = 1;
  BOOST_TEST(CoefficientsOf(setup.vaccine, other).lt(0).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(it_learns_from_what_it_acts_on_alone) {
  const Json given = {{"cache_batches", 3}, {"ignored_batches", 1}};
  for (const bool on_student : {true, false}) {
    Setup setup(given, on_student ? kFixedImages : kGenerator);
    const auto seen = [&] {
      MemoryState state;
      setup.vaccine.Visit(state);
      return state.numbers.at("seen");
    };
    BOOST_TEST(!PenaltyOf(setup.vaccine, setup.Batch()).defined());
    BOOST_TEST(seen() == (on_student ? 0 : 1));
    BOOST_TEST(!CoefficientsOf(setup.vaccine, setup.Batch()).defined());
    BOOST_TEST(seen() == 1);
  }
}

// A CMI round has 400 steps on as many batches.
BOOST_AUTO_TEST_CASE(other_images_in_a_round_are_another_batch_of_the_selection) {
  const Json given = {{"where", "student"}, {"cache_batches", 9}, {"ignored_batches", 1}};
  Setup setup(given);
  for (int64_t step = 0; step < 4; ++step) {
    auto batch = setup.Batch(Grad::kNone, step / 2);  // each twice, but made anew
    batch.step = step;
    CoefficientsOf(setup.vaccine, batch);
    CoefficientsOf(setup.vaccine, batch);
  }
  MemoryState state;
  setup.vaccine.Visit(state);
  BOOST_TEST(state.numbers.at("seen") == 5);  // step 0 is always a new round
}

BOOST_AUTO_TEST_CASE(a_round_of_many_batches_is_reported_once) {
  Setup setup;
  for (int64_t i = 0; i < 3; ++i) PenaltyOf(setup.vaccine, setup.Batch(Grad::kNone, i));
  BOOST_TEST(setup.progress.scalars.at("shuffling_vaccine/masked_share").size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_it_does_late_is_no_part_of_the_rounds_before) {
  const auto& card = Registry::Get().Card(PluginKind::kDefense, "shuffling_vaccine");
  const std::vector<std::string> both = {"late", "late_rounds"}, length = {"late_rounds"};
  for (const std::string late : {"keep", "drop", "off"}) {
    const auto options = ResolveFor(card, {{"late", late}, {"late_rounds", 30}});
    BOOST_TEST(card.idle_before(options, kFixedImages, 70) == both);
    const auto after = card.idle_before(options, kFixedImages, 71);
    BOOST_TEST(after == (late == "keep" ? length : std::vector<std::string>{}));
  }
}

BOOST_AUTO_TEST_CASE(the_cache_is_scored_in_slices_that_a_resumed_run_cuts_alike) {
  const Json given = {{"cache_batches", 9}, {"ignored_batches", 0}};
  Setup setup(given, kFixedImages);
  std::vector<at::Tensor> images;
  for (const int64_t size : {100, 29}) {
    images.push_back(Normal(Rng(size), {size, 3, 8, 8}));
    CoefficientsOf(setup.vaccine, TaughtBatch(*setup.teacher, images.back(), setup.vaccine.Taps()));
  }
  const auto before = setup.vaccine.CachedDivergence();
  MemoryState state;
  setup.vaccine.Visit(state);  // the cache is one batch now, as after a resumption
  BOOST_TEST(setup.vaccine.CachedDivergence().equal(before));
  const auto expected = [&](int64_t first, int64_t last) {
    TransferBatch slice;
    slice.images = at::cat(images).slice(0, first, last);
    slice.teacher_logits = state.tensors.at("cached_logits").slice(0, first, last);
    const auto logits = setup.vaccine.VaccineLogits(slice, Grad::kNone);
    return KlPerSample(slice.teacher_logits, logits, 1) / 4.0;
  };
  BOOST_TEST(before.equal(at::cat({expected(0, 128), expected(128, 129)})));
}

BOOST_AUTO_TEST_CASE(an_accepted_shuffle_acts_from_the_batch_that_selected_it) {
  auto options = Read<Options>({{"cache_batches", 3}, {"ignored_batches", 1}});
  options.threshold = -1;  // any ratio will do
  Setup setup(nullptr, kFixedImages);
  ShufflingVaccine vaccine(options);
  vaccine.Begin(setup.context);
  for (int64_t round = 0; round < 5; ++round) {
    const bool acts = CoefficientsOf(vaccine, setup.Batch(Grad::kNone, round)).defined();
    BOOST_TEST(acts == (round >= 3));
  }
}

BOOST_AUTO_TEST_CASE(the_state_restores_shuffles_and_an_unfinished_selection) {
  const Json given = {{"cache_batches", 4}, {"ignored_batches", 1}, {"threshold", 0.1}};
  Setup first(given, kFixedImages), second(given, kFixedImages, "wrn-16-1", /*seed=*/6);
  for (int64_t round = 0; round < 3; ++round) {
    CoefficientsOf(first.vaccine, first.Batch(Grad::kNone, round));
  }
  const auto batch = first.Batch();
  MemoryState state;
  first.vaccine.Visit(state);
  const auto expected = first.vaccine.VaccineLogits(batch, Grad::kNone);
  BOOST_TEST(!second.vaccine.VaccineLogits(batch, Grad::kNone).equal(expected));
  state.loading = true;
  second.vaccine.Visit(state);
  BOOST_TEST(second.vaccine.VaccineLogits(batch, Grad::kNone).equal(expected));
  BOOST_TEST(state.numbers.at("seen") == 3);
  BOOST_TEST(state.tensors.at("cached_images").size(0) == 32);
}

BOOST_AUTO_TEST_CASE(the_masked_share_is_reported_for_every_predicted_class) {
  Setup setup(nullptr, kFixedImages);
  const auto batch = setup.Batch(Grad::kNone, 3, 64);
  CoefficientsOf(setup.vaccine, batch);
  const double share = MaskOf(setup, batch).to(at::kDouble).mean().item<double>();
  BOOST_TEST(setup.progress.scalars.at("shuffling_vaccine/masked_share").at(0) == share);
  BOOST_TEST(setup.progress.scalars.count("shuffling_vaccine/tail_ratio") == 1u);
  const auto label = batch.teacher_logits[0].argmax().item<int64_t>();
  BOOST_TEST(setup.progress.scalars.count(
                 fmt::format("shuffling_vaccine/masked_share_class_{}", label)) == 1u);
}

BOOST_AUTO_TEST_CASE(options_that_can_never_work_are_refused) {
  BOOST_CHECK_THROW(ShufflingVaccine(Read<Options>({{"layers", 0}})), Error);
  BOOST_CHECK_THROW(ShufflingVaccine(Read<Options>({{"cache_batches", 5}})), Error);
}

}  // namespace dfkd::shuffling_vaccine::shuffling_vaccine_test
