// noise_kd, ood_kd, clean_kd and imported: the distillers whose images are there before the first
// round.
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "methods/distillation/clean_kd/clean_kd.h"
#include "methods/distillation/imported/imported.h"
#include "methods/distillation/noise_kd/noise_kd.h"
#include "methods/distillation/ood_kd/ood_kd.h"
#include "tests/methods/fakes.h"

namespace dfkd::transfer_kd_test {

constexpr int64_t kRounds = 6;

Split SmallSet() {
  const Rng rng(5);
  return {Integers(rng.Fork("images"), 256, {40, 3, 8, 8}).to(at::kByte),
          at::arange(40).remainder(4)};
}

// Losses of rounds [first, kRounds) of a new distiller.
std::vector<double> Run(const std::string& name, const Json& options, int64_t first = 0,
                        Split set = SmallSet()) {
  const auto teacher = MakeTeacher("vgg-s-16", 1);
  const auto student = MakeNet("vgg-s-16", 2);
  FakeDistillContext context(*teacher, *student, kRounds);
  context.UseTransferSet(std::move(set));
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, name);
  const auto distiller = Registry::Get().Make<Distiller>(name, ResolveFor(card, options));
  distiller->Begin(context);
  for (int64_t round = first; round < kRounds; ++round) distiller->Round(context, round);
  return context.losses;
}

BOOST_AUTO_TEST_SUITE(transfer_kd)

BOOST_AUTO_TEST_CASE(a_round_is_a_student_step_and_a_run_repeats) {
  for (const std::string name : {"noise_kd", "ood_kd", "clean_kd", "imported"}) {
    const Json options = {{"batch_size", 8}};
    const auto losses = Run(name, options);
    BOOST_TEST(losses.size() == static_cast<size_t>(kRounds), name);
    BOOST_TEST(losses == Run(name, options), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_round_draws_the_same_whatever_ran_before) {
  for (const std::string name : {"noise_kd", "ood_kd", "clean_kd", "imported"}) {
    const Json still = {{"batch_size", 8}, {"lr", 0}};  // batch statistics: the loss is the batch's
    const auto whole = Run(name, still), late = Run(name, still, 4);
    BOOST_TEST(late[0] == whole[4], name);
    BOOST_TEST(late[1] == whole[5], name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_behind_imported_images_must_be_said_before_they_are_distilled_on) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "imported");
  const auto refusal = [&](const Json& given) -> std::string {
    try {
      card.traits(ResolveFor(card, given));
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  BOOST_TEST(refusal(Json::object()).empty());
  Json given = {{"path", "images.safetensors"}, {"extra_data", "none"}};
  BOOST_TEST(refusal(given).find("pretrained = \"\"") != std::string::npos);
  given["pretrained"] = "a diffusion model";
  BOOST_TEST(refusal(given).empty());
  given["track"] = "synthesized";
  BOOST_TEST(refusal(given).find("a diffusion model") != std::string::npos);
  given["pretrained"] = "none";
  BOOST_TEST(refusal(given).empty());
  BOOST_TEST((card.traits(ResolveFor(card, given)).track == Track::kSynthesized));
}

BOOST_AUTO_TEST_CASE(distillers_on_images_that_are_there_can_do_with_labels_alone) {
  for (const std::string name : {"ood_kd", "imported"}) {
    const Json hard = {{"batch_size", 8}, {"hard_label", true}, {"temperature", 2}};
    const auto losses = Run(name, hard);
    BOOST_TEST(losses.size() == static_cast<size_t>(kRounds), name);
    BOOST_TEST((losses != Run(name, {{"batch_size", 8}, {"temperature", 2}})), name);
  }
}

BOOST_AUTO_TEST_CASE(a_student_learns_from_a_small_set) {
  const Json options = {{"batch_size", 40}, {"lr", 1e-2}, {"cutmix", false},
                        {"flip", "none"},   {"crop", 0},  {"temperature", 1}};
  const auto losses = Run("ood_kd", options);
  BOOST_TEST(losses.back() < losses.front());
}

BOOST_AUTO_TEST_CASE(clean_kd_with_weight_zero_is_cross_entropy) {
  const Json options = {{"batch_size", 8}, {"alpha", 0}, {"lr", 0}};
  const auto cold =
      Run("clean_kd", {{"batch_size", 8}, {"alpha", 0}, {"lr", 0}, {"temperature", 2}});
  BOOST_TEST(Run("clean_kd", options) == cold, boost::test_tools::per_element());
}

// The images that the teacher is asked about in the first round.
at::Tensor FirstImages(const std::string& name, const Json& options, const Split& set,
                       const std::string& preset = "") {
  struct Recorder : FakeDistillContext {
    using FakeDistillContext::FakeDistillContext;
    TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                        const std::vector<std::string>& taps) override {
      seen = images;
      return FakeDistillContext::Teach(images, kd, round, grad, taps);
    }
    at::Tensor seen;
  };
  const auto teacher = MakeTeacher("vgg-s-16", 1);
  const auto student = MakeNet("vgg-s-16", 2);
  Recorder context(*teacher, *student, kRounds);
  context.UseTransferSet(set);
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, name);
  const auto distiller = Registry::Get().Make<Distiller>(name, ResolveFor(card, options, preset));
  distiller->Begin(context);
  distiller->Round(context, 0);
  return context.seen;
}

// abd.md j21: means are the data set's, deviations the true ones of CIFAR-10.
BOOST_AUTO_TEST_CASE(clean_kd_as_in_the_reference_normalises_with_other_deviations) {
  const Split set{at::full({40, 3, 8, 8}, 255, at::kByte), at::arange(40).remainder(4)};
  const Json plain = {{"batch_size", 8}, {"crop", 0}};
  const auto usual = FirstImages("clean_kd", plain, set);
  const auto quirk = FirstImages("clean_kd", plain, set, "faithful");
  const auto spec = SmallSpec();
  const std::vector<double> deviations = {0.247, 0.243, 0.261};
  for (int64_t c = 0; c < 3; ++c) {
    BOOST_TEST(usual[0][c][0][0].item<double>() == (1 - spec.mean[c]) / spec.stddev[c],
               boost::test_tools::tolerance(1e-5));
    BOOST_TEST(quirk[0][c][0][0].item<double>() == (1 - spec.mean[c]) / deviations[c],
               boost::test_tools::tolerance(1e-5));
  }
}

// Flips and crops keep every pixel that they do not cut off; what they add is black.
BOOST_AUTO_TEST_CASE(clean_kd_mirrors_and_crops_with_black_around) {
  auto image = at::full({3, 8, 8}, 200, at::kByte);
  image.narrow(2, 0, 1).fill_(100);  // the left column
  const Split set{image.expand({64, 3, 8, 8}).contiguous(), at::zeros({64}, at::kLong)};
  const auto seen = ToPixels(FirstImages("clean_kd", {{"batch_size", 64}}, set), SmallSpec());
  const auto levels = std::get<0>(at::_unique(seen));
  BOOST_TEST(levels.equal(at::tensor({0, 100, 200}).to(at::kByte)));
  const auto flipped =
      ToPixels(FirstImages("clean_kd", {{"batch_size", 64}, {"crop", 0}}, set), SmallSpec());
  const auto left = flipped.select(3, 0).select(1, 0).select(1, 0).eq(100).sum().item<int64_t>();
  BOOST_TEST(left > 16);
  BOOST_TEST(left < 48);
}

BOOST_AUTO_TEST_CASE(clean_kd_is_that_of_the_paper_and_its_upper_bound_that_of_the_spec) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "clean_kd");
  const auto of = [&](const std::string& preset) {
    return TableOf<clean_kd::Options>().Read(ResolveFor(card, Json::object(), preset));
  };
  const auto paper = of(""), bound = of("upper_bound");
  BOOST_TEST(of("faithful").flip == "true");  // signs, too
  BOOST_TEST(paper.schedule == "constant");
  BOOST_TEST(paper.mean_over_classes);
  BOOST_TEST(paper.train_std == "spec");
  BOOST_TEST(of("faithful").train_std == "cifar_true");
  BOOST_TEST(card.traits(ResolveFor(card, Json::object(), "upper_bound")).rounds ==
             200 * 391);  // 50000 images in batches of 128
  BOOST_TEST(bound.share == 1);
  BOOST_TEST(bound.nesterov);
  BOOST_TEST(!bound.mean_over_classes);
}

// One batch of 8 from the set, KLmean(6) and cross entropy written out.
BOOST_AUTO_TEST_CASE(the_loss_of_clean_kd_is_that_of_the_paper) {
  const auto teacher = MakeTeacher("vgg-s-16", 1);
  const auto student = MakeNet("vgg-s-16", 2);
  const Json options = {{"batch_size", 40}, {"crop", 0}, {"flip", false}, {"lr", 0}};
  const double loss = Run("clean_kd", options)[0];
  const auto set = SmallSet();
  const auto x = Normalize(set.images, SmallSpec());
  const auto t = (std::as_const(*teacher).Logits(x) / 6).softmax(1);
  const auto logits = student->Logits(x, Mode::kTrain, Grad::kNone);
  const auto s = (logits / 6).softmax(1);
  const double kl_mean = (t * (t / s).log()).mean().item<double>();
  const double hard =
      -logits.log_softmax(1).gather(1, set.labels.unsqueeze(1)).mean().item<double>();
  BOOST_TEST(loss == 0.95 * 36 * kl_mean + 0.05 * hard, boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(ood_kd_has_the_paper_s_length_and_steps) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "ood_kd");
  const auto o = TableOf<ood_kd::Options>().Read(ResolveFor(card, Json::object()));
  BOOST_TEST(o.count / o.batch_size == 97);
  BOOST_TEST(o.epochs == 300);
  BOOST_TEST(o.schedule == "multistep");
  BOOST_TEST(o.order == "epochs");
  BOOST_TEST(!o.tau_squared);
  BOOST_TEST(o.mean_over_classes);
}

BOOST_AUTO_TEST_CASE(epochs_are_as_long_as_the_images_are_many) {
  const auto& ood = Registry::Get().Card(PluginKind::kDistiller, "ood_kd");
  const auto rounds = [&](const Json& given) { return ood.traits(ResolveFor(ood, given)).rounds; };
  BOOST_TEST(rounds({{"batch_size", 128}}) == 300 * 390);
  BOOST_TEST(rounds({{"count", 8000}, {"epochs", 10}}) == 10 * 15);
  BOOST_TEST(rounds({{"epochs", 10}, {"rounds", 77}}) == 77);
  const auto& clean = Registry::Get().Card(PluginKind::kDistiller, "clean_kd");
  const auto on = [&](int64_t images, const Json& given) {
    return clean.rounds_on(ResolveFor(clean, given), images);
  };
  BOOST_TEST(on(39209, Json::object()) == 170 * 62);
  BOOST_TEST(on(60000, {{"share", 1}, {"epochs", 2}, {"batch_size", 256}}) == 2 * 235);
  BOOST_TEST(on(60000, {{"rounds", 5}}) == 5);
  BOOST_TEST(on(100, {{"share", 0.29}, {"epochs", 1}, {"batch_size", 1}}) == 29);  // as written
}

// 40 images in batches of 8: an epoch is five rounds.
BOOST_AUTO_TEST_CASE(ood_kd_halves_its_rate_at_epochs) {
  struct Keeper : FakeDistillContext {
    using FakeDistillContext::FakeDistillContext;
    void UseStudentOptimizer(const OptimizerSpec& given) override { spec_given = given; }
    OptimizerSpec spec_given;
  };
  const auto teacher = MakeTeacher("vgg-s-16", 1);
  const auto student = MakeNet("vgg-s-16", 2);
  Keeper context(*teacher, *student, kRounds);
  context.UseTransferSet(SmallSet());
  ood_kd::OodKd(Read<ood_kd::Options>({{"batch_size", 8}})).Begin(context);
  const std::vector<int64_t> expected = {750, 1500, 3000};
  BOOST_TEST(context.spec_given.schedule.milestones == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cards_name_track_rounds_and_transfer_set) {
  const auto& registry = Registry::Get();
  const auto traits = [&](const std::string& name, const std::string& preset) {
    const auto& card = registry.Card(PluginKind::kDistiller, name);
    return card.traits(ResolveFor(card, Json::object(), preset));
  };
  BOOST_TEST((traits("noise_kd", "").track == Track::kSynthesized));
  BOOST_TEST((traits("ood_kd", "").track == Track::kOutOfDistribution));
  BOOST_TEST((traits("clean_kd", "").track == Track::kCleanSubset));
  BOOST_TEST(traits("ood_kd", "faithful").rounds == 300 * 97);
  BOOST_TEST(traits("clean_kd", "faithful").rounds == 170 * 79);
  const auto& card = registry.Card(PluginKind::kDistiller, "ood_kd");
  const Json quick = card.transfer_set(ResolveFor(card, Json::object(), "quick"));
  BOOST_TEST(quick == (BankRecipe{.kind = "solids_mix", .count = 8000, .balance = true}.ToJson()));
  const auto& noise = registry.Card(PluginKind::kDistiller, "noise_kd");
  BOOST_TEST(noise.transfer_set(ResolveFor(noise, Json::object())).is_null());
}

BOOST_AUTO_TEST_CASE(an_empty_transfer_set_is_an_error) {
  BOOST_CHECK_THROW(Run("ood_kd", Json::object(), 0, {at::zeros({0, 3, 8, 8}, at::kByte), {}}),
                    Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::transfer_kd_test
