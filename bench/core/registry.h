// Plugins by kind and name. Filled before main by DFKD_REGISTER in every plugin header, read-only
// afterwards.
#pragma once
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/core/plugin_card.h"

namespace dfkd {

class Registry {
 public:
  static Registry& Get();

  // Never throws: it runs before main. A clash is remembered and thrown by Validate.
  bool Add(PluginCard card, std::function<void*(const Json&)> factory) noexcept;

  // Throws Error on clashing or ill-formed names and on a plugin folder (cmake lists them) that
  // registered nothing.
  void Validate(const std::vector<std::string>& folders) const;

  // Throws Error listing the known names.
  const PluginCard& Card(PluginKind kind, const std::string& name) const;
  // By name.
  std::vector<const PluginCard*> Cards(PluginKind kind) const;

  // A new instance from resolved options. `Interface` is Dataset, Attack, Distiller or Defense.
  template <class Interface>
  std::unique_ptr<Interface> Make(const std::string& name, const Json& resolved) const {
    return std::unique_ptr<Interface>(
        static_cast<Interface*>(Create(Interface::kKind, name, resolved)));
  }

 private:
  struct Entry {
    PluginCard card;
    std::function<void*(const Json&)> factory;
  };
  const Entry& Find(PluginKind kind, const std::string& name) const;
  void* Create(PluginKind kind, const std::string& name, const Json& resolved) const;

  std::vector<Entry> entries_;
  std::vector<std::string> problems_;
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
  Of<O> needs_clean_teacher, clean_label, poisons, crafts, trains_teacher, learns_trigger;
  std::function<std::vector<std::string>(const O&)> idle_options;
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
  void Fill(PluginCard& card) const;
};

namespace registry_detail {

// A function of typed options as a function of resolved JSON; `otherwise` where the plugin left it
// out.
template <class O, class R, class... More>
std::function<R(const Json&, More...)> Erase(std::function<R(const O&, More...)> typed,
                                             std::type_identity_t<R> otherwise = {}) {
  return [typed = std::move(typed), otherwise](const Json& resolved, More... more) -> R {
    return typed ? typed(TableOf<O>().Read(resolved), more...) : otherwise;
  };
}

}  // namespace registry_detail

template <class O>
void DatasetCard<O>::Fill(PluginCard& card) const {
  card.kind = PluginKind::kDataset;
  card.image_spec = registry_detail::Erase<O, Json>(image_spec);
}

template <class O>
void AttackCard<O>::Fill(PluginCard& card) const {
  card.kind = PluginKind::kAttack;
  card.needs_clean_teacher = registry_detail::Erase<O, bool>(needs_clean_teacher);
  card.clean_label = registry_detail::Erase<O, bool>(clean_label);
  card.poisons = registry_detail::Erase<O, bool>(poisons, true);
  card.crafts = registry_detail::Erase<O, bool>(crafts);
  card.trains_teacher = registry_detail::Erase<O, bool>(trains_teacher);
  card.learns_trigger = registry_detail::Erase<O, bool>(learns_trigger);
  card.idle_options = registry_detail::Erase<O, std::vector<std::string>>(idle_options);
}

template <class O>
void DistillerCard<O>::Fill(PluginCard& card) const {
  card.kind = PluginKind::kDistiller;
  card.traits = registry_detail::Erase<O, DistillerTraits>(traits);
  card.transfer_set = registry_detail::Erase<O, Json>(transfer_set, Json());
  card.idle_options = registry_detail::Erase<O, std::vector<std::string>>(idle_options);
}

template <class O>
void DefenseCard<O>::Fill(PluginCard& card) const {
  using registry_detail::Erase;
  card.kind = PluginKind::kDefense;
  if (parts) card.parts = Erase<O, std::vector<PartRef>>(parts);
  card.active = Erase<O, Rounds, const DistillerTraits&>(active);
  card.acts_on_synthesis = Erase<O, bool, const DistillerTraits&>(acts_on_synthesis);
  card.sets_coefficients = Erase<O, bool, const DistillerTraits&>(sets_coefficients);
  card.idle_before =
      Erase<O, std::vector<std::string>, const DistillerTraits&, int64_t>(idle_before);
  card.sanitizes_teacher = Erase<O, bool>(sanitizes_teacher);
  card.repairs_student = Erase<O, bool>(repairs_student);
  card.needs_clean_data = Erase<O, bool>(needs_clean_data);
  card.needs_synthetic_data = Erase<O, bool>(needs_synthetic_data);
}

template <class Class, class TypedCard>
bool Register(const TypedCard& typed) {
  using Options = typename TypedCard::Options;
  PluginCard card;
  card.name = typed.name;
  card.paper = typed.paper;
  card.summary = typed.summary;
  card.revision = typed.revision;
  card.presets = typed.presets;
  if constexpr (requires { typed.control; }) card.control = typed.control;
  card.options = TableOf<Options>().cards();
  typed.Fill(card);
  std::function<void*(const Json&)> factory;  // composites have no class to make
  if constexpr (std::is_constructible_v<Class, const Options&>) {
    factory = [](const Json& resolved) -> void* {
      return static_cast<typename TypedCard::Interface*>(
          new Class(TableOf<Options>().Read(resolved)));
    };
  }
  return Registry::Get().Add(std::move(card), std::move(factory));
}

}  // namespace dfkd

// The last line of a plugin header: DFKD_REGISTER(Class, AttackCard<Options>{.name = "the_folder",
// …}). `inline const` registers once however often the header is included; the class name is part
// of the identifier, the folder's namespace keeps it apart from others.
#define DFKD_REGISTER(Class, ...) \
  inline const bool k##Class##Registered = ::dfkd::Register<Class>(__VA_ARGS__)
