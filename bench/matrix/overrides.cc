#include "bench/matrix/overrides.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>

#include "bench/core/registry.h"
#include "bench/core/suggest.h"
#include "bench/matrix/settings.h"

namespace dfkd {
namespace {

// Nobody reads more, and each says what the matrix has.
constexpr size_t kMostWrongOverrides = 100;

void AddNames(const MatrixEntry& entry, std::set<std::string>& names) {
  for (const auto& name : {entry.id, entry.plugin}) {
    if (entry.parts.empty() && !name.empty()) names.insert(name);
  }
  for (const auto& part : entry.parts) AddNames(part, names);
}

void AddRegisteredDefenses(std::set<std::string>& names) {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) names.insert(card->name);
}

// The list of defences whose id the setting begins with; null if it is no list's.
const MatrixEntry* ListNamedIn(const std::string& setting, const std::vector<Block>& blocks) {
  for (const auto& block : blocks) {
    for (const auto& entry : block.defenses) {
      if (!entry.parts.empty() && SpeaksOf(setting, {entry.id})) return &entry;
    }
  }
  return nullptr;
}

// The ids of the lists with a part of this name.
std::set<std::string> ListsWith(const std::string& part, const std::vector<Block>& blocks) {
  std::set<std::string> lists;
  for (const auto& block : blocks) {
    for (const auto& entry : block.defenses) {
      std::set<std::string> names;
      for (const auto& one : entry.parts) AddNames(one, names);
      if (names.contains(part)) lists.insert(entry.id);
    }
  }
  return lists;
}

// What the axis "dataset", "attack", "teacher", "student", "distiller" or "defense" is matched
// against.
std::set<std::string> ValuesOf(const std::string& axis, const Matrix& matrix) {
  std::set<std::string> values;
  for (const auto& block : matrix.blocks) {
    for (const auto& pair : block.networks) {
      if (axis == "teacher") values.insert(pair.teacher);
      if (axis == "student") values.insert(pair.student);
    }
    for (const auto& [kind, unused, entries] : EntryAxes()) {
      if (axis != Name(kind)) continue;
      for (const auto& entry : block.*entries) values.insert({entry.id, entry.plugin});
    }
  }
  values.erase("");
  return values;
}

// Of a kind: its own name, and ids and plugins of the entries of all blocks that `fits`.
std::set<std::string> NamesOf(PluginKind kind, const Matrix& matrix,
                              const std::function<bool(const MatrixEntry&)>& fits) {
  std::set<std::string> names = {Name(kind)};
  for (const auto& axis : EntryAxes()) {
    if (axis.kind != kind) continue;
    for (const auto& block : matrix.blocks) {
      for (const auto& entry : block.*axis.entries) {
        if (fits(entry)) AddNames(entry, names);
      }
    }
  }
  return names;
}

// What an override for one defence may speak of: "defense", and the names of that defence.
std::set<std::string> NamesOfDefense(const Matrix& matrix, const std::string& wanted) {
  auto names = NamesOf(PluginKind::kDefense, matrix, [&](const MatrixEntry& entry) {
    return entry.id == wanted || entry.plugin == wanted;
  });
  if (names.size() == 1) names.insert(wanted);  // it may join the matrix
  return names;
}

class Checker {
  using When = decltype(Override::when);

 public:
  explicit Checker(const Matrix& matrix) : matrix_(matrix), names_(SettableNames(matrix.blocks)) {
    AddRegisteredDefenses(may_join_);
  }

  std::vector<MatrixProblem> Run() {
    for (const auto& item : matrix_.overrides) {
      for (const auto& [axis, wanted] : item.when) {
        for (const auto& name : wanted) CheckWhen(item, axis, name);
      }
      for (const auto& [setting, unused] : item.set.items()) CheckSetting(item, setting);
    }
    if (problems_.empty()) CheckTogether();
    return std::move(problems_);
  }

 private:
  void Add(std::string path, std::string reason) {
    MatrixProblem problem{std::move(path), std::move(reason)};
    const bool told = std::find(problems_.begin(), problems_.end(), problem) != problems_.end();
    if (!told) problems_.push_back(std::move(problem));  // a defence has an id and a plugin
  }

  bool HasTold() const { return problems_.size() >= kMostWrongOverrides; }

  const std::set<std::string>& Values(const std::string& axis) {
    const auto [known, is_new] = values_.try_emplace(axis);
    if (is_new) known->second = ValuesOf(axis, matrix_);
    return known->second;
  }

  void CheckWhen(const Override& item, const std::string& axis, const std::string& wanted) {
    const auto& values = Values(axis);
    if (HasTold() || values.contains(wanted)) return;
    if (axis == Name(PluginKind::kDefense)) {
      const auto lists = ListsWith(wanted, matrix_.blocks);
      if (!lists.empty()) return AddPartInWhen(item, wanted, lists);
      if (may_join_.contains(wanted)) return;
    }
    Add(item.path + "/when",
        fmt::format("{} '{}' is not in the matrix; {}it has {}", axis, wanted,
                    Guess(wanted, {values.begin(), values.end()}), fmt::join(values, ", ")));
  }

  // Cells are called by whole defences, so that it would never match.
  void AddPartInWhen(const Override& item, const std::string& part,
                     const std::set<std::string>& lists) {
    Add(item.path + "/when",
        fmt::format("defense '{}' is only a part here, and 'when' speaks of whole defences: name "
                    "{}",
                    part, fmt::join(lists, ", ")));
  }

  // Each value is in the matrix, but in blocks of their own. Of a list it is enough that one is
  // met.
  void CheckTogether() {
    for (const auto& item : matrix_.overrides) {
      if (!HasTold() && !HasCell(item.when))
        Add(item.path + "/when",
            "no block has all of them, so that the override would never apply");
    }
  }

  bool HasCell(const When& when) const {
    return std::any_of(matrix_.blocks.begin(), matrix_.blocks.end(), [&](const Block& block) {
      return HasNetworks(block, when) &&
             std::all_of(EntryAxes().begin(), EntryAxes().end(), [&](const EntryAxis& axis) {
               const auto wanted = when.find(Name(axis.kind));
               return wanted == when.end() || HasEntry(block.*axis.entries, wanted->second) ||
                      (axis.kind == PluginKind::kDefense && MayJoin(wanted->second));
             });
    });
  }

  bool MayJoin(const std::set<std::string>& names) const {
    return std::any_of(names.begin(), names.end(),
                       [&](const auto& name) { return may_join_.contains(name); });
  }

  static bool HasEntry(const std::vector<MatrixEntry>& entries,
                       const std::set<std::string>& names) {
    return std::any_of(entries.begin(), entries.end(), [&](const MatrixEntry& entry) {
      return names.contains(entry.id) || names.contains(entry.plugin);
    });
  }

  static bool HasNetworks(const Block& block, const When& when) {
    const auto fits = [&](const char* axis, const std::string& network) {
      const auto wanted = when.find(axis);
      return wanted == when.end() || wanted->second.contains(network);
    };
    return std::any_of(block.networks.begin(), block.networks.end(), [&](const NetworkPair& pair) {
      return fits("teacher", pair.teacher) && fits("student", pair.student);
    });
  }

  void CheckSetting(const Override& item, const std::string& setting) {
    if (HasTold()) return;
    const auto path = item.path + "/set/" + setting;
    const auto nothing = WhySetsNothing(setting, names_, matrix_.blocks);
    const bool joins =
        SpeaksOf(setting, may_join_) && ListNamedIn(setting, matrix_.blocks) == nullptr;
    if (!nothing.empty() && !joins) return Add(path, nothing);
    if (const auto why = WhyIdle(item, setting); !why.empty()) return Add(path, why);
    // Defences are compared over the same attack, data set and distiller.
    const auto defenses = item.when.find("defense");
    if (defenses == item.when.end()) return;
    for (const auto& defense : defenses->second) {
      if (HasTold()) return;
      const auto names = NamesOfDefense(matrix_, defense);
      if (SpeaksOf(setting, names)) continue;
      Add(path, fmt::format("'{}' must not depend on the defence; with 'defense' in 'when', set "
                            "options of {} only",
                            setting, fmt::join(names, ", ")));
    }
  }

  // Whether the setting speaks of an entry of this kind and of no other kind's.
  bool IsOf(PluginKind kind, const std::string& setting) const {
    const auto speaks = [&](PluginKind one) {
      return SpeaksOf(setting, NamesOf(one, matrix_, [](const MatrixEntry&) { return true; }));
    };
    return speaks(kind) && std::none_of(EntryAxes().begin(), EntryAxes().end(), [&](const auto& a) {
             return a.kind != kind && speaks(a.kind);
           });
  }

  // Why no cell would be changed by it; "" if some may. Of a defence CheckSetting says more.
  std::string WhyIdle(const Override& item, const std::string& setting) const {
    for (const auto& [kind, unused, entries] : EntryAxes()) {
      const auto wanted = item.when.find(Name(kind));
      if (kind == PluginKind::kDefense || wanted == item.when.end()) continue;
      const auto own = NamesOf(kind, matrix_, [&](const MatrixEntry& entry) {
        return wanted->second.contains(entry.id) || wanted->second.contains(entry.plugin);
      });
      if (IsOf(kind, setting) && !SpeaksOf(setting, own))
        return fmt::format("'{}' never acts: with '{}' in 'when', set options of {}", setting,
                           Name(kind), fmt::join(own, ", "));
    }
    const bool of_data = IsOf(PluginKind::kDataset, setting);
    for (const auto& [axis, unused] : item.when) {
      if (of_data && axis != Name(PluginKind::kDataset))
        return fmt::format("'{}' must not depend on '{}': a data set is one for all cells", setting,
                           axis);
    }
    return "";
  }

  const Matrix& matrix_;
  const std::set<std::string> names_;
  std::set<std::string> may_join_;
  std::map<std::string, std::set<std::string>> values_;  // by axis
  std::vector<MatrixProblem> problems_;
};

}  // namespace

std::set<std::string> SettableNames(const std::vector<Block>& blocks) {
  std::set<std::string> names;
  for (const auto& [kind, unused, entries] : EntryAxes()) {
    names.insert(Name(kind));
    for (const auto& block : blocks) {
      for (const auto& entry : block.*entries) AddNames(entry, names);
    }
  }
  return names;
}

bool SpeaksOf(const std::string& setting, const std::set<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return setting.starts_with(name + ".") && setting.size() > name.size() + 1;
  });
}

std::string WhySetsNothing(const std::string& setting, const std::set<std::string>& names,
                           const std::vector<Block>& blocks) {
  if (SpeaksOf(setting, names)) return "";
  const auto* list = ListNamedIn(setting, blocks);
  if (list == nullptr) {
    return fmt::format("'{}' sets nothing; write <name>.<option> with one of {}", setting,
                       fmt::join(names, ", "));
  }
  std::vector<std::string> instead;
  for (const auto& part : list->parts) instead.push_back(part.id + setting.substr(list->id.size()));
  return fmt::format("'{}' sets nothing: {} is a list; set {}", setting, list->id,
                     fmt::join(instead, " or "));
}

std::vector<MatrixProblem> CheckSettings(const Matrix& matrix, const std::vector<Block>& blocks) {
  std::vector<MatrixProblem> problems;
  const auto names = SettableNames(blocks);
  std::set<std::string> may_join;  // as in overrides: a run may have had one that the file lacks
  AddRegisteredDefenses(may_join);
  for (const auto& setting : matrix.settings_of_file) {
    const bool joins = SpeaksOf(setting, may_join) && ListNamedIn(setting, blocks) == nullptr;
    auto why = joins ? "" : WhySetsNothing(setting, names, blocks);
    if (why.empty()) why = WhyNoneHears(setting, blocks);
    if (!why.empty()) problems.push_back({"/settings/" + setting, std::move(why)});
  }
  return problems;
}

std::vector<MatrixProblem> CheckOverrides(const Matrix& matrix) { return Checker(matrix).Run(); }

}  // namespace dfkd
