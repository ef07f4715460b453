// In what a cell is not a paper's experiment. What the paper's cell had is worked out from the
// cards of the plugins (defaults, preset "faithful") and from the settings that the reference adds.
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "bench/core/error.h"
#include "bench/core/registry.h"
#include "leaderboard/standings/reference.h"

namespace dfkd {
namespace {

// A plugin of a cell, or a part of a composite defence: its options and those of the paper's cell.
struct Side {
  const PluginCard* card;
  Json ours, theirs;
};

const PluginCard* CardOf(PluginKind kind, const std::string& plugin) {
  const auto cards = Registry::Get().Cards(kind);
  const auto found = std::find_if(cards.begin(), cards.end(),
                                  [&](const auto* card) { return card->name == plugin; });
  return found == cards.end() ? nullptr : *found;
}

std::string Values(const std::vector<Json>& values) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(value.dump());
  return fmt::format("{}", fmt::join(texts, " or "));
}

// "clp, abd"; "none" of none.
std::string NamesOf(const std::vector<PartRef>& parts) {
  std::vector<std::string> names;
  for (const auto& part : parts) names.push_back(part.plugin);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

// A file that a plugin may read a picture from: the option that names it, and that of its checksum.
constexpr const char* kPictures[][2] = {{"image", "sha256"}, {"picture", "picture_sha256"}};

bool HasOption(const PluginCard& card, const std::string& name) {
  return std::any_of(card.options.begin(), card.options.end(),
                     [&](const auto& option) { return option.name == name; });
}

// Of one cell.
class Differences {
 public:
  Differences(const Reference& reference, const PrintedRow& row, const std::string& column,
              const Score& score)
      : reference_(reference), row_(row), column_(column), score_(score) {}

  std::set<std::string> List() {
    AddPlugin("dataset", PluginKind::kDataset);
    AddPlugin("attack", PluginKind::kAttack);
    if (column_ != "teacher") {
      AddPlugin("distiller", PluginKind::kDistiller);
      AddPlugin("defense", PluginKind::kDefense);
    }
    AddTeacher();
    AddCircumstances();
    return std::move(found_);
  }

 private:
  void Add(std::string text) { found_.insert(std::move(text)); }

  bool Holds(const PaperSetting& setting) const {
    const std::map<std::string, std::string> here = {
        {"dataset", row_.dataset}, {"distiller", row_.distiller}, {"column", column_}};
    return std::all_of(setting.when.begin(), setting.when.end(), [&](const auto& condition) {
      const auto& names = condition.second;
      return std::find(names.begin(), names.end(), here.at(condition.first)) != names.end();
    });
  }

  // What the paper's cells have of an option; `theirs` unless a setting speaks of it.
  std::vector<Json> AllowedOf(const std::string& plugin, const std::string& option,
                              const Json& theirs) const {
    std::vector<Json> allowed = {theirs};
    for (const auto& setting : reference_.settings) {
      if (setting.plugin != plugin || !setting.options.contains(option) || !Holds(setting))
        continue;
      allowed = setting.options.at(option);
    }
    return allowed;
  }

  void Compare(const std::string& plugin, const std::string& option, const Json& ours,
               const Json& theirs) {
    const auto allowed = AllowedOf(plugin, option, theirs);
    if (allowed.empty() || std::find(allowed.begin(), allowed.end(), ours) != allowed.end()) return;
    Add(fmt::format("{}.{}: {} instead of {}", plugin, option, ours.dump(), Values(allowed)));
  }

  void AddNotes(const std::string& plugin) {
    for (const auto& setting : reference_.settings) {
      if (setting.plugin == plugin && !setting.note.empty() && Holds(setting)) Add(setting.note);
    }
  }

  void AddPlugin(const char* axis, PluginKind kind) {
    const auto entry = score_.entries.find(axis);
    if (entry == score_.entries.end()) return;
    const auto& [plugin, revision, options, aware, parts] = entry->second;
    // A composite by its own options, as its preset speaks of them; a list of defences by its
    // parts.
    if (parts.empty() || CardOf(kind, plugin)) return AddEntry(kind, plugin, options);
    for (const auto& part : parts) AddEntry(kind, part.plugin, part.options);
  }

  void AddEntry(PluginKind kind, const std::string& plugin, const Json& options) {
    const auto* card = CardOf(kind, plugin);
    if (!card) {
      return Add(fmt::format("{} {} is not known to this program: its options are not compared",
                             Name(kind), plugin));
    }
    const auto resolved = Resolved(*card, options);
    if (!resolved) {
      return Add(fmt::format("{} {} has options that this program refuses: they are not compared",
                             Name(kind), plugin));
    }
    const Side side{card, *resolved, ResolveFor(*card, {}, Faithful(*card))};
    if (!card->parts) return AddSide(side);
    AddParts(*card, card->parts(side.ours), card->parts(side.theirs));
  }

  // Each beside the paper's of its name, the first beside the first; that there are others is said
  // once.
  void AddParts(const PluginCard& card, const std::vector<PartRef>& ours,
                std::vector<PartRef> theirs) {
    if (const auto here = NamesOf(ours), there = NamesOf(theirs); here != there)
      Add(fmt::format("{}: the parts are {} instead of {}", card.name, here, there));
    for (const auto& our : ours) {
      const auto their = std::find_if(theirs.begin(), theirs.end(),
                                      [&](const auto& one) { return one.plugin == our.plugin; });
      const auto* part = CardOf(PluginKind::kDefense, our.plugin);
      if (!part || their == theirs.end()) continue;
      AddSide({part, ResolveFor(*part, our.options), ResolveFor(*part, their->options)});
      theirs.erase(their);
    }
  }

  static std::string Faithful(const PluginCard& card) {
    return card.presets.contains("faithful") ? "faithful" : "";
  }

  // Scores of another revision may have options that are gone, lack new ones, or have values that
  // are no longer allowed: then nullopt.
  static std::optional<Json> Resolved(const PluginCard& card, const Json& options) {
    Json known = Json::object();
    for (const auto& [name, value] : options.items()) {
      if (HasOption(card, name)) known[name] = value;
    }
    try {
      return ResolveFor(card, known);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  std::set<std::string> IdleOf(const Side& side) const {
    std::set<std::string> idle;
    const auto add = [&](const std::vector<std::string>& names) {
      idle.insert(names.begin(), names.end());
    };
    if (side.card->idle_options) add(side.card->idle_options(side.ours));
    if (const auto traits = Traits(); traits && side.card->idle_before)
      add(side.card->idle_before(side.ours, *traits, traits->rounds));
    return idle;
  }

  std::optional<DistillerTraits> Traits() const {
    const auto entry = score_.entries.find("distiller");
    if (entry == score_.entries.end()) return {};
    const auto* card = CardOf(PluginKind::kDistiller, entry->second.plugin);
    if (!card || !card->traits) return {};
    const auto resolved = Resolved(*card, entry->second.options);
    return resolved ? std::optional(card->traits(*resolved)) : std::nullopt;
  }

  void AddSide(const Side& side) {
    const auto& [card, ours, theirs] = side;
    auto quiet = IdleOf(side);
    for (const auto& [picture, checksum] : kPictures) {
      if (!HasOption(*card, checksum)) continue;
      AddPicture(side, quiet.contains(picture) ? "" : ours.at(picture), ours.at(checksum));
      quiet.insert({picture, checksum});
    }
    for (const auto& option : card->options) {
      const auto& name = option.name;
      if (quiet.contains(name)) continue;
      const bool length =
          card->kind == PluginKind::kDistiller && name == "rounds" && column_ != "clean_kd";
      // A length may be given in epochs; the table prints rounds.
      Compare(card->name, name, length ? Json(card->traits(ours).rounds) : ours.at(name),
              length ? Json(row_.rounds) : theirs.at(name));
    }
    if (const auto traits = Traits(); traits && card->active) {
      const auto rounds = card->active(ours, *traits);
      const Json length = rounds.last - rounds.first;
      Compare(card->name, "active_rounds", length, length);
    }
    if (card->crafts && card->crafts(ours))
      Add(fmt::format("{} was crafted here, from our own clean teacher", card->name));
    AddNotes(card->name);
  }

  void AddPicture(const Side& side, const std::string& file, const std::string& sha256) {
    const auto known = reference_.pictures.find(side.card->name);
    const auto paper = known == reference_.pictures.end() ? PaperPicture() : known->second;
    if (file.empty()) {
      if (!paper.built_in) Add(fmt::format("{}: the picture is procedural", side.card->name));
      return;
    }
    if (std::find(paper.files.begin(), paper.files.end(), sha256) != paper.files.end()) return;
    Add(fmt::format("{}: the picture is a file that is not known to be the paper's",
                    side.card->name));
  }

  void AddTeacher() {
    const auto& recipe = score_.teacher_recipe;
    if (!recipe.is_object()) return;
    if (recipe.contains("sha256"))
      return Add("the teacher is a file: how it was trained is not known");
    for (const auto& [name, value] : recipe.items())
      Compare("teacher", name, value, name == "epochs" ? Json(reference_.teacher_epochs) : value);
    if (!reference_.teacher_selection.empty()) {
      Add(fmt::format("the teacher of the last epoch instead of {}", reference_.teacher_selection));
    }
  }

  void AddCircumstances() {
    if (!score_.data.official) Add("whether the images are the published ones is not known");
    if (score_.data.official == false) Add("images are not the published ones");
    if (score_.evaluated_on != "test") Add("evaluated on " + score_.evaluated_on);
    // Both are float32 throughout; deterministic only forbids what differs from run to run.
    const auto& profile = score_.numerics.profile;
    if (profile != "fp32" && profile != "deterministic") Add("computed in " + profile);
    if (score_.demonstration) Add("a demonstration: too small to conclude from");
    for (const auto& flag : score_.validity) {
      if (flag == "attack_ineffective") Add("the attack did not take (gate ignored)");
    }
  }

  const Reference& reference_;
  const PrintedRow& row_;
  const std::string& column_;
  const Score& score_;
  std::set<std::string> found_;
};

}  // namespace

std::set<std::string> DifferencesFrom(const Reference& reference, const PrintedRow& row,
                                      const std::string& column, const Score& score) {
  return Differences(reference, row, column, score).List();
}

}  // namespace dfkd
