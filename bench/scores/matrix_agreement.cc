#include "bench/scores/matrix_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "bench/core/registry.h"
#include "bench/matrix/defense_parts.h"
#include "bench/matrix/resolve.h"
#include "bench/scores/matrix_beside.h"
#include "bench/scores/results_file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestSide = 120;

// What a score says, and what is planned.
struct Otherwise {
  std::string path, what, said, planned;
};
using Found = std::optional<Otherwise>;

// Whole characters, since it may be written as JSON.
std::string Cut(const std::string& text) {
  if (text.size() <= kLongestSide) return text;
  size_t end = kLongestSide;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

std::string TextOfMember(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? "no " + name : name + " = " + found->dump();
}

Found Compared(const char* path, const char* what, const std::string& said,
               const std::string& planned) {
  if (said == planned) return std::nullopt;
  return Otherwise{path, what, fmt::format("'{}'", said), fmt::format("'{}'", planned)};
}

Found OtherRecipe(const Json& said, const Matrix& matrix) {
  const Json planned = matrix.ResolvedTeacher();
  if (said == planned) return std::nullopt;
  const Json given = matrix.source.value("teacher", Json::object());
  const auto at = [&](const std::string& name) {
    return Otherwise{"/teacher_recipe", "the recipe of the teacher", TextOfMember(said, name),
                     TextOfMember(planned, name)};
  };
  if (!said.is_object())
    return Otherwise{"/teacher_recipe", "the recipe of the teacher", said.dump(), planned.dump()};
  for (const auto& [name, value] : planned.items()) {
    const bool unread = name == "sha256" && value == "";  // the matrix names a file by its path
    const bool lacks = !said.contains(name);
    if (lacks ? matrix.teacher_file || given.contains(name) : said.at(name) != value && !unread)
      return at(name);
  }
  for (const auto& [name, unused] : said.items()) {
    if (!planned.contains(name)) return at(name);
  }
  return std::nullopt;
}

// Whether it is the checksum of a file that the matrix names by its path alone.
bool IsUnreadChecksum(const PluginCard& card, const Json& options, const std::string& option) {
  return std::any_of(card.options.begin(), card.options.end(), [&](const OptionCard& file) {
    return file.sha256 == option && options.value(option, Json()) == "" &&
           options.value(file.name, Json()) != "";
  });
}

// The path is below the entry's, and who it is of is added to the words.
Found OtherOptions(PluginKind kind, const Entry& said, const ResolvedEntry& planned) {
  if (said.options == planned.options) return std::nullopt;
  const auto& card = Registry::Get().Card(kind, planned.plugin);
  const auto at = [&](const std::string& option) {
    return Otherwise{"options", "", TextOfMember(said.options, option),
                     TextOfMember(planned.options, option)};
  };
  for (const auto& [option, value] : planned.options.items()) {
    if (const auto found = said.options.find(option); found == said.options.end()) {
      if (planned.origins.value(option, "default") != "default") return at(option);
    } else if (*found != value && !IsUnreadChecksum(card, planned.options, option)) {
      return at(option);
    }
  }
  for (const auto& [option, unused] : said.options.items()) {
    if (!planned.options.contains(option)) return at(option);
  }
  return std::nullopt;
}

// As a score shows them: a plugin that is no composite has none.
size_t CountShownParts(const ResolvedEntry& planned) {
  const auto& parts = planned.parts;
  return parts.size() == 1 && parts[0].plugin == planned.plugin ? 0 : parts.size();
}

Found OtherPart(const Entry& said, const ResolvedEntry& planned) {
  if (said.plugin != planned.plugin) return Otherwise{"parts", "", said.plugin, planned.plugin};
  if (said.revision != planned.revision) return std::nullopt;
  auto found = OtherOptions(PluginKind::kDefense, said, planned);
  if (found) found->path = "parts", found->what = ", part " + planned.plugin;
  return found;
}

Found OtherParts(const Entry& said, const ResolvedEntry& planned) {
  const auto shown = CountShownParts(planned);
  if (said.parts.size() != shown)
    return Otherwise{"parts", "", fmt::format("{} parts", said.parts.size()),
                     fmt::format("{} parts", shown)};
  for (size_t i = 0; i < shown; ++i) {
    if (auto found = OtherPart(said.parts[i], planned.parts[i])) return found;
  }
  return std::nullopt;
}

bool HasTodaysRevisions(const Entry& said, const ResolvedEntry& planned) {
  if (said.revision != planned.revision || said.parts.size() > planned.parts.size()) return false;
  for (size_t i = 0; i < said.parts.size(); ++i) {
    if (said.parts[i].revision != planned.parts[i].revision) return false;
  }
  return true;
}

// A list has no revision of its own; its options are those of its members, by their ids.
Found OtherList(const Entry& said, const ResolvedEntry& planned) {
  if (auto found = OtherParts(said, planned)) return found;
  if (said.options == planned.options || !HasTodaysRevisions(said, planned)) return std::nullopt;
  for (const auto& [member, options] : planned.options.items()) {
    const Json shown = said.options.value(member, Json::object());
    for (const auto& [option, value] : options.items()) {
      if (!shown.is_object() || !shown.contains(option) || value == "") continue;
      if (shown.at(option) == value) continue;
      return Otherwise{"options", ", " + member, TextOfMember(shown, option),
                       TextOfMember(options, option)};
    }
  }
  return std::nullopt;
}

Found OtherEntry(PluginKind kind, bool is_list, const Entry& said, const ResolvedEntry& planned) {
  if (said.plugin != planned.plugin) {
    return Otherwise{"plugin", "", fmt::format("plugin '{}'", said.plugin),
                     fmt::format("'{}'", planned.plugin)};
  }
  if (said.revision != planned.revision) return std::nullopt;
  if (said.attack_aware != planned.attack_aware)
    return Otherwise{"attack_aware", "", fmt::format("attack_aware = {}", said.attack_aware),
                     fmt::format("{}", planned.attack_aware)};
  if (is_list) return OtherList(said, planned);
  if (auto found = OtherOptions(kind, said, planned)) return found;
  return OtherParts(said, planned);
}

// "teacher" and "student" are those of `when` in an override.
const std::string& IdOnAxis(const Cell& cell, const std::string& axis) {
  return axis == "dataset"     ? cell.dataset
         : axis == "attack"    ? cell.attack
         : axis == "teacher"   ? cell.teacher_network
         : axis == "student"   ? cell.student_network
         : axis == "distiller" ? cell.distiller
                               : cell.defense;
}

// A matrix whose entries are resolved when a score asks for them, each once for all cells in which
// it is the same.
class PlannedMatrix {
 public:
  explicit PlannedMatrix(Matrix matrix) : matrix_(std::move(matrix)) {
    for (const auto& item : matrix_.overrides) {
      for (const auto& [axis, unused] : item.when) axes_.insert(axis);
    }
    for (const auto& axis : EntryAxes()) {
      for (const auto& block : matrix_.blocks) {
        for (const auto& entry : block.*axis.entries)
          entries_.try_emplace({Name(axis.kind), entry.id}, &entry);
      }
    }
  }

  const std::string& name() const { return matrix_.name; }

  Found Contradicted(const Score& score) {
    if (auto found = OtherConditions(score)) return found;
    for (const auto& axis : EntryAxes()) {
      if (auto found = OtherOnAxis(axis.kind, score)) return found;
    }
    if (auto found = OtherEvaluation(score)) return found;
    return OtherTrack(score);
  }

 private:
  Found OtherConditions(const Score& score) const {
    if (auto found = Compared("/preset", "the preset", score.preset, matrix_.preset)) return found;
    const auto& profile = score.numerics.profile;
    if (matrix_.profile != "auto") {  // which a run replaces, as its machine is not known here
      if (auto found = Compared("/numerics/profile", "the profile", profile, matrix_.profile))
        return found;
    }
    const auto shown = [](bool demonstration) { return demonstration ? "true" : "false"; };
    if (auto found = Compared("/demonstration", "whether it is a demonstration",
                              shown(score.demonstration), shown(matrix_.demonstration)))
      return found;
    return OtherRecipe(score.teacher_recipe, matrix_);
  }

  Found OtherOnAxis(PluginKind kind, const Score& score) {
    const std::string axis = Name(kind);
    const auto said = score.entries.find(axis);
    const auto* planned = EntryFor(kind, score.cell);
    if (planned == nullptr || said == score.entries.end()) return std::nullopt;
    const auto& id = IdOnAxis(score.cell, axis);
    const bool is_list = !Find(axis, id)->parts.empty();
    auto found = OtherEntry(kind, is_list, said->second, *planned);
    if (!found) return std::nullopt;
    found->path = fmt::format("/entries/{}/{}", axis, found->path);
    found->what = fmt::format("{} '{}'{}", axis, id, found->what);
    return found;
  }

  Found OtherEvaluation(const Score& score) {
    const auto* dataset = Find("dataset", score.cell.dataset);
    if (dataset == nullptr) return std::nullopt;
    return Compared("/evaluated_on", "evaluated on", score.evaluated_on,
                    dataset->holdout > 0 ? "validation" : "test");
  }

  // As the planner has it; other revisions may have had another one.
  Found OtherTrack(const Score& score) {
    const auto* distiller = EntryFor(PluginKind::kDistiller, score.cell);
    const auto* defense = EntryFor(PluginKind::kDefense, score.cell);
    const auto& said = score.entries;
    if (distiller == nullptr || defense == nullptr || !said.contains("distiller") ||
        !said.contains("defense") || !HasTodaysRevisions(said.at("distiller"), *distiller) ||
        !HasTodaysRevisions(said.at("defense"), *defense))
      return std::nullopt;
    const auto [known, fresh] = tracks_.try_emplace({distiller, defense});
    if (fresh) known->second = TrackFor(*distiller, *defense);
    if (known->second.empty()) return std::nullopt;
    return Compared("/track", "the track", score.track, known->second);
  }

  // "" where a plugin does not take what strangers have written: `validate` tells it.
  static std::string TrackFor(const ResolvedEntry& distiller, const ResolvedEntry& defense) {
    try {
      if (NeedCleanData(ActiveParts(defense))) return Name(Track::kCleanSubset);
      const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
      return Name(card.traits(distiller.options).track);
    } catch (const std::exception&) {
      return "";
    }
  }

  // Null: the matrix has none. A registered defence may have joined it by its name.
  const MatrixEntry* Find(const std::string& axis, const std::string& id) {
    if (const auto known = entries_.find({axis, id}); known != entries_.end()) return known->second;
    const auto cards = Registry::Get().Cards(PluginKind::kDefense);
    const bool may_join =
        axis == Name(PluginKind::kDefense) &&
        std::any_of(cards.begin(), cards.end(), [&](const auto* card) { return card->name == id; });
    if (!may_join) return nullptr;
    return &joined_.try_emplace(id, MatrixEntry{.id = id, .plugin = id}).first->second;
  }

  // Null: nobody can say here what it is in this cell.
  const ResolvedEntry* EntryFor(PluginKind kind, const Cell& cell) {
    std::vector<std::string> key = {Name(kind), IdOnAxis(cell, Name(kind))};
    for (const auto& axis : axes_) key.push_back(IdOnAxis(cell, axis));
    const auto [known, fresh] = resolved_.try_emplace(std::move(key));
    if (fresh) known->second = Resolved(kind, cell);
    return known->second ? &*known->second : nullptr;
  }

  std::optional<ResolvedEntry> Resolved(PluginKind kind, const Cell& cell) {
    const auto* entry = Find(Name(kind), IdOnAxis(cell, Name(kind)));
    if (entry == nullptr) return std::nullopt;
    Axes axes;
    for (const auto& axis : axes_) {
      const auto& id = IdOnAxis(cell, axis);
      const bool network = axis == "teacher" || axis == "student";
      const auto* named = network ? nullptr : Find(axis, id);
      if (!network && named == nullptr) return std::nullopt;
      axes[axis] = {id, network ? id : named->plugin};
    }
    try {
      return Resolve(kind, *entry, {matrix_, matrix_.settings, axes});
    } catch (const std::exception&) {  // the options of an earlier revision; `validate` tells it
      return std::nullopt;
    }
  }

  const Matrix matrix_;
  std::set<std::string> axes_;  // on which overrides depend
  // By axis and id, the first of each: it means the same in all blocks.
  std::map<std::pair<std::string, std::string>, const MatrixEntry*> entries_;
  std::map<std::string, MatrixEntry> joined_;
  std::map<std::vector<std::string>, std::optional<ResolvedEntry>> resolved_;
  std::map<std::pair<const ResolvedEntry*, const ResolvedEntry*>, std::string> tracks_;
};

// Null: there is none to compare with.
std::unique_ptr<PlannedMatrix> PlannedMatrixIn(const fs::path& folder) {
  auto matrix = OwnMatrixBeside(folder);
  return matrix ? std::make_unique<PlannedMatrix>(std::move(*matrix)) : nullptr;
}

}  // namespace

std::vector<std::pair<size_t, Problem>> CheckAgainstMatrices(const std::vector<Score>& scores) {
  std::map<fs::path, std::unique_ptr<PlannedMatrix>> matrices;  // by folder
  std::vector<std::pair<size_t, Problem>> problems;
  for (size_t i = 0; i < scores.size(); ++i) {
    const auto& score = scores[i];
    if (score.file.empty() || score.file.extension() == kResultsExtension) continue;
    const auto folder = score.file.parent_path();
    const auto [known, fresh] = matrices.try_emplace(folder);
    if (fresh) known->second = PlannedMatrixIn(folder);
    if (!known->second || known->second->name() != score.matrix) continue;
    const auto found = known->second->Contradicted(score);
    if (!found) continue;
    const auto reason = fmt::format("{}: {} here, {} in {}", found->what, Cut(found->said),
                                    Cut(found->planned), (folder / kMatrixBesideScores).string());
    problems.emplace_back(i, ProblemOf(score, found->path, reason));
  }
  return problems;
}

}  // namespace dfkd
