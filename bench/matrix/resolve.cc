#include "bench/matrix/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/core/registry.h"
#include "bench/matrix/settings.h"

namespace dfkd {
namespace {

// What a layer says of an option, and where that stands in the matrix file; "" if not there.
struct LayerValue {
  Json value;
  std::string origin, path;
};
using Layer = std::map<std::string, LayerValue>;

// Later layers win; every option remembers which layer gave it, and where that stands.
class Layers {
 public:
  explicit Layers(const PluginCard& card) : card_(card) {}

  void Add(const Layer& layer) {
    ForgetChecksums(layer);
    for (const auto& [option, given] : layer) {
      given_[option] = given.value;
      origins_[option] = given.origin;
      paths_[option] = given.path;
    }
  }
  // "distiller.rounds", "zskt.rounds" or "<id>.rounds" -> value, for the names this entry goes by:
  // of two that set one option the later name counts. `read` makes a LayerValue of a setting.
  template <class Read>
  void AddAll(const Json& settings, const std::vector<std::string>& names, Read read) {
    for (const auto& name : names) {
      Layer layer;
      for (const auto& [setting, value] : settings.items()) {
        if (setting.starts_with(name + "."))
          layer[setting.substr(name.size() + 1)] = read(setting, value);
      }
      Add(layer);
    }
  }
  const Json& given() const { return given_; }
  const Json& origins() const { return origins_; }
  const std::map<std::string, std::string>& paths() const { return paths_; }

 private:
  // Whoever names another file does not mean what the file of a lower layer held.
  void ForgetChecksums(const Layer& layer) {
    for (const auto& option : card_.options) {
      const auto named = layer.find(option.name);
      if (option.sha256.empty() || named == layer.end()) continue;
      if (given_.value(option.name, Json()) == named->second.value) continue;
      for (auto* known : {&given_, &origins_}) known->erase(option.sha256);
      paths_.erase(option.sha256);
    }
  }

  const PluginCard& card_;
  Json given_ = Json::object(), origins_ = Json::object();
  std::map<std::string, std::string> paths_;
};

// The first value from the matrix file that the plugin does not take, told with its place.
void RequireValid(const PluginCard& card, const Layers& layers, const std::string& who,
                  const Matrix& matrix) {
  for (const auto& [option, path] : layers.paths()) {
    if (path.empty()) continue;
    try {
      ResolveOptions(card.options, {{option, layers.given().at(option)}}, who);
    } catch (const Error& e) {
      throw MatrixError(matrix.name, {path, e.what()});
    }
  }
}

void Complete(ResolvedEntry& entry, const PluginCard& card, const Layers& layers,
              const Matrix& matrix) {
  const auto who = fmt::format("{} {}", Name(card.kind), entry.id);
  RequireValid(card, layers, who, matrix);
  entry.revision = card.revision;
  entry.options = ResolveOptions(card.options, layers.given(), who);
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

void AddPreset(const PluginCard& card, const std::string& preset, Layers& layers) {
  const auto found = card.presets.find(preset);
  if (found == card.presets.end()) return;
  Layer layer;
  for (const auto& [option, value] : found->second.items())
    layer[option] = {value, "preset " + preset, ""};
  layers.Add(layer);
}

void AddOverrides(PluginKind kind, const ResolveContext& context,
                  const std::vector<std::string>& names, Layers& layers) {
  for (size_t i = 0; i < context.matrix.overrides.size(); ++i) {
    const auto& item = context.matrix.overrides[i];
    if (!Applies(item, kind, context.axes)) continue;
    const auto origin = fmt::format("override {}", i + 1);
    layers.AddAll(item.set, names, [&](const std::string& setting, const Json& value) {
      return LayerValue{value, origin, item.path + "/set/" + setting};
    });
  }
}

void AddOwn(const MatrixEntry& entry, Layers& layers) {
  Layer layer;
  for (const auto& [option, value] : entry.options.items())
    layer[option] = {value, "entry", entry.path.empty() ? "" : entry.path + "/options/" + option};
  layers.Add(layer);
}

// But for those of the file that this plugin has no option for. --set speaks of what is selected,
// where such a one is a mistake.
Json SettingsHeardBy(const PluginCard& card, const ResolveContext& context) {
  Json heard = context.settings;
  for (const auto& setting : context.matrix.settings_of_file) {
    if (IsForOthers(setting, card)) heard.erase(setting);
  }
  return heard;
}

void AddSettings(const PluginCard& card, const ResolveContext& context,
                 const std::vector<std::string>& names, Layers& layers) {
  const auto& of_file = context.matrix.settings_of_file;
  const Json heard = SettingsHeardBy(card, context);
  layers.AddAll(heard, names, [&](const std::string& setting, const Json& value) {
    return of_file.contains(setting) ? LayerValue{value, "settings", "/settings/" + setting}
                                     : LayerValue{value, "--set", ""};
  });
}

ResolvedEntry ResolveOne(PluginKind kind, const MatrixEntry& entry, const ResolveContext& context) {
  const auto& card = Registry::Get().Card(kind, entry.plugin);
  std::vector<std::string> names = {entry.plugin, entry.id};  // the more special, the later
  if (context.by_kind) names.insert(names.begin(), Name(kind));
  Layers layers(card);
  AddPreset(card, context.matrix.preset, layers);
  AddOverrides(kind, context, names, layers);
  AddOwn(entry, layers);
  AddSettings(card, context, names, layers);
  ResolvedEntry resolved{.id = entry.id,
                         .plugin = entry.plugin,
                         .attack_aware = entry.attack_aware,
                         .holdout = entry.holdout,
                         .path = entry.path};
  Complete(resolved, card, layers, context.matrix);
  resolved.attack_aware |= FromAttackOverride(kind, context.matrix, resolved.origins);
  if (card.parts) ExpandComposite(resolved, card);
  return resolved;
}

}  // namespace

Axes AxesOf(const MatrixEntry& dataset, const MatrixEntry& attack, const MatrixEntry& distiller,
            const NetworkPair& networks) {
  return {{"dataset", {dataset.id, dataset.plugin}},
          {"attack", {attack.id, attack.plugin}},
          {"distiller", {distiller.id, distiller.plugin}},
          {"teacher", {networks.teacher, networks.teacher}},
          {"student", {networks.student, networks.student}}};
}

bool Applies(const Override& item, PluginKind kind, const Axes& axes) {
  // A name may be a defence's and another plugin's: "none".
  if (kind != PluginKind::kDefense && item.when.contains("defense")) return false;
  return std::all_of(item.when.begin(), item.when.end(), [&](const auto& condition) {
    const auto& [axis, wanted] = condition;
    const auto found = axes.find(axis);
    if (found == axes.end()) return false;
    const auto& [id, plugin] = found->second;
    return wanted.contains(id) || wanted.contains(plugin);
  });
}

Json ResolvedEntry::ToJson() const {
  Json json = {{"plugin", plugin}, {"revision", revision}, {"options", options}};
  if (!label.empty() && label != plugin) json["label"] = label;
  return json;
}

ResolvedEntry Resolve(PluginKind kind, const MatrixEntry& entry, const ResolveContext& context) {
  if (entry.parts.empty()) {
    auto resolved = ResolveOne(kind, entry, context);
    if (kind == PluginKind::kDefense && resolved.parts.empty()) resolved.parts = {resolved};
    return resolved;
  }
  ResolvedEntry joined{.id = entry.id, .attack_aware = entry.attack_aware, .path = entry.path};
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
