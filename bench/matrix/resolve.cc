#include "bench/matrix/resolve.h"

#include <fmt/format.h>

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
    entry.parts.push_back(std::move(resolved));
  }
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
    if (Matches(item, context.axes))
      layers.AddSettings(item.set, names, fmt::format("override {}", i + 1));
  }
  layers.Add(entry.options, "entry");
  layers.AddSettings(context.settings, names, "--set");
  ResolvedEntry resolved{.id = entry.id,
                         .plugin = entry.plugin,
                         .attack_aware = entry.attack_aware,
                         .holdout = entry.holdout};
  Complete(resolved, card, layers);
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
  if (entry.parts.empty()) {
    auto resolved = ResolveOne(kind, entry, context);
    if (kind == PluginKind::kDefense && resolved.parts.empty()) resolved.parts = {resolved};
    return resolved;
  }
  ResolvedEntry joined{.id = entry.id, .attack_aware = entry.attack_aware};
  for (const auto& part : entry.parts) {
    auto resolved = Resolve(kind, part, context);
    joined.plugin += (joined.plugin.empty() ? "" : "+") + resolved.plugin;
    joined.options[resolved.id] = resolved.options;
    joined.parts.insert(joined.parts.end(), resolved.parts.begin(), resolved.parts.end());
  }
  return joined;
}

}  // namespace dfkd
