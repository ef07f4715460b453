// Options that a card calls idle: whatever their value, the bits are the same.
#include <fmt/ranges.h>

#include <array>
#include <map>
#include <optional>
#include <set>

#include "bench/io/file.h"
#include "tests/conformance/lesson.h"

namespace dfkd::conformance {
namespace {

using Names = std::set<std::string>;

Names IdleOf(const PluginCard& card, const Json& options) {
  const auto names = card.idle_options(options);
  return {names.begin(), names.end()};
}

// Everything that a plugin makes with some options; or why it refuses them.
struct Made {
  std::string refusal;
  MemoryState state;
  void Keep(const std::string& name, at::Tensor value) { state.Tensor(name, value); }
  void Keep(const FakeProgress& progress) {
    for (const auto& [name, values] : progress.scalars)
      Keep("made.metric." + name, at::tensor(values, at::kDouble));
  }
};

bool Same(const Made& a, const Made& b) {
  return a.refusal == b.refusal && Equal(a.state, b.state);
}

void Attack(const PluginCard& card, const Json& options, Made& made) {
  Lesson lesson(card, ToySpec(), options);
  const auto poisoned = lesson.attack->Poison(lesson.train, Rng(1));
  if (card.trains_teacher(options)) {
    lesson.Begin().Step();
    lesson.training->Visit(made.state);
  }
  lesson.attack->Visit(made.state);
  made.Keep(lesson.progress);
  made.Keep("made.rows", at::tensor(poisoned.indices, at::kLong));
  made.Keep("made.images", poisoned.data.images);
  made.Keep("made.labels", poisoned.data.labels);
  made.Keep("made.triggered", lesson.attack->Trigger(lesson.train.images));
  if (card.poisons_transfer(options)) {
    const auto teacher = MakeTeacher("vgg-s-2", 1, ToySpec());
    TransferPoisonContext context{lesson.train, *teacher, ToySpec(),
                                  at::kCPU,     Rng(1),   lesson.progress};
    made.Keep("made.transfer", lesson.attack->PoisonTransfer(context));
  }
  for (int64_t label = 0; label < 10; ++label)
    made.state.numbers[fmt::format("made.target.{}", label)] = lesson.attack->TargetLabel(label);
}

// What a defence sees of the distiller's loss.
struct Listener final : Defense {
  void Observe(const TransferBatch& batch) override {
    heard.insert(heard.end(), {batch.kd.temperature, batch.kd.mean_over_classes * 1.0,
                               batch.kd.tau_squared * 1.0});
  }
  std::vector<double> heard;
};

void Distil(const PluginCard& card, const Json& options, Made& made) {
  Session session(card, options);
  Listener listener;
  session.context().defense = &listener;
  session.Rounds(0, 1);
  made.state = session.State();
  made.Keep(dynamic_cast<const FakeProgress&>(session.context().progress()));
  made.Keep("made.kd", at::tensor(listener.heard, at::kDouble));
  made.Keep("made.losses", at::tensor(session.context().losses, at::kDouble));
  made.Keep("made.images", session.context().transfer_set().images);
  made.Keep("made.samples", session.Samples(10));
}

Made Make(const PluginCard& card, const Json& options) {
  Made made;
  try {
    card.kind == PluginKind::kAttack ? Attack(card, options, made) : Distil(card, options, made);
  } catch (const Error& e) {
    made = {.refusal = e.what(), .state = {}};
  }
  return made;
}

bool IsFile(const OptionCard& option) { return option.name == "image" || option.name == "picture"; }

bool IsFreeText(const OptionCard& option) {
  return option.type == OptionType::kText && option.limits.allowed.empty();
}

// Other values that the option may have, a few.
std::vector<Json> Others(const OptionCard& option, const Json& value) {
  std::vector<Json> others = option.limits.allowed;
  if (option.type == OptionType::kBool) others = {!value.get<bool>()};
  if (IsFreeText(option)) others = {"other"};
  if (value.is_number()) others = {0, 1, 7, value.get<double>() / 2};
  std::erase_if(others, [&](const Json& other) {
    try {
      return CheckedOption(option, other, "test") == value;
    } catch (const Error&) {
      return true;  // out of its range
    }
  });
  return others;
}

Json With(const PluginCard& card, Json options, const std::string& name, const Json& value) {
  options[name] = value;
  return ResolveFor(card, options);
}

std::string ToyPicture() {
  const std::string file = "idle.ppm";
  std::string pixels;
  for (int i = 0; i < 3 * 32 * 32; ++i) pixels += static_cast<char>(i * 7 % 251);
  WriteFileAtomically(file, "P6\n32 32\n255\n" + pixels);
  return file;
}

// With no loss switched off, so that each may be alone.
Json AllWeights(const PluginCard& card, Json options) {
  for (auto& [name, value] : options.items()) {
    if (name.ends_with("_weight") && value == 0) value = 1;
  }
  return ResolveFor(card, options);
}

// The defaults and every preset; each once more with all weights, and with a file where one can be
// given.
std::vector<Json> Bases(const PluginCard& card) {
  Names presets = {""};
  for (const auto& [name, unused] : card.presets) presets.insert(name);
  std::vector<Json> bases;
  for (const auto& preset : presets) {
    const auto plain = ToyOptions(card, {{"student_steps", 1}}, preset);
    bases.push_back(plain);
    if (const auto all = AllWeights(card, plain); all != plain) bases.push_back(all);
    for (const auto& option : card.options) {
      if (IsFreeText(option) && IsFile(option))
        bases.push_back(With(card, plain, option.name, ToyPicture()));
    }
  }
  return bases;
}

const OptionCard& OptionOf(const PluginCard& card, const std::string& name) {
  for (const auto& option : card.options) {
    if (option.name == name) return option;
  }
  throw MakeError("{} calls '{}' idle, but has no such option", card.name, name);
}

class IdleCheck {
 public:
  explicit IdleCheck(const PluginCard& card) : card_(card) {}

  void Run() {
    for (const auto& base : Bases(card_)) {
      const auto idle = IdleOf(card_, base);
      Compare(base, idle);
      for (const auto& option : card_.options) {
        for (const auto& value : Others(option, base.at(option.name)))
          CompareNew(With(card_, base, option.name, value), idle);
      }
    }
    for (const auto& [name, shown] : shown_)
      BOOST_TEST(shown, name << ": only where it is refused");
  }

 private:
  // What becomes idle by one change of an option.
  void CompareNew(const Json& options, const Names& known) {
    auto idle = IdleOf(card_, options);
    for (const auto& name : known) idle.erase(name);
    Compare(options, idle);
  }

  void Compare(const Json& options, const Names& idle) {
    if (idle.empty()) return;
    const auto one = Make(card_, options);
    for (const auto& name : idle) {
      shown_[name] |= one.refusal.empty();
      const auto others = Others(OptionOf(card_, name), options.at(name));
      BOOST_TEST(!others.empty(), name);
      for (const auto& value : others) {
        const auto other = With(card_, options, name, value);
        const auto where = fmt::format("{} = {} in {}", name, value.dump(), options.dump());
        BOOST_TEST(Same(one, Make(card_, other)), where);
        BOOST_TEST((IdleOf(card_, other) == IdleOf(card_, options)), where);
        BOOST_TEST(KeyOptions(card_, other) == KeyOptions(card_, options), where);
      }
    }
  }

  const PluginCard& card_;
  std::map<std::string, bool> shown_;
};

void KeysHoldEveryOption(const PluginCard& card) {
  for (const auto& options : Bases(card)) {
    const auto key = KeyOptions(card, options);
    BOOST_TEST(ResolveFor(card, key) == key);
    BOOST_TEST(key.size() == card.options.size());
    BOOST_TEST(KeyOptions(card, key) == key);
    for (const auto& [name, value] : key.items()) {
      const auto& initial = OptionOf(card, name).limits.initial;
      BOOST_TEST(value == (IdleOf(card, options).contains(name) ? initial : options.at(name)));
    }
  }
}

// --- Defences: what is idle before a round

// What a defence beside a distiller has made when so many rounds are done; 0: when the images that
// are made ahead of them are.
class Beside {
 public:
  Beside(const PluginCard& distiller, const PluginCard& card, const Json& options, int64_t round)
      : distiller_(distiller),
        options_(ToyOptions(distiller)),
        traits_(distiller.traits(options_)),
        ahead_(round == 0),
        rounds_(card.active(options, traits_)),
        defense_(MakeChecked<Defense>(card.name, options)) {
    acts_ahead_ = ahead_ && card.acts_on_synthesis(options, traits_);
    begins_ = acts_ahead_ || (!ahead_ && !rounds_.empty() && rounds_.first < round);
  }

  void Run(int64_t round, Made& made) {
    if (begins_) {
      DefenseContext context{*teacher_, ToySpec(), traits_, Rng(5), progress_};
      defense_->Begin(context);
    }
    Session session(distiller_, options_, /*seed=*/1, /*steps=*/true, ToySpec(),
                    acts_ahead_ ? defense_.get() : nullptr);
    session.before = [&](int64_t now) {
      const bool acts = now >= rounds_.first && now < rounds_.last;
      session.context().defense = acts ? defense_.get() : nullptr;
    };
    session.Rounds(0, round);
    made.state = session.State();
    made.Keep("made.images", session.context().transfer_set().images);
    made.Keep(progress_);
    if (begins_ && !ahead_) KeepState(made);
  }

 private:
  // A stage that makes images keeps no state of its defences.
  void KeepState(Made& made) {
    const auto state = Save(*defense_);
    for (const auto& [name, value] : state.tensors) made.Keep("defense." + name, value);
    for (const auto& [name, value] : state.numbers) made.state.numbers["defense." + name] = value;
  }

  const PluginCard& distiller_;
  const Json options_;
  const DistillerTraits traits_;
  const bool ahead_;
  const Rounds rounds_;
  // As a Session makes it.
  const std::unique_ptr<Classifier> teacher_ = MakeTeacher("vgg-s-4", 1, ToySpec());
  FakeProgress progress_;
  const std::unique_ptr<Defense> defense_;
  bool acts_ahead_ = false, begins_ = false;
};

Made MakeBeside(const PluginCard& distiller, const PluginCard& card, const Json& options,
                int64_t round) {
  Made made;
  try {
    Beside(distiller, card, options, round).Run(round, made);
  } catch (const Error& e) {
    made = {.refusal = e.what(), .state = {}};
  }
  return made;
}

// One of each kind that a defence may tell apart.
std::vector<const PluginCard*> KindsOfDistillers() {
  std::map<std::array<bool, 3>, const PluginCard*> kinds;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDistiller)) {
    const auto options = ToyOptions(*card);
    const auto traits = card->traits(options);
    const std::array<bool, 3> kind = {traits.trains_generator, traits.synthesizes,
                                      card->transfer_set(options).is_null()};
    kinds.try_emplace(kind, card);
  }
  std::vector<const PluginCard*> cards;
  for (const auto& [kind, card] : kinds) cards.push_back(card);
  return cards;
}

// As the planner keys a state of that round.
Json KeyBefore(const PluginCard& card, const Json& options, const DistillerTraits& traits,
               int64_t round) {
  auto key = WithDefaults(card, options, card.idle_before(options, traits, round));
  const auto active = card.active(options, traits);
  key["acts in"] = {active.first, std::min(active.last, round)};
  return key;
}

// States of one key are one state: at the first round of each option, and at the last.
void StatesOfOneKeyAreTheSame(const PluginCard& distiller, const PluginCard& card,
                              const Json& base) {
  const auto traits = distiller.traits(ToyOptions(distiller));
  std::map<std::string, std::set<int64_t>> rounds;
  for (int64_t round = traits.synthesizes ? 0 : 1; round <= traits.rounds; ++round) {
    for (const auto& name : card.idle_before(base, traits, round)) rounds[name].insert(round);
  }
  for (const auto& [name, idle] : rounds) {
    for (const int64_t round : std::set<int64_t>{*idle.begin(), *idle.rbegin()}) {
      const auto expected = MakeBeside(distiller, card, base, round);
      for (const auto& value : Others(OptionOf(card, name), base.at(name))) {
        const auto other = With(card, base, name, value);
        if (KeyBefore(card, other, traits, round) != KeyBefore(card, base, traits, round)) continue;
        BOOST_TEST(Same(MakeBeside(distiller, card, other, round), expected),
                   fmt::format("{} = {} to round {} beside {} in {}", name, value.dump(), round,
                               distiller.name, base.dump()));
      }
    }
  }
}

void WhatIsIdleBeforeARoundChangesNoBit(const PluginCard& card) {
  for (const auto* distiller : KindsOfDistillers()) {
    const auto bases = Bases(card);
    for (const auto& base : std::set<Json>(bases.begin(), bases.end()))
      StatesOfOneKeyAreTheSame(*distiller, card, base);
  }
}

// Attacks that differ in nothing else read one stage of crafting.
void CraftingIsTheSame(const PluginCard& card) {
  const auto crafted = [&](const Json& options) {
    return Save(*Lesson(card, ToySpec(), options).attack);
  };
  for (const auto& base : Bases(card)) {
    if (!card.crafts(base)) continue;
    const auto idle = card.idle_in_crafting(base);
    const auto expected = crafted(base);
    for (const auto& name : idle) {
      for (const auto& value : Others(OptionOf(card, name), base.at(name))) {
        const auto other = With(card, base, name, value);
        if (card.idle_in_crafting(other) != idle) continue;
        BOOST_TEST(Equal(crafted(other), expected), fmt::format("{} = {}", name, value.dump()));
      }
    }
  }
}

}  // namespace

void AddIdleOptionCases() {
  for (const auto kind : {PluginKind::kAttack, PluginKind::kDistiller}) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      AddCase(*card, "its idle options change no bit", [card] { IdleCheck(*card).Run(); });
      if (card->kind == PluginKind::kAttack)
        AddCase(*card, "its crafting is the same", [card] { CraftingIsTheSame(*card); });
      AddCase(*card, "keys hold every option", [card] { KeysHoldEveryOption(*card); });
    }
  }
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    if (card->parts) continue;
    AddCase(*card, "what is idle before a round changes no bit",
            [card] { WhatIsIdleBeforeARoundChangesNoBit(*card); });
  }
}

}  // namespace dfkd::conformance
