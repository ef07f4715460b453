// Attacks: a pure trigger, and exactly the poison that was asked for.
#include "tests/conformance/lesson.h"

namespace dfkd::conformance {
namespace {

bool Has(const PluginCard& card, const std::string& option) {
  return std::any_of(card.options.begin(), card.options.end(),
                     [&](const auto& o) { return o.name == option; });
}

void TriggerIsPure(const PluginCard& card) {
  for (const auto& spec : {ToySpec(1), ToySpec(3)}) {
    const auto attack = MakeAttack(card, spec);
    const auto images = ToyImages(spec).images;
    const auto before = images.clone();
    const auto triggered = attack->Trigger(images);
    BOOST_TEST(images.equal(before));
    BOOST_TEST(triggered.sizes() == images.sizes());
    BOOST_TEST((triggered.scalar_type() == at::kByte));
    BOOST_TEST(attack->Trigger(images).equal(triggered));
    BOOST_TEST(attack->Trigger(images.narrow(0, 3, 2)).equal(triggered.narrow(0, 3, 2)));
    BOOST_TEST(attack->Trigger(images.narrow(0, 0, 0)).size(0) == 0);
  }
}

// Few of them and one pass of crafting: networks that paint triggers take seconds at this size.
void ImagesOf64By64ArePoisoned(const PluginCard& card) {
  const auto options = ToyOptions(card, {{"craft_epochs", 1}});
  Lesson lesson(card, ToySpec(3, 64), options, /*crafted=*/nullptr, /*images=*/30);
  if (card.trains_teacher(options)) lesson.Begin().Step();
  const auto& train = lesson.train;
  const auto& attack = lesson.attack;
  const auto triggered = attack->Trigger(train.images);
  BOOST_TEST(triggered.sizes() == train.images.sizes());
  BOOST_TEST((triggered.scalar_type() == at::kByte));
  BOOST_TEST(attack->Poison(train, Rng(1)).data.images.sizes() == train.images.sizes());
  if (card.poisons(options) && !card.learns_trigger(options) && !card.crafts(options))
    BOOST_TEST(!triggered.equal(train.images));
}

void PoisonIsWhatWasAskedFor(const PluginCard& card) {
  const Json options = {{"poison_rate", 0.1}};
  const auto attack = MakeAttack(card, ToySpec(), options);
  const auto train = ToyImages();
  const Split before{train.images.clone(), train.labels.clone()};
  const auto poisoned = attack->Poison(train, Rng(1));
  BOOST_TEST(train.images.equal(before.images));
  BOOST_TEST(train.labels.equal(before.labels));
  const bool poisons = card.poisons(ToyOptions(card, options));
  // Who trains the teacher may poison in the steps instead.
  const bool later = card.trains_teacher(ToyOptions(card, options)) && poisoned.indices.empty();
  if (Has(card, "poison_rate"))
    BOOST_TEST(poisoned.indices.size() == (poisons && !later ? 10U : 0U));
  BOOST_TEST((std::is_sorted(poisoned.indices.begin(), poisoned.indices.end())));
  const bool clean_label = card.clean_label(ToyOptions(card, options));
  auto labels = train.labels.clone();
  auto touched = at::zeros({100}, at::kBool);
  for (const int64_t i : poisoned.indices) {
    BOOST_TEST(!touched[i].item<bool>());
    touched[i] = true;
    if (!clean_label) labels[i] = attack->TargetLabel(labels[i].item<int64_t>());
  }
  BOOST_TEST(poisoned.data.labels.equal(labels));
  for (const int64_t i : poisoned.covers) touched[i] = true;
  const auto changed = (poisoned.data.images != train.images).flatten(1).any(1);
  BOOST_TEST((changed & touched.logical_not()).sum().item<int64_t>() == 0);
  BOOST_TEST(poisoned.data.images.sizes() == train.images.sizes());
  if (!poisons) BOOST_TEST(attack->Trigger(train.images).equal(train.images));
}

void ARateOfZeroPoisonsNothing(const PluginCard& card) {
  const auto train = ToyImages();
  const auto poisoned = MakeAttack(card, ToySpec(), {{"poison_rate", 0.0}})->Poison(train, Rng(1));
  BOOST_TEST(poisoned.indices.empty());
  if (poisoned.covers.empty()) BOOST_TEST(poisoned.data.images.equal(train.images));
  BOOST_TEST(poisoned.data.labels.equal(train.labels));
}

void ASeedDecidesWhatIsPoisoned(const PluginCard& card) {
  // A clean-label attack has ten images to choose from.
  const auto attack = MakeAttack(card, ToySpec(), {{"poison_rate", 0.05}});
  const auto poison = [&](uint64_t seed) { return attack->Poison(ToyImages(), Rng(seed)); };
  const auto first = poison(1), again = poison(1), other = poison(2);
  BOOST_TEST(first.indices == again.indices, boost::test_tools::per_element());
  BOOST_TEST(first.data.images.equal(again.data.images));
  const bool later = card.trains_teacher(ToyOptions(card)) && first.indices.empty();
  BOOST_TEST((later || first.indices != other.indices));
}

void StateIsAllThatATriggerNeeds(const PluginCard& card) {
  const auto attack = MakeAttack(card, ToySpec());
  const auto fresh = MakeChecked<Attack>(card.name, ToyOptions(card));
  fresh->Begin(ToySpec());
  Load(*fresh, Save(*attack));
  const auto images = ToyImages().images;
  BOOST_TEST(fresh->Trigger(images).equal(attack->Trigger(images)));
  BOOST_TEST(Equal(Save(*fresh), Save(*attack)));
}

// What evaluates a teacher from a file has the trigger's options and no state.
void ATriggerThatIsNotLearnedNeedsNoState(const PluginCard& card) {
  const auto fresh = MakeChecked<Attack>(card.name, ToyOptions(card));
  fresh->Begin(ToySpec());
  const auto images = ToyImages().images;
  BOOST_TEST(fresh->Trigger(images).equal(MakeAttack(card, ToySpec())->Trigger(images)));
}

void ItCraftsAndTrainsAsItsCardSays(const PluginCard& card) {
  const auto options = ToyOptions(card);
  const bool crafts = card.crafts(options), trains = card.trains_teacher(options);
  Lesson first(card, ToySpec()), again(card, ToySpec());
  const auto untouched = MakeChecked<Attack>(card.name, options);
  untouched->Begin(ToySpec());
  BOOST_TEST(Equal(Save(*first.attack), Save(*again.attack)));
  BOOST_TEST(Equal(Save(*first.attack), Save(*untouched)) == !crafts);
  BOOST_TEST((crafts || trains || !card.needs_clean_teacher(options)));
  if (trains) return;
  first.Begin();  // hooks that nobody would call
  Training without(again.model, first.poisoned, RecipeOfLessons(), Rng(1), again.progress);
  again.model.Initialize(Rng(2));
  BOOST_TEST(first.training->total() == without.total());
  first.StepTo(2);
  while (without.done() < 2) without.Step();
  BOOST_TEST(Equal(CopyOf(first.model), CopyOf(again.model)));
}

// What is crafted is crafted once and read by every training, as in a run.
void ATrainingCutAnywhereEndsInTheSameBits(const PluginCard& card) {
  Lesson whole(card, ToySpec());
  const auto crafted = Save(*whole.attack);
  const auto* given = card.crafts(whole.options) ? &crafted : nullptr;
  const auto total = std::min<int64_t>(whole.Begin().total(), 4);
  whole.StepTo(total);
  for (int64_t cut = 0; cut < total; ++cut) {
    Lesson first(card, ToySpec(), whole.options, given);
    Lesson second(card, ToySpec(), whole.options, given);
    first.Begin(), second.Begin();
    first.StepTo(cut);
    Load(*second.training, Save(*first.training));
    BOOST_TEST(second.training->done() == cut);
    second.StepTo(total);
    BOOST_TEST(Equal(Save(*whole.training), Save(*second.training)), "cut at " << cut);
  }
}

void TargetsAreLabels(const PluginCard& card) {
  const auto attack = MakeAttack(card, ToySpec());
  for (int64_t label = 0; label < 10; ++label) {
    const auto target = attack->TargetLabel(label);
    BOOST_TEST((target >= 0 && target < 10));
  }
}

// As many images, with some poison among them, drawn by the seed; what was given stays.
void ATransferSetIsPoisonedByTheSeed(const PluginCard& card) {
  const auto attack = MakeAttack(card, ToySpec());
  const auto teacher = MakeTeacher("vgg-s-2", 1, ToySpec());
  const auto given = ToyImages();
  FakeProgress progress;
  const auto poisoned_by = [&](uint64_t seed) {
    TransferPoisonContext context{given, *teacher, ToySpec(), at::kCPU, Rng(seed), progress};
    return attack->PoisonTransfer(context);
  };
  const auto poisoned = poisoned_by(1);
  BOOST_TEST(given.images.equal(ToyImages().images));
  BOOST_TEST(poisoned.sizes() == given.images.sizes());
  BOOST_TEST(!poisoned.equal(given.images));
  BOOST_TEST(poisoned.equal(poisoned_by(1)));
  BOOST_TEST(!poisoned.equal(poisoned_by(2)));
}

void TheGlobalGeneratorIsLeftAlone(const PluginCard& card) {
  const auto before = GlobalGenerator();
  const auto attack = MakeAttack(card, ToySpec());
  attack->Trigger(attack->Poison(ToyImages(), Rng(1)).data.images);
  BOOST_TEST(GlobalGenerator().equal(before));
}

}  // namespace

void AddAttackCases() {
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    AddCase(*card, "its trigger is pure", [card] { TriggerIsPure(*card); });
    AddCase(*card, "images of 64 by 64 are poisoned", [card] { ImagesOf64By64ArePoisoned(*card); });
    AddCase(*card, "its targets are labels", [card] { TargetsAreLabels(*card); });
    AddCase(*card, "its poison is what was asked for", [card] { PoisonIsWhatWasAskedFor(*card); });
    AddCase(*card, "its state is all that a trigger needs",
            [card] { StateIsAllThatATriggerNeeds(*card); });
    AddCase(*card, "the global generator is left alone",
            [card] { TheGlobalGeneratorIsLeftAlone(*card); });
    AddCase(*card, "it crafts and trains as its card says",
            [card] { ItCraftsAndTrainsAsItsCardSays(*card); });
    if (card->poisons_transfer(ToyOptions(*card)))
      AddCase(*card, "a transfer set is poisoned by the seed",
              [card] { ATransferSetIsPoisonedByTheSeed(*card); });
    if (!card->learns_trigger(ToyOptions(*card)))
      AddCase(*card, "a trigger that is not learned needs no state",
              [card] { ATriggerThatIsNotLearnedNeedsNoState(*card); });
    if (card->trains_teacher(ToyOptions(*card)))
      AddCase(*card, "a training cut anywhere ends in the same bits",
              [card] { ATrainingCutAnywhereEndsInTheSameBits(*card); });
    if (!Has(*card, "poison_rate")) continue;
    AddCase(*card, "a rate of zero poisons nothing", [card] { ARateOfZeroPoisonsNothing(*card); });
    AddCase(*card, "a seed decides what is poisoned",
            [card] { ASeedDecidesWhatIsPoisoned(*card); });
  }
}

}  // namespace dfkd::conformance
