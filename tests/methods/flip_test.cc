// The option `flip` of every distiller that has it: signs and digits are left as they are.
#include <boost/test/unit_test.hpp>

#include "bench/core/cheap_options.h"
#include "bench/recipes/flip_option.h"
#include "tests/methods/fakes.h"

namespace dfkd::flip_test {

constexpr int64_t kRounds = 3;

std::vector<const PluginCard*> WithFlip() {
  std::vector<const PluginCard*> cards;
  for (const auto kind : {PluginKind::kDistiller, PluginKind::kDefense}) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      for (const auto& option : card->options) {
        if (option.name == "flip") cards.push_back(card);
      }
    }
  }
  return cards;
}

const OptionLimits& LimitsOf(const PluginCard& card) {
  for (const auto& option : card.options) {
    if (option.name == "flip") return option.limits;
  }
  throw Error("no flip");
}

std::vector<double> Losses(const PluginCard& card, const Json& flip, bool mirrors) {
  auto spec = SmallSpec();
  spec.mirrors = mirrors;
  const auto teacher = MakeTeacher("vgg-s-4", 1, spec);
  const auto student = MakeNet("vgg-s-4", 2, spec);
  FakeDistillContext context(*teacher, *student, kRounds);
  context.UseTransferSet({Integers(Rng(5), 256, {40, 3, 8, 8}).to(at::kByte), at::arange(40) % 4});
  auto options = CheapOptions(card);
  options["flip"] = flip;
  const auto distiller = Registry::Get().Make<Distiller>(card.name, ResolveFor(card, options));
  distiller->Begin(context);
  for (int64_t round = 0; round < kRounds; ++round) distiller->Round(context, round);
  return context.losses;
}

BOOST_AUTO_TEST_SUITE(flip_option)

BOOST_AUTO_TEST_CASE(whoever_can_mirror_asks_the_data_set_unless_told_otherwise) {
  BOOST_TEST(WithFlip().size() >= 7U);
  for (const auto* card : WithFlip()) BOOST_TEST(LimitsOf(*card).initial == "auto", card->name);
}

BOOST_AUTO_TEST_CASE(images_that_mirrored_lose_their_class_are_not_mirrored) {
  for (const auto* card : WithFlip()) {
    if (card->kind != PluginKind::kDistiller) continue;
    const auto& words = LimitsOf(*card).allowed;
    const bool by_name = std::find(words.begin(), words.end(), "none") != words.end();
    const Json off = by_name ? "none" : "false";
    const auto unmirrored = Losses(*card, off, true);
    BOOST_TEST((Losses(*card, "auto", false) == unmirrored), card->name);
    BOOST_TEST((Losses(*card, "auto", true) != unmirrored), card->name);
  }
}

// As matrix files were written when it was a switch.
BOOST_AUTO_TEST_CASE(true_and_false_are_words_as_well) {
  const auto& card = Registry::Get().Card(PluginKind::kDefense, "ft");
  BOOST_TEST(ResolveFor(card, {{"flip", false}}).at("flip") == "false");
  BOOST_TEST(ResolveFor(card, {{"flip", true}}).at("flip") == "true");
  BOOST_CHECK_THROW(ResolveFor(card, {{"where", true}}), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::flip_test
