#include "bench/matrix/resolve.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/core/registry.h"

namespace dfkd {
namespace {

bool Matches(const Override& item, const Axes& axes) {
  for (const auto& [axis, wanted] : item.when) {
    const auto found = axes.find(axis);
    if (found == axes.end()) return false;
    if (found->second.first != wanted && found->second.second != wanted) return false;
  }
  return true;
}

void AddNames(const MatrixEntry& entry, std::set<std::string>& names) {
  names.insert(entry.id);
  if (!entry.plugin.empty()) names.insert(entry.plugin);
  for (const auto& part : entry.parts) AddNames(part, names);
}

// What an override for one defence may speak of: "defense", and the names of that defence.
std::set<std::string> NamesOfDefense(const Matrix& matrix, const std::string& wanted) {
  std::set<std::string> names = {Name(PluginKind::kDefense), wanted};
  for (const auto& block : matrix.blocks) {
    for (const auto& entry : block.defenses) {
      if (entry.id == wanted || entry.plugin == wanted) AddNames(entry, names);
    }
  }
  return names;
}

// Defences are compared over the same attack, data set and distiller; an override must not give
// one of them another.
void CheckOverrides(const Matrix& matrix) {
  for (size_t i = 0; i < matrix.overrides.size(); ++i) {
    const auto& item = matrix.overrides[i];
    const auto wanted = item.when.find("defense");
    if (wanted == item.when.end()) continue;
    const auto names = NamesOfDefense(matrix, wanted->second);
    for (const auto& [path, unused] : item.set.items()) {
      const bool allowed =
          std::any_of(names.begin(), names.end(),
                      [&path = path](const auto& name) { return path.starts_with(name + "."); });
      if (!allowed) {
        throw MakeError(
            "{}, override {}: '{}' must not depend on the defence; with 'defense' in 'when', set "
            "options of {} only",
            matrix.name, i + 1, path, fmt::join(names, ", "));
      }
    }
  }
}

// Later layers win; every option remembers which layer gave it.
class Layers {
 public:
  void Add(const Json& options, const std::string& origin) {
    if (!options.is_object()) throw MakeError("{}: options must be an object", origin);
    for (const auto& [name, value] : options.items()) {
      given_[name] = value;
      origins_[name] = origin;
    }
  }
  // "distiller.rounds", "zskt.rounds" or "<id>.rounds" -> value, for the names this entry goes by.
  void AddSettings(const Json& settings, const std::vector<std::string>& names,
                   const std::string& origin) {
    for (const auto& [path, value] : settings.items()) {
      for (const auto& name : names) {
        if (path.starts_with(name + ".")) Add({{path.substr(name.size() + 1), value}}, origin);
      }
    }
  }
  const Json& given() const { return given_; }
  const Json& origins() const { return origins_; }

 private:
  Json given_ = Json::object(), origins_ = Json::object();
};

void Complete(ResolvedEntry& entry, const PluginCard& card, const Layers& layers) {
  entry.revision = card.revision;
  entry.options =
      ResolveOptions(card.options, layers.given(), fmt::format("{} {}", Name(card.kind), entry.id));
  for (const auto& [name, value] : entry.options.items()) {
    entry.origins[name] = layers.origins().value(name, "default");
  }
}

void ExpandComposite(ResolvedEntry& entry, const PluginCard& card) {
  for (const auto& part : card.parts(entry.options)) {
    const auto& part_card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    ResolvedEntry resolved{
        .id = part.plugin, .plugin = part.plugin, .revision = part_card.revision};
    resolved.options =
        ResolveOptions(part_card.options, part.options, card.name + ", part " + part.plugin);
    resolved.attack_aware = entry.attack_aware;  // its options come from the composite's
    entry.parts.push_back(std::move(resolved));
  }
}

// Whether some value was chosen for the attack that the teacher suffered. No defender knows that;
// the attack itself may.
bool FromAttackOverride(PluginKind kind, const Matrix& matrix, const Json& origins) {
  if (kind == PluginKind::kAttack) return false;
  for (size_t i = 0; i < matrix.overrides.size(); ++i) {
    if (!matrix.overrides[i].when.contains("attack")) continue;
    const auto origin = fmt::format("override {}", i + 1);
    if (std::any_of(origins.begin(), origins.end(), [&](const auto& o) { return o == origin; })) {
      return true;
    }
  }
  return false;
}

ResolvedEntry ResolveOne(PluginKind kind, const MatrixEntry& entry, const ResolveContext& context) {
  const auto& card = Registry::Get().Card(kind, entry.plugin);
  std::vector<std::string> names = {entry.plugin, entry.id};
  if (context.by_kind) names.insert(names.begin(), Name(kind));
  Layers layers;
  if (const auto found = card.presets.find(context.matrix.preset); found != card.presets.end()) {
    layers.Add(found->second, "preset " + context.matrix.preset);
  }
  for (size_t i = 0; i < context.matrix.overrides.size(); ++i) {
    const auto& item = context.matrix.overrides[i];
    // A name may be a defence's and another plugin's: "none".
    const bool other = kind != PluginKind::kDefense && item.when.contains("defense");
    if (!other && Matches(item, context.axes))
      layers.AddSettings(item.set, names, fmt::format("override {}", i + 1));
  }
  layers.Add(entry.options, "entry");
  layers.AddSettings(context.settings, names, "--set");
  ResolvedEntry resolved{.id = entry.id,
                         .plugin = entry.plugin,
                         .attack_aware = entry.attack_aware,
                         .holdout = entry.holdout};
  Complete(resolved, card, layers);
  resolved.attack_aware |= FromAttackOverride(kind, context.matrix, resolved.origins);
  if (card.parts) ExpandComposite(resolved, card);
  return resolved;
}

}  // namespace

Json ResolvedEntry::ToJson() const {
  Json json = {{"plugin", plugin}, {"revision", revision}, {"options", options}};
  if (!label.empty() && label != plugin) json["label"] = label;
  return json;
}

ResolvedEntry Resolve(PluginKind kind, const MatrixEntry& entry, const ResolveContext& context) {
  CheckOverrides(context.matrix);
  if (entry.parts.empty()) {
    auto resolved = ResolveOne(kind, entry, context);
    if (kind == PluginKind::kDefense && resolved.parts.empty()) resolved.parts = {resolved};
    return resolved;
  }
  ResolvedEntry joined{.id = entry.id, .attack_aware = entry.attack_aware};
  for (const auto& part : entry.parts) {
    auto resolved = Resolve(kind, part, context);
    joined.plugin += (joined.plugin.empty() ? "" : "+") + resolved.plugin;
    joined.attack_aware |= resolved.attack_aware;
    joined.options[resolved.id] = resolved.options;
    joined.parts.insert(joined.parts.end(), resolved.parts.begin(), resolved.parts.end());
  }
  return joined;
}

}  // namespace dfkd
