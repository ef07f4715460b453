// What StaticAttack adds to the attacks that are only a recipe.
#include "bench/recipes/static_attack.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "tests/attacks/attacks_testing.h"

namespace dfkd::static_attack_test {

struct Dot : PoisonOptions {
  int64_t value;
  static void Declare(OptionTable<Dot>& o) {
    DeclarePoison(o);
    o.Add("value", &Dot::value, {.initial = 9, .lowest = 0, .highest = 255}, "of the pixel");
  }
  TriggerRecipe Recipe() const {
    return {.asset = Image{1, 1, 1, {static_cast<uint8_t>(value)}},
            .operation = operation::Overwrite(/*margin=*/2)};
  }
};

struct Stripes : CleanLabelOptions, PictureOptions, RoundingOption {
  static void Declare(OptionTable<Stripes>& o) {
    DeclareCleanLabel(o), DeclarePicture(o), DeclareRounding(o);
  }
  std::vector<std::string> IdleHere() const { return {"rounding"}; }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = "sig_tr", .file = *this},
            .operation = operation::Blend(0.5, RoundingFrom(rounding)),
            .state = "stripes"};
  }
};

template <class Options>
PluginCard CardOf(AttackCard<Options> typed) {
  PluginCard card;
  typed.Fill(card);
  card.presets = typed.presets;
  card.options = TableOf<Options>().cards();
  return card;
}

template <class Options>
StaticAttack<Options> Begun(const ImageSpec& spec) {
  const auto card = CardOf(StaticCard<Options>({}));
  StaticAttack<Options> attack(TableOf<Options>().Read(ResolveFor(card, {})));
  attack.Begin(spec);
  return attack;
}

BOOST_AUTO_TEST_SUITE(static_attack)

BOOST_AUTO_TEST_CASE(a_recipe_is_all_that_a_static_attack_needs) {
  const auto spec = golden::Spec(28, 28, 1);
  const auto train = Train(spec);
  const auto attack = Begun<Dot>(spec);
  auto expected = train.images.clone();
  expected.select(2, 25).select(2, 25).fill_(9);
  BOOST_TEST(attack.Trigger(train.images).equal(expected));
  BOOST_TEST(attack.Poison(train, Rng(1)).indices.size() == 20U);
}

BOOST_AUTO_TEST_CASE(a_picture_is_state_and_a_patch_is_not) {
  const auto spec = golden::Spec(28, 28, 1);
  KeptState patch, picture;
  auto dot = Begun<Dot>(spec);
  auto stripes = Begun<Stripes>(spec);
  dot.Trigger(Train(spec).images), stripes.Trigger(Train(spec).images);
  dot.Visit(patch), stripes.Visit(picture);
  BOOST_TEST(patch.kept.empty());
  BOOST_TEST_REQUIRE(picture.kept.contains("stripes"));
  BOOST_TEST((picture.kept.at("stripes").sizes() == at::IntArrayRef{1, 28, 28}));
}

BOOST_AUTO_TEST_CASE(a_card_follows_from_the_bases_of_its_options) {
  const auto dot = CardOf(StaticCard<Dot>({}));
  const auto stripes = CardOf(StaticCard<Stripes>({}));
  const Json of_dot = ResolveFor(dot, {}), of_stripes = ResolveFor(stripes, {});
  BOOST_TEST(!dot.clean_label(of_dot));
  BOOST_TEST(stripes.clean_label(of_stripes));
  BOOST_TEST(dot.presets.at("faithful") == PoisonOptions::Faithful());
  BOOST_TEST(stripes.presets.at("faithful").at("rounding") == "truncate");
  const std::vector<std::string> none, target = {"target"}, file = {"sha256", "rounding"};
  BOOST_TEST(dot.idle_options(of_dot) == none);
  BOOST_TEST(dot.idle_options(ResolveFor(dot, {{"labels", "all_to_all"}})) == target);
  BOOST_TEST(stripes.idle_options(of_stripes) == file);
}

// Whatever knows `labels`: where every class has its own target, the ASR cannot exceed the
// accuracy.
BOOST_AUTO_TEST_CASE(the_gate_of_all_to_all_is_a_share_of_the_accuracy_for_every_attack) {
  int with_labels = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const Json options = ResolveFor(*card, Json::object());
    const auto usual = card->gate(options);
    const double expected = card->poisons_transfer(options) ? 0
                            : usual.student_by              ? 0.50
                            : card->clean_label(options)    ? 0.80
                                                            : 0.90;
    BOOST_TEST(usual.lowest_asr == expected, card->name);
    BOOST_TEST(!usual.of_accuracy, card->name);
    if (!options.contains("labels")) continue;
    ++with_labels;
    const auto gate = card->gate(ResolveFor(*card, {{"labels", "all_to_all"}}));
    BOOST_TEST(gate.of_accuracy, card->name);
    BOOST_TEST(gate.lowest_asr == 0.90, card->name);
  }
  BOOST_TEST(with_labels >= 10);
}

BOOST_AUTO_TEST_CASE(a_preset_of_the_plugin_itself_is_kept) {
  const auto card = StaticCard<Dot>({.presets = {{"faithful", {{"value", 3}}}}});
  BOOST_TEST(card.presets.at("faithful") == Json({{"value", 3}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::static_attack_test
