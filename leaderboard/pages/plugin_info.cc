#include "leaderboard/pages/plugin_info.h"

#include <fmt/format.h>

#include <set>

#include "bench/core/registry.h"
#include "bench/core/split.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/papers.h"

namespace dfkd::site {
namespace {

const PluginCard* CardOrNull(PluginKind kind, const std::string& plugin) {
  for (const auto* card : Registry::Get().Cards(kind)) {
    if (card->name == plugin) return card;
  }
  return nullptr;
}

std::string CodeFolder(PluginKind kind, const std::string& plugin) {
  const std::string roots[] = {"datasets", "attacks", "methods/distillation", "methods/defenses"};
  const auto folder = fmt::format("{}/{}", roots[static_cast<size_t>(kind)], plugin);
  const auto& header = Registry::Get().HeaderOf(kind, plugin);
  return header.ends_with(fmt::format("/{}/{}.h", folder, plugin)) ? folder : "";
}

std::string AttackFamily(const PluginCard& card, const Json& options) {
  if (card.control) return "control";
  if (card.poisons_transfer(options)) return "poisoned transfer set";
  if (card.clean_label(options)) return "clean label";
  return card.learns_trigger(options) ? "learned trigger" : "dirty label";
}

// What a defence does; of a composite, what its parts do.
struct Acts {
  bool sanitizes = false, distils = false, repairs = false, clean = false, synthetic = false;

  void Add(const PluginCard& card, const Json& options) {
    if (card.parts) {
      for (const auto& part : card.parts(options)) {
        const auto* of_part = CardOrNull(PluginKind::kDefense, part.plugin);
        if (of_part) Add(*of_part, ResolveFor(*of_part, part.options));
      }
      return;
    }
    const bool around = card.sanitizes_teacher(options) || card.repairs_student(options);
    sanitizes |= card.sanitizes_teacher(options);
    repairs |= card.repairs_student(options);
    distils |= !around && !card.control;
    clean |= card.needs_clean_data(options);
    synthetic |= card.needs_synthetic_data(options);
  }

  std::string Family() const {
    std::string text;
    const auto add = [&](bool acts, const char* what) {
      if (acts) text += (text.empty() ? "" : " + ") + std::string(what);
    };
    add(sanitizes, "sanitizes the teacher");
    add(distils, "during distillation");
    add(repairs, "repairs the student");
    return text.empty() ? "control" : text;
  }
  std::string Access() const {
    return clean ? "clean images" : synthetic ? "synthetic images" : "no data";
  }
};

std::string DistillerAccess(Track track) {
  return track == Track::kSynthesized         ? "no data"
         : track == Track::kOutOfDistribution ? "other images"
                                              : "clean images";
}

Json OptionList(const PluginCard& card) {
  Json list = Json::array();
  for (const auto& option : card.options) {
    list.push_back({{"name", option.name},
                    {"type", Name(option.type)},
                    {"default", option.limits.initial},
                    {"lowest", option.limits.lowest},
                    {"highest", option.limits.highest},
                    {"allowed", option.limits.allowed},
                    {"doc", option.doc}});
  }
  return list;
}

void FillFamily(const PluginCard& card, PluginInfo& info) {
  const Json options = ResolveFor(card, Json::object());
  if (card.kind == PluginKind::kAttack) info.family = AttackFamily(card, options);
  if (card.kind == PluginKind::kDistiller) {
    const auto track = card.traits(options).track;
    info.family = TrackText(Name(track));
    info.access = DistillerAccess(track);
  }
  if (card.kind == PluginKind::kDefense) {
    Acts acts;
    acts.Add(card, options);
    info.family = acts.Family();
    info.access = acts.Access();
  }
}

PluginInfo InfoOfList(const std::string& plugins) {
  PluginInfo info{.name = plugins, .summary = "several defences, one after the other"};
  Acts acts;
  for (const auto& plugin : SplitPlugins(plugins)) {
    if (const auto* card = CardOrNull(PluginKind::kDefense, plugin))
      acts.Add(*card, ResolveFor(*card, Json::object()));
  }
  info.family = acts.Family();
  info.access = acts.Access();
  return info;
}

}  // namespace

bool IsRegistered(PluginKind kind, const std::string& plugin) {
  return CardOrNull(kind, plugin) != nullptr;
}

std::vector<std::string> SplitPlugins(const std::string& plugins) { return SplitAt(plugins, '+'); }

PluginInfo InfoOf(PluginKind kind, const std::string& plugin) {
  const auto* card = CardOrNull(kind, plugin);
  if (!card && kind == PluginKind::kDefense && plugin.find('+') != plugin.npos)
    return InfoOfList(plugin);
  PluginInfo info{.name = plugin, .control = plugin == "none"};
  if (!card) return info;
  info.summary = card->summary;
  info.paper = card->paper;
  info.bibtex = BibtexOf(plugin, card->paper);
  info.code = CodeFolder(kind, plugin);
  info.control = card->control || plugin == "none";
  info.revision = card->revision;
  info.options = OptionList(*card);
  FillFamily(*card, info);
  return info;
}

}  // namespace dfkd::site
