#include "bench/core/registry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "bench/core/suggest.h"

namespace dfkd {
namespace {

bool IsWellFormed(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string Both(const std::string& first, const std::string& second) {
  return fmt::format(", by {} and by {}", first, second);
}

}  // namespace

const char* Name(PluginKind kind) {
  switch (kind) {
    case PluginKind::kDataset:
      return "dataset";
    case PluginKind::kAttack:
      return "attack";
    case PluginKind::kDistiller:
      return "distiller";
    case PluginKind::kDefense:
      return "defense";
    case PluginKind::kDetector:
      return "detector";
  }
  return "";
}

const char* Name(Track track) {
  switch (track) {
    case Track::kSynthesized:
      return "synthesized";
    case Track::kOutOfDistribution:
      return "out_of_distribution";
    case Track::kCleanSubset:
      return "clean_subset";
  }
  return "";
}

Registry& Registry::Get() {
  static Registry registry;
  return registry;
}

bool Registry::Add(PluginCard card, Factory factory, const std::string& header,
                   bool with_code) noexcept {
  if (!IsWellFormed(card.name)) problems_.push_back(card.name + ": not a snake_case name");
  for (const auto& entry : entries_) {
    if (entry.card.kind == card.kind && entry.card.name == card.name) {
      problems_.push_back(fmt::format("{} {}: registered twice{}", Name(card.kind), card.name,
                                      header.empty() ? "" : Both(entry.header, header)));
    }
  }
  entries_.push_back({std::move(card), std::move(factory), header, with_code});
  return true;
}

bool Registry::Refuse(const std::string& header, const std::string& why) noexcept {
  const auto folder = std::filesystem::path(header).stem().string();
  refused_.push_back(folder);
  problems_.push_back(fmt::format("{} ({}): {}", folder, header, why));
  return false;
}

void Registry::Validate(const std::vector<std::string>& folders) const {
  auto problems = problems_;
  std::map<std::string, int> missing;  // two kinds may share a name: then both must be there
  for (const auto& folder : folders) ++missing[folder];
  for (const auto& entry : entries_) --missing[entry.card.name];
  for (const auto& folder : refused_) --missing[folder];
  for (const auto& [folder, count] : missing) {
    if (count > 0) problems.push_back(folder + ": its folder registered nothing");
  }
  if (entries_.empty()) problems.push_back("no plugin is registered");
  if (!problems.empty()) throw MakeError("plugins: {}", fmt::join(problems, "; "));
}

const Registry::Entry& Registry::Find(PluginKind kind, const std::string& name) const {
  for (const auto& entry : entries_) {
    if (entry.card.kind == kind && entry.card.name == name) return entry;
  }
  std::vector<std::string> known;
  for (const auto* card : Cards(kind)) known.push_back(card->name);
  throw MakeError("{} '{}' is unknown; {}known: {}", Name(kind), name, Guess(name, known),
                  fmt::join(known, ", "));
}

const PluginCard& Registry::Card(PluginKind kind, const std::string& name) const {
  return Find(kind, name).card;
}

const std::string& Registry::HeaderOf(PluginKind kind, const std::string& name) const {
  return Find(kind, name).header;
}

std::vector<const PluginCard*> Registry::Cards(PluginKind kind) const {
  std::vector<const PluginCard*> cards;
  for (const auto& entry : entries_) {
    if (entry.card.kind == kind) cards.push_back(&entry.card);
  }
  std::sort(cards.begin(), cards.end(), [](auto* a, auto* b) { return a->name < b->name; });
  return cards;
}

void* Registry::Create(PluginKind kind, const std::string& name, const Json& resolved) const {
  const auto& entry = Find(kind, name);
  if (!entry.with_code) {
    if (on_missing_code_) on_missing_code_();
    throw MakeError("{} '{}': only its card is part of this program, not its code", Name(kind),
                    name);
  }
  if (!entry.factory)
    throw MakeError("{} '{}' is a composite: it has parts, no hooks", Name(kind), name);
  return entry.factory(resolved);
}

Json ResolveFor(const PluginCard& card, const Json& given, const std::string& preset) {
  Json options = Json::object();
  if (const auto found = card.presets.find(preset); found != card.presets.end())
    options = found->second;
  if (!given.is_null()) {
    if (!given.is_object())
      throw MakeError("{} {}: options must be an object", Name(card.kind), card.name);
    options.update(given);
  }
  return ResolveOptions(card.options, options, fmt::format("{} {}", Name(card.kind), card.name));
}

Json WithDefaults(const PluginCard& card, Json resolved, const std::vector<std::string>& names) {
  for (const auto& option : card.options) {
    if (std::find(names.begin(), names.end(), option.name) != names.end())
      resolved[option.name] = option.limits.initial;
  }
  return resolved;
}

std::function<AttackGate(const Json&)> UsualGate(std::function<bool(const Json&)> clean_label) {
  constexpr double kLowestAsr = 0.90, kLowestAsrCleanLabel = 0.80;
  return [clean_label = std::move(clean_label)](const Json& resolved) -> AttackGate {
    return {.lowest_asr = clean_label(resolved) ? kLowestAsrCleanLabel : kLowestAsr};
  };
}

namespace registry_detail {

CardFunction::CardFunction(const PluginCard& card, const char* name)
    : plugin_(card.name),
      prefix_(fmt::format("{} {}: .{} of its card: ", Name(card.kind), card.name, name)) {}

void CardFunction::Fail(const std::string& what) const { throw Error(prefix_ + what); }

void CardFunction::Rethrow() const {
  try {
    throw;
  } catch (const Error& e) {
    // Names of plugins are as short as "cl": only before a colon do they name one.
    const std::string what = e.what();
    if (what.starts_with(plugin_ + ": ") || what.find(" " + plugin_ + ": ") != what.npos) throw;
    throw Error(prefix_ + e.what(), e.failure());
  } catch (const std::exception& e) {
    Fail(e.what());
  } catch (...) {
    Fail("throws what is no std::exception");
  }
}

void RequireUsable(const CardFunction& function, const Rounds& said,
                   const DistillerTraits& traits) {
  if (said.empty() || (said.first >= 0 && said.first < traits.rounds)) return;
  function.Fail(fmt::format("rounds [{}, {}) must begin in [0, {}), the distiller's rounds",
                            said.first, said.last, traits.rounds));
}

void RequireUsable(const CardFunction& function, const DistillerTraits& said) {
  if (said.rounds < 1) function.Fail(fmt::format("rounds = {} must be at least 1", said.rounds));
}

void RequireUsable(const CardFunction& function, const int64_t& rounds, const int64_t& images) {
  if (rounds >= 1) return;
  function.Fail(fmt::format("{} rounds on {} images must be at least 1", rounds, images));
}

void RequireUsable(const CardFunction& function, const AttackGate& said) {
  if (said.lowest_asr >= 0 && said.lowest_asr <= 1) return;  // not so for what is no number
  function.Fail(fmt::format("lowest_asr = {} must lie in [0, 1]", said.lowest_asr));
}

}  // namespace registry_detail

Json KeyOptions(const PluginCard& card, const Json& resolved) {
  if (!card.idle_options) return resolved;
  return WithDefaults(card, resolved, card.idle_options(resolved));
}

}  // namespace dfkd
