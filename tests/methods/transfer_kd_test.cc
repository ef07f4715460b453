// noise_kd, ood_kd and clean_kd: the distillers whose images are there before the first round.
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "methods/distillation/clean_kd/clean_kd.h"
#include "methods/distillation/noise_kd/noise_kd.h"
#include "methods/distillation/ood_kd/ood_kd.h"
#include "tests/methods/fakes.h"

namespace dfkd {
namespace {

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
  for (const std::string name : {"noise_kd", "ood_kd", "clean_kd"}) {
    const Json options = {{"batch_size", 8}};
    const auto losses = Run(name, options);
    BOOST_TEST(losses.size() == static_cast<size_t>(kRounds), name);
    BOOST_TEST(losses == Run(name, options), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_round_draws_the_same_whatever_ran_before) {
  for (const std::string name : {"noise_kd", "ood_kd", "clean_kd"}) {
    const Json still = {{"batch_size", 8}, {"lr", 0}};  // batch statistics: the loss is the batch's
    const auto whole = Run(name, still), late = Run(name, still, 4);
    BOOST_TEST(late[0] == whole[4], name);
    BOOST_TEST(late[1] == whole[5], name);
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

}  // namespace
}  // namespace dfkd
