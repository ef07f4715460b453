#include "bench/matrix/defense_parts.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/registry.h"

namespace dfkd {

bool NamesTransferSet(const ResolvedEntry& distiller) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
  return !card.transfer_set(distiller.options).is_null();
}

namespace {

bool Acts(const ResolvedEntry& part, const DistillerTraits& traits) {
  const auto& card = CardOf(part);
  return !card.active(part.options, traits).empty() ||
         card.acts_on_synthesis(part.options, traits) || card.sanitizes_teacher(part.options) ||
         card.repairs_student(part.options);
}

// Why the parts cannot have what they need of the teacher, or "".
std::string HiddenTeacher(const std::vector<ResolvedEntry>& parts, const ResolvedEntry& distiller,
                          const DistillerTraits& traits) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
  if (!card.hides_teacher(distiller.options)) return "";
  for (const auto& part : parts) {
    if (!CardOf(part).looks_into_teacher(part.options) || !Acts(part, traits)) continue;
    return fmt::format(
        "{} looks into the teacher; that of {} is a black box, which answers with "
        "labels alone",
        part.id, distiller.id);
  }
  return "";
}

// Why the parts cannot have the synthetic images they need, or "".
std::string MissingSamples(const std::vector<ResolvedEntry>& parts, const ResolvedEntry& distiller,
                           const DistillerTraits& traits) {
  const bool before = traits.synthesizes || NamesTransferSet(distiller);
  for (const auto& part : parts) {
    const auto& card = CardOf(part);
    if (!card.needs_synthetic_data(part.options)) continue;
    if (card.sanitizes_teacher(part.options) && !before) {
      return fmt::format("{} needs synthetic images before distillation; {} has none then", part.id,
                         distiller.id);
    }
    if (!before && !traits.samples)
      return fmt::format("{} needs synthetic images; {} shows none", part.id, distiller.id);
  }
  return "";
}

}  // namespace

const PluginCard& CardOf(const ResolvedEntry& part) {
  return Registry::Get().Card(PluginKind::kDefense, part.plugin);
}

std::vector<ResolvedEntry> ActiveParts(const ResolvedEntry& defense) {
  std::vector<ResolvedEntry> parts;
  for (const auto& part : defense.parts) {
    if (CardOf(part).control) continue;
    const auto same = std::count_if(parts.begin(), parts.end(),
                                    [&](const auto& other) { return other.plugin == part.plugin; });
    parts.push_back(part);
    parts.back().label = same ? fmt::format("{}.{}", part.plugin, same) : part.plugin;
  }
  return parts;
}

PartsInOrder::PartsInOrder(std::vector<ResolvedEntry> parts, const DistillerTraits& traits)
    : all(std::move(parts)) {
  for (const auto& part : all) {
    const auto& card = CardOf(part);
    if (card.sanitizes_teacher(part.options)) sanitizing.push_back(part);
    if (card.repairs_student(part.options)) repairing.push_back(part);
    if (!card.active(part.options, traits).empty() || card.acts_on_synthesis(part.options, traits))
      until_repair += Canonical(part.ToJson()) + "\n";
  }
}

bool NeedCleanData(const std::vector<ResolvedEntry>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const auto& part) { return CardOf(part).needs_clean_data(part.options); });
}

bool NeedSyntheticData(const std::vector<ResolvedEntry>& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const auto& part) {
    return CardOf(part).needs_synthetic_data(part.options);
  });
}

std::string BothWeigh(const std::vector<ResolvedEntry>& parts, const DistillerTraits& traits) {
  std::vector<std::string> setting;
  for (const auto& part : parts) {
    if (CardOf(part).sets_coefficients(part.options, traits)) setting.push_back(part.plugin);
  }
  return setting.size() > 1 ? fmt::format("{}", fmt::join(setting, " and ")) : "";
}

std::string WhyNotApplicable(const std::vector<ResolvedEntry>& parts, const std::string& defense,
                             const ResolvedEntry& distiller, const DistillerTraits& traits) {
  const bool any =
      std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return Acts(part, traits); });
  if (!parts.empty() && !any) return fmt::format("{} does not act with {}", defense, distiller.id);
  const auto hidden = HiddenTeacher(parts, distiller, traits);
  return hidden.empty() ? MissingSamples(parts, distiller, traits) : hidden;
}

void AddCuts(const std::vector<ResolvedEntry>& parts, const DistillerTraits& traits,
             std::set<int64_t>& cuts) {
  for (const auto& part : parts) {
    const auto active = CardOf(part).active(part.options, traits);
    if (active.empty()) continue;
    for (const int64_t round : {active.first, active.last}) {
      if (round > 0 && round < traits.rounds) cuts.insert(round);
    }
  }
}

}  // namespace dfkd
