#include "bench/matrix/settings.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/core/registry.h"
#include "bench/core/suggest.h"

namespace dfkd {
namespace {

// "lr" of "distiller.lr"; "" if it does not speak of the kind.
std::string OptionOfKind(PluginKind kind, const std::string& setting) {
  const auto prefix = std::string(Name(kind)) + ".";
  return setting.starts_with(prefix) ? setting.substr(prefix.size()) : "";
}

void AddPlugins(const MatrixEntry& entry, std::set<std::string>& plugins) {
  if (entry.parts.empty()) plugins.insert(entry.plugin);
  for (const auto& part : entry.parts) AddPlugins(part, plugins);
}

// The options of those that a cell may have there.
std::set<std::string> OptionsThere(const EntryAxis& axis, const std::vector<Block>& blocks) {
  std::set<std::string> plugins, options;
  for (const auto& block : blocks) {
    for (const auto& entry : block.*axis.entries) AddPlugins(entry, plugins);
  }
  for (const auto* card : Registry::Get().Cards(axis.kind)) {
    if (axis.kind != PluginKind::kDefense && !plugins.contains(card->name)) continue;
    for (const auto& option : card->options) options.insert(option.name);
  }
  return options;
}

}  // namespace

bool IsForOthers(const std::string& setting, const PluginCard& card) {
  const auto wanted = OptionOfKind(card.kind, setting);
  if (wanted.empty()) return false;
  return std::none_of(card.options.begin(), card.options.end(),
                      [&](const OptionCard& option) { return option.name == wanted; });
}

std::string WhyNoneHears(const std::string& setting, const std::vector<Block>& blocks) {
  for (const auto& axis : EntryAxes()) {
    const auto wanted = OptionOfKind(axis.kind, setting);
    if (wanted.empty()) continue;
    const auto options = OptionsThere(axis, blocks);
    if (options.contains(wanted)) return "";
    return fmt::format("'{}' sets nothing: no {} has an option '{}'; {}they have {}", setting,
                       Name(axis.kind), wanted, Guess(wanted, {options.begin(), options.end()}),
                       fmt::join(options, ", "));
  }
  return "";
}

}  // namespace dfkd
