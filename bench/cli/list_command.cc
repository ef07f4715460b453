// dfkd list: what is registered, with options, generated from the declarations.
#include <fmt/ranges.h>

#include <iostream>
#include <memory>

#include "bench/cli/command.h"
#include "bench/core/network_name.h"
#include "bench/core/registry.h"

namespace dfkd::cli {
namespace {

struct ListFlags {
  std::string kind;
  bool options = false, json = false;
};

Json ToJson(const OptionCard& option) {
  return {{"name", option.name},
          {"type", Name(option.type)},
          {"default", option.limits.initial},
          {"lowest", option.limits.lowest},
          {"highest", option.limits.highest},
          {"allowed", option.limits.allowed},
          {"doc", option.doc}};
}

Json ToJson(const PluginCard& card) {
  Json options = Json::array();
  for (const auto& option : card.options) options.push_back(ToJson(option));
  return {{"kind", Name(card.kind)}, {"name", card.name},           {"summary", card.summary},
          {"paper", card.paper},     {"revision", card.revision},   {"control", card.control},
          {"presets", card.presets}, {"adapts_to", card.adapts_to}, {"options", options}};
}

std::string RangeOf(const OptionCard& option) {
  const auto& limits = option.limits;
  if (!limits.allowed.empty()) {
    std::vector<std::string> values;
    for (const auto& value : limits.allowed)
      values.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    return fmt::format("{}", fmt::join(values, "|"));
  }
  if (limits.lowest.is_null() && limits.highest.is_null()) return Name(option.type);
  return fmt::format("{}..{}", limits.lowest.is_null() ? "" : limits.lowest.dump(),
                     limits.highest.is_null() ? "" : limits.highest.dump());
}

void PrintCard(const PluginCard& card, bool options) {
  const auto adapts = fmt::format(" (adapts to {})", fmt::join(card.adapts_to, ", "));
  std::cout << fmt::format("  {:<22} {}{}{}\n", card.name, card.summary,
                           card.control ? " (control)" : "", card.adapts_to.empty() ? "" : adapts);
  if (!options) return;
  for (const auto& option : card.options) {
    std::cout << fmt::format("      {:<24} {:<12} {:<20} {}\n", option.name,
                             option.limits.initial.dump(), RangeOf(option), option.doc);
  }
}

bool Wanted(const ListFlags& flags, const std::string& kind) {
  return flags.kind.empty() || flags.kind == kind || flags.kind == kind + "s";
}

std::vector<PluginKind> KindsWanted(const ListFlags& flags) {
  std::vector<PluginKind> kinds(std::begin(kPluginKinds), std::end(kPluginKinds));
  std::erase_if(kinds, [&](PluginKind kind) { return !Wanted(flags, Name(kind)); });
  return kinds;
}

void Print(const ListFlags& flags) {
  for (const auto kind : KindsWanted(flags)) {
    std::cout << Name(kind) << "s\n";
    for (const auto* card : Registry::Get().Cards(kind)) PrintCard(*card, flags.options);
  }
  if (Wanted(flags, "network"))
    std::cout << fmt::format("networks\n  {}\n", fmt::join(NetworkPatterns(), "\n  "));
}

void PrintJson(const ListFlags& flags) {
  Json list = Json::array();
  for (const auto kind : KindsWanted(flags)) {
    for (const auto* card : Registry::Get().Cards(kind)) list.push_back(ToJson(*card));
  }
  if (Wanted(flags, "network")) {
    for (const auto& name : NetworkPatterns())
      list.push_back({{"kind", "network"}, {"name", name}});
  }
  std::cout << list.dump(2) << "\n";
}

}  // namespace

void AddList(Program& program) {
  auto flags = std::make_shared<ListFlags>();
  auto& verb = program.AddVerb(
      "list",
      "Data sets, attacks, distillers, defences, detectors and networks that are registered");
  verb.Footer("Examples:\n  dfkd list\n  dfkd list defenses --options\n  dfkd list --json");
  verb.Add("kind", &flags->kind, "only this kind")
      .OneOf({"datasets", "attacks", "distillers", "defenses", "detectors", "networks", "dataset",
              "attack", "distiller", "defense", "detector", "network"});
  verb.Add("--options", &flags->options, "with every option: default, range, meaning");
  verb.Add("--json", &flags->json, "for machines; always with options");
  verb.Runs([flags] {
    flags->json ? PrintJson(*flags) : Print(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
