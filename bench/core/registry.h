// Plugins by kind and name. Filled before main by DFKD_REGISTER in every plugin header, read-only
// afterwards.
#pragma once
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/core/plugin_card.h"

namespace dfkd {

class Registry {
 public:
  static Registry& Get();

  using Factory = std::function<void*(const Json&)>;

  // Never throws: it runs before main. `header` is the plugin's. A clash is remembered, with both
  // headers, and thrown by Validate.
  bool Add(PluginCard card, Factory factory, const std::string& header = "",
           bool with_code = true) noexcept;
  // Remembers that the plugin of `header` is not there, and why, for Validate. Returns false.
  bool Refuse(const std::string& header, const std::string& why) noexcept;

  // Throws Error on a plugin that was refused, on clashing or ill-formed names and on a plugin
  // folder (cmake lists them) that registered nothing.
  void Validate(const std::vector<std::string>& folders) const;

  // Throws Error listing the known names.
  const PluginCard& Card(PluginKind kind, const std::string& name) const;
  // The path of the header that registered it. Throws Error as Card does.
  const std::string& HeaderOf(PluginKind kind, const std::string& name) const;
  // By name.
  std::vector<const PluginCard*> Cards(PluginKind kind) const;

  // A new instance from resolved options. `Interface` is Dataset, Attack, Distiller,
  // Defense or Detector.
  template <class Interface>
  std::unique_ptr<Interface> Make(const std::string& name, const Json& resolved) const {
    return std::unique_ptr<Interface>(
        static_cast<Interface*>(Create(Interface::kKind, name, resolved)));
  }

  // A program may hold the cards of plugins without their code. There, `action` is what Make does
  // first; where it returns, Make throws Error.
  void OnMissingCode(std::function<void()> action) { on_missing_code_ = std::move(action); }

 private:
  struct Entry {
    PluginCard card;
    Factory factory;
    std::string header;
    bool with_code = true;
  };
  const Entry& Find(PluginKind kind, const std::string& name) const;
  void* Create(PluginKind kind, const std::string& name, const Json& resolved) const;

  std::vector<Entry> entries_;
  std::vector<std::string> refused_;   // folders
  std::vector<std::string> problems_;  // of these and of what was added
  std::function<void()> on_missing_code_;
};

// The folders that CMake found, in the generated source of the program and the tests.
std::vector<std::string> PluginFolders();

// `given` completed by defaults, after the card's own preset: default < preset < given.
Json ResolveFor(const PluginCard& card, const Json& given, const std::string& preset = "");

// Resolved options with those that are named at their defaults.
Json WithDefaults(const PluginCard& card, Json resolved, const std::vector<std::string>& names);

// Resolved options as keys hold them: complete, but for the idle ones at their defaults, so that
// entries which differ in nothing else share their stages.
Json KeyOptions(const PluginCard& card, const Json& resolved);

// The gate of attacks that do not say theirs.
std::function<AttackGate(const Json&)> UsualGate(std::function<bool(const Json&)> clean_label);

// --- Registration. A typed card names its interface; its functions take the plugin's own Options.
// ---

struct Dataset;
class Attack;
class Distiller;
class Defense;

template <class Options>
using Of = std::function<bool(const Options&)>;

template <class O>
struct DatasetCard {
  using Options = O;
  using Interface = Dataset;
  std::string name, summary, paper;
  int revision = 1;
  std::map<std::string, Json> presets = {};
  std::function<Json(const O&)> image_spec;
  void Fill(PluginCard& card) const;
};

template <class O>
struct AttackCard {
  using Options = O;
  using Interface = Attack;
  std::string name, summary, paper;
  int revision = 1;
  bool control = false;
  std::map<std::string, Json> presets = {};
  Of<O> needs_clean_teacher, clean_label, poisons, crafts, trains_teacher, learns_trigger,
      poisons_transfer;
  std::function<std::vector<std::string>(const O&)> idle_options, idle_in_crafting;
  std::function<AttackGate(const O&)> gate;
  std::function<std::optional<Shortage>(const O&, const TrainingSet&)> shortage;
  std::vector<std::string> adapts_to = {};
  void Fill(PluginCard& card) const;
};

template <class O>
struct DistillerCard {
  using Options = O;
  using Interface = Distiller;
  std::string name, summary, paper;
  int revision = 1;
  bool control = false;
  std::map<std::string, Json> presets = {};
  std::function<DistillerTraits(const O&)> traits;
  std::function<Json(const O&)> transfer_set;
  std::function<std::vector<std::string>(const O&)> idle_options;
  std::function<int64_t(const O&, int64_t)> rounds_on;
  std::function<std::string(const O&, const std::string&, const std::string&, const Json&)>
      why_unfit;
  void Fill(PluginCard& card) const;
};

template <class O>
struct DefenseCard {
  using Options = O;
  using Interface = Defense;
  std::string name, summary, paper;
  int revision = 1;
  bool control = false;
  std::map<std::string, Json> presets = {};
  std::function<std::vector<PartRef>(const O&)> parts;
  std::function<Rounds(const O&, const DistillerTraits&)> active;
  std::function<bool(const O&, const DistillerTraits&)> acts_on_synthesis, sets_coefficients;
  std::function<std::vector<std::string>(const O&, const DistillerTraits&, int64_t)> idle_before;
  Of<O> sanitizes_teacher, repairs_student, needs_clean_data, needs_synthetic_data;
  std::function<std::string(const O&, const std::string&, const std::string&, const Json&)>
      why_unfit;
  void Fill(PluginCard& card) const;
};

namespace registry_detail {

// A function of a plugin's card, which a plan calls: whatever goes wrong in it is named by both.
class CardFunction {
 public:
  CardFunction(const PluginCard& card, const char* name);
  // Throws Error: "defense early_stop: .active of its card: <what>".
  [[noreturn]] void Fail(const std::string& what) const;
  // What is being thrown goes on as an Error with that name. One that names the plugin, as those do
  // that are meant for users, goes on as it is.
  [[noreturn]] void Rethrow() const;

 private:
  std::string plugin_, prefix_;
};

// What a plan relies on: Fails otherwise. Nothing is asked of other answers.
template <class R, class... More>
void RequireUsable(const CardFunction&, const R&, const More&...) {}
// That they begin within the distiller's rounds, unless they are empty.
void RequireUsable(const CardFunction& function, const Rounds& said, const DistillerTraits& traits);
void RequireUsable(const CardFunction& function, const DistillerTraits& said);
// Of rounds_on: at least one.
void RequireUsable(const CardFunction& function, const int64_t& rounds, const int64_t& images);
void RequireUsable(const CardFunction& function, const AttackGate& said);

// A function of typed options as a function of resolved JSON; `otherwise` where the plugin left it
// out.
template <class O, class R, class... More>
std::function<R(const Json&, More...)> Erase(const PluginCard& card, const char* name,
                                             std::function<R(const O&, More...)> typed,
                                             std::type_identity_t<R> otherwise = {}) {
  return [function = CardFunction(card, name), typed = std::move(typed), otherwise](
             const Json& resolved, More... more) -> R {
    if (!typed) return otherwise;
    try {
      R said = typed(TableOf<O>().Read(resolved), more...);
      RequireUsable(function, said, more...);
      return said;
    } catch (...) {
      function.Rethrow();
    }
  };
}

// See PluginCard::looks_into_teacher.
template <class O>
bool SaysItLooks([[maybe_unused]] const O& options) {
  if constexpr (requires { options.LooksIntoTeacher(); }) return options.LooksIntoTeacher();
  return false;
}

// See PluginCard::hides_teacher.
template <class O>
bool SaysItHides([[maybe_unused]] const O& options) {
  if constexpr (requires { options.HidesTeacher(); }) return options.HidesTeacher();
  return false;
}

}  // namespace registry_detail

template <class O>
void DatasetCard<O>::Fill(PluginCard& card) const {
  using registry_detail::Erase;
  card.kind = PluginKind::kDataset;
  card.image_spec = Erase<O, Json>(card, "image_spec", image_spec);
}

template <class O>
void AttackCard<O>::Fill(PluginCard& card) const {
  using registry_detail::Erase;
  card.kind = PluginKind::kAttack;
  card.needs_clean_teacher = Erase<O, bool>(card, "needs_clean_teacher", needs_clean_teacher);
  card.clean_label = Erase<O, bool>(card, "clean_label", clean_label);
  card.poisons = Erase<O, bool>(card, "poisons", poisons, true);
  card.crafts = Erase<O, bool>(card, "crafts", crafts);
  card.trains_teacher = Erase<O, bool>(card, "trains_teacher", trains_teacher);
  card.learns_trigger = Erase<O, bool>(card, "learns_trigger", learns_trigger);
  card.poisons_transfer = Erase<O, bool>(card, "poisons_transfer", poisons_transfer);
  card.gate = gate ? Erase<O, AttackGate>(card, "gate", gate) : UsualGate(card.clean_label);
  card.idle_options = Erase<O, std::vector<std::string>>(card, "idle_options", idle_options);
  card.idle_in_crafting =
      Erase<O, std::vector<std::string>>(card, "idle_in_crafting", idle_in_crafting);
  card.adapts_to = adapts_to;
  card.shortage = Erase<O, std::optional<Shortage>, const TrainingSet&>(card, "shortage", shortage);
}

template <class O>
void DistillerCard<O>::Fill(PluginCard& card) const {
  using registry_detail::Erase;
  card.kind = PluginKind::kDistiller;
  card.traits = Erase<O, DistillerTraits>(card, "traits", traits);
  card.transfer_set = Erase<O, Json>(card, "transfer_set", transfer_set, Json());
  card.hides_teacher =
      Erase<O, bool>(card, "hides_teacher", Of<O>(registry_detail::SaysItHides<O>));
  if (rounds_on) card.rounds_on = Erase<O, int64_t, int64_t>(card, "rounds_on", rounds_on);
  card.why_unfit = Erase<O, std::string, const std::string&, const std::string&, const Json&>(
      card, "why_unfit", why_unfit);
  card.idle_options = Erase<O, std::vector<std::string>>(card, "idle_options", idle_options);
}

template <class O>
void DefenseCard<O>::Fill(PluginCard& card) const {
  using registry_detail::Erase;
  card.kind = PluginKind::kDefense;
  if (parts) card.parts = Erase<O, std::vector<PartRef>>(card, "parts", parts);
  card.active = Erase<O, Rounds, const DistillerTraits&>(card, "active", active);
  card.acts_on_synthesis =
      Erase<O, bool, const DistillerTraits&>(card, "acts_on_synthesis", acts_on_synthesis);
  card.sets_coefficients =
      Erase<O, bool, const DistillerTraits&>(card, "sets_coefficients", sets_coefficients);
  card.idle_before = Erase<O, std::vector<std::string>, const DistillerTraits&, int64_t>(
      card, "idle_before", idle_before);
  card.sanitizes_teacher = Erase<O, bool>(card, "sanitizes_teacher", sanitizes_teacher);
  card.repairs_student = Erase<O, bool>(card, "repairs_student", repairs_student);
  card.needs_clean_data = Erase<O, bool>(card, "needs_clean_data", needs_clean_data);
  card.needs_synthetic_data = Erase<O, bool>(card, "needs_synthetic_data", needs_synthetic_data);
  card.looks_into_teacher =
      Erase<O, bool>(card, "looks_into_teacher", Of<O>([sanitizes = sanitizes_teacher](const O& o) {
                       return registry_detail::SaysItLooks(o) || (sanitizes && sanitizes(o));
                     }));
  card.why_unfit = Erase<O, std::string, const std::string&, const std::string&, const Json&>(
      card, "why_unfit", why_unfit);
}

namespace registry_detail {

template <class TypedCard>
PluginCard CardOf(const TypedCard& typed) {
  PluginCard card;
  card.name = typed.name;
  card.paper = typed.paper;
  card.summary = typed.summary;
  card.revision = typed.revision;
  if constexpr (requires { typed.presets; }) card.presets = typed.presets;
  if constexpr (requires { typed.control; }) card.control = typed.control;
  card.options = TableOf<typename TypedCard::Options>().cards();
  typed.Fill(card);
  return card;
}

// Whether the first member is another class's version of the function that the second is.
template <class Theirs, class Ours>
inline constexpr bool kReplaces = false;
template <class Function, class Class, class Interface>
inline constexpr bool kReplaces<Function Class::*, Function Interface::*> =
    !std::is_same_v<Class, Interface>;

// Overrides<Hook><Class, Interface>: whether Class has its own version of the hook, or one of a
// class between the two. Not where the name finds several functions, or one that is private.
#define DFKD_OVERRIDES(Hook)                                                    \
  template <class Class, class Interface, class = void>                         \
  struct Overrides##Hook : std::false_type {};                                  \
  template <class Class, class Interface>                                       \
  struct Overrides##Hook<Class, Interface, std::void_t<decltype(&Class::Hook)>> \
      : std::bool_constant<kReplaces<decltype(&Class::Hook), decltype(&Interface::Hook)>> {}
DFKD_OVERRIDES(Craft);
DFKD_OVERRIDES(PoisonTransfer);
DFKD_OVERRIDES(PlanTraining);
DFKD_OVERRIDES(BeginTraining);
DFKD_OVERRIDES(TeacherLoss);
DFKD_OVERRIDES(AfterStep);
DFKD_OVERRIDES(VisitTraining);
DFKD_OVERRIDES(SanitizeTeacher);
DFKD_OVERRIDES(RepairStudent);
DFKD_OVERRIDES(Taps);
DFKD_OVERRIDES(LatePhase);
DFKD_OVERRIDES(Observe);
DFKD_OVERRIDES(SynthesisPenalty);
DFKD_OVERRIDES(SampleCoefficients);
DFKD_OVERRIDES(AddStudentGradients);
#undef DFKD_OVERRIDES

// A hook, and whether the card has the function without which nobody calls it.
struct HookOfCard {
  const char* hook;
  bool overridden;
  const char* function;
  bool given;
};

// The first that is there in vain, in words; "" if none is.
inline std::string FirstUncalled(std::initializer_list<HookOfCard> hooks) {
  for (const auto& [hook, overridden, function, given] : hooks) {
    if (!overridden || given) continue;
    return std::string("overrides ") + hook + ", which nobody calls, for its card has no ." +
           function;
  }
  return "";
}

template <class Class, class Card>
std::string UncalledOfAttack(const Card& card) {
  const bool crafts = card.crafts != nullptr, transfers = card.poisons_transfer != nullptr;
  const bool trains = card.trains_teacher != nullptr;
  const char* const function = "trains_teacher";
  return FirstUncalled(
      {{"Craft", OverridesCraft<Class, Attack>::value, "crafts", crafts},
       {"PoisonTransfer", OverridesPoisonTransfer<Class, Attack>::value, "poisons_transfer",
        transfers},
       {"PlanTraining", OverridesPlanTraining<Class, Attack>::value, function, trains},
       {"BeginTraining", OverridesBeginTraining<Class, Attack>::value, function, trains},
       {"TeacherLoss", OverridesTeacherLoss<Class, Attack>::value, function, trains},
       {"AfterStep", OverridesAfterStep<Class, Attack>::value, function, trains},
       {"VisitTraining", OverridesVisitTraining<Class, Attack>::value, function, trains}});
}

template <class Class, class Card>
std::string UncalledOfDefense(const Card& card) {
  const bool sanitizes = card.sanitizes_teacher != nullptr,
             repairs = card.repairs_student != nullptr;
  const bool acts = card.active != nullptr || card.acts_on_synthesis != nullptr;
  const char* const function = "active";
  return FirstUncalled(
      {{"SanitizeTeacher", OverridesSanitizeTeacher<Class, Defense>::value, "sanitizes_teacher",
        sanitizes},
       {"RepairStudent", OverridesRepairStudent<Class, Defense>::value, "repairs_student", repairs},
       {"Taps", OverridesTaps<Class, Defense>::value, function, acts},
       {"LatePhase", OverridesLatePhase<Class, Defense>::value, function, acts},
       {"Observe", OverridesObserve<Class, Defense>::value, function, acts},
       {"SynthesisPenalty", OverridesSynthesisPenalty<Class, Defense>::value, function, acts},
       {"SampleCoefficients", OverridesSampleCoefficients<Class, Defense>::value, function, acts},
       {"AddStudentGradients", OverridesAddStudentGradients<Class, Defense>::value, function,
        acts}});
}

// Why a plugin does not do what its class says: "overrides Craft, which nobody calls …"; "" if it
// does. A function that is there may answer false for the options of the day.
template <class Class, class TypedCard, bool with_code>
std::string UncalledHook([[maybe_unused]] const TypedCard& card) {
  if constexpr (with_code && std::is_constructible_v<Class, const typename TypedCard::Options&>) {
    if constexpr (std::is_same_v<typename TypedCard::Interface, Attack>)
      return UncalledOfAttack<Class>(card);
    if constexpr (std::is_same_v<typename TypedCard::Interface, Defense>)
      return UncalledOfDefense<Class>(card);
  }
  return "";
}

// Empty for composites, which have no class to make, and without code: then nothing of the class is
// compiled.
template <class Class, class TypedCard, bool with_code>
Registry::Factory FactoryOf() {
  using Options = typename TypedCard::Options;
  if constexpr (with_code && std::is_constructible_v<Class, const Options&>) {
    return [](const Json& resolved) -> void* {
      return static_cast<typename TypedCard::Interface*>(
          new Class(TableOf<Options>().Read(resolved)));
    };
  }
  return {};
}

}  // namespace registry_detail

// `make_card` is called here, so that what it throws is a remembered problem. So is a hook of the
// class that nobody would ever call.
template <class Class, bool with_code, class MakeCard>
bool RegisterPlugin(Registry& registry, const char* header, MakeCard make_card) noexcept {
  try {
    const auto typed = make_card();
    using TypedCard = std::decay_t<decltype(typed)>;
    const auto uncalled = registry_detail::UncalledHook<Class, TypedCard, with_code>(typed);
    if (!uncalled.empty()) return registry.Refuse(header, uncalled);
    return registry.Add(registry_detail::CardOf(typed),
                        registry_detail::FactoryOf<Class, TypedCard, with_code>(), header,
                        with_code);
  } catch (const std::exception& e) {
    return registry.Refuse(header, e.what());
  } catch (...) {
    return registry.Refuse(header, "throws what is no std::exception");
  }
}

// A plugin that has no header of its own, as in tests.
template <class Class, class TypedCard>
bool Register(const TypedCard& typed) {
  return RegisterPlugin<Class, true>(Registry::Get(), "", [&] { return typed; });
}

}  // namespace dfkd

// A program that only plans defines DFKD_CARDS_ONLY before it includes the headers of plugins: then
// the line below registers the card, and no code of the plugin is compiled.
#ifdef DFKD_CARDS_ONLY
#define DFKD_WITH_CODE false
#else
#define DFKD_WITH_CODE true
#endif

// The last line of a plugin header: DFKD_REGISTER(Class, AttackCard<Options>{.name = "the_folder",
// …}). `inline const` registers once however often the header is included; the class name is part
// of the identifier, the folder's namespace keeps it apart from others. What the card needs stands
// in the header, or in a card.cc beside it: programs that plan have nothing else of the plugin.
#define DFKD_REGISTER(Class, ...)                                                         \
  inline const bool k##Class##Registered = ::dfkd::RegisterPlugin<Class, DFKD_WITH_CODE>( \
      ::dfkd::Registry::Get(), __FILE__, [] { return __VA_ARGS__; })
