#include "bench/matrix/selection.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/core/registry.h"
#include "bench/core/suggest.h"
#include "bench/matrix/overrides.h"
#include "bench/matrix/user_inputs_of.h"

namespace dfkd {
namespace {

// The chosen ids of an axis, over all blocks; an id that no block has is an error.
class Chosen {
 public:
  // `may_join`: what could be chosen although no block has it.
  Chosen(const std::vector<std::string>& wanted, std::string axis,
         std::vector<std::string> may_join = {})
      : wanted_(wanted), axis_(std::move(axis)), may_join_(std::move(may_join)) {}

  std::vector<MatrixEntry> From(const std::vector<MatrixEntry>& entries) {
    std::vector<MatrixEntry> chosen;
    for (const auto& entry : entries) {
      known_.insert(entry.id);
      if (wanted_.empty() || std::find(wanted_.begin(), wanted_.end(), entry.id) != wanted_.end()) {
        chosen.push_back(entry);
      }
    }
    return chosen;
  }
  void Check() const {
    for (const auto& id : wanted_) {
      if (known_.contains(id)) continue;
      std::vector<std::string> near(known_.begin(), known_.end());
      near.insert(near.end(), may_join_.begin(), may_join_.end());
      throw MakeError("{} '{}' is not in the matrix; {}it has {}{}", axis_, id, Guess(id, near),
                      fmt::join(known_, ", "), MayJoin());
    }
  }

 private:
  std::string MayJoin() const {
    std::vector<std::string> others;
    for (const auto& name : may_join_) {
      if (!known_.contains(name)) others.push_back(name);
    }
    if (others.empty()) return "";
    return fmt::format("; registered, and may join it: {}", fmt::join(others, ", "));
  }

  const std::vector<std::string>& wanted_;
  const std::string axis_;
  const std::vector<std::string> may_join_;
  std::set<std::string> known_;
};

std::vector<std::string> RegisteredDefenses() {
  std::vector<std::string> names;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) names.push_back(card->name);
  return names;
}

// Defences that are registered and selected, and that no block of the matrix has: how an author
// measures a new one (`dfkd run quick --defenses mine,abd`).
std::vector<MatrixEntry> AddedDefenses(const Matrix& matrix, const Selection& selection) {
  std::set<std::string> known;
  for (const auto& block : matrix.blocks) {
    for (const auto& entry : block.defenses) known.insert(entry.id);
  }
  std::vector<MatrixEntry> added;
  for (const auto& id : selection.defenses) {
    const auto cards = Registry::Get().Cards(PluginKind::kDefense);
    const bool registered =
        std::any_of(cards.begin(), cards.end(), [&](auto* c) { return c->name == id; });
    if (registered && known.insert(id).second) added.push_back({.id = id, .plugin = id});
  }
  return added;
}

// A setting that speaks of nothing would be ignored, and somebody would wonder.
void RequireSettings(const Matrix& matrix, const Selection& selection,
                     const std::vector<Block>& selected) {
  auto named = matrix.blocks;  // a setting of the file may be of what is not selected
  named.insert(named.end(), selected.begin(), selected.end());
  const auto problems = CheckSettings(matrix, named);
  if (!problems.empty()) throw MatrixError(matrix.name, problems.front());
  const auto names = SettableNames(selected);
  for (const auto& [setting, unused] : selection.set.items()) {
    const auto why = WhySetsNothing(setting, names, selected);
    if (!why.empty()) throw MakeError("--set: {}", why);
  }
}

}  // namespace

Json SettingsOf(const Matrix& matrix, const Selection& selection) {
  return SettingsAbove(selection.set, matrix.settings);
}

std::vector<Block> Select(const Matrix& matrix, const Selection& selection) {
  Chosen datasets(selection.datasets, "dataset"), attacks(selection.attacks, "attack"),
      distillers(selection.distillers, "distiller"),
      defenses(selection.defenses, "defense", RegisteredDefenses());
  const auto added = AddedDefenses(matrix, selection);
  std::vector<Block> blocks;
  for (auto block : matrix.blocks) {
    block.defenses.insert(block.defenses.end(), added.begin(), added.end());
    block.datasets = datasets.From(block.datasets);
    block.attacks = attacks.From(block.attacks);
    block.distillers = distillers.From(block.distillers);
    block.defenses = defenses.From(block.defenses);
    if (!selection.teacher_seeds.empty()) block.teacher_seeds = selection.teacher_seeds;
    if (!selection.student_seeds.empty()) block.student_seeds = selection.student_seeds;
    blocks.push_back(std::move(block));
  }
  for (const auto* chosen : {&datasets, &attacks, &distillers, &defenses}) chosen->Check();
  RequireSettings(matrix, selection, blocks);
  return blocks;
}

std::vector<int64_t> ParseSeeds(const std::string& text) {
  constexpr int64_t kLongestRange = 10001;
  const auto wrong = [&] {
    return MakeError("seeds '{}': write them as 0-2 or 0,1,5, each from 0 to 999999999", text);
  };
  std::vector<int64_t> seeds;
  size_t at = 0;
  const auto number = [&]() -> int64_t {
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == start || at - start > 9) throw wrong();
    return std::stoll(text.substr(start, at - start));
  };
  while (true) {
    const int64_t first = number();
    int64_t last = first;
    if (at < text.size() && text[at] == '-') ++at, last = number();
    if (last < first || last - first >= kLongestRange) {
      throw MakeError("seeds '{}': {}-{} must rise and be of at most {} seeds", text, first, last,
                      kLongestRange);
    }
    for (int64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
    if (at == text.size()) return seeds;
    if (text[at++] != ',') throw wrong();
  }
}

void AddSetting(const std::string& text, Json& settings) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || text.find('.') > equals) {
    throw MakeError("--set {}: write it as plugin.option=value", text);
  }
  const auto value = text.substr(equals + 1);
  auto parsed = Json::parse(value, nullptr, false);
  auto path = text.substr(0, equals);
  if (path.starts_with("defence.")) path.replace(0, 7, "defense");
  settings[path] = parsed.is_discarded() ? Json(value) : parsed;
}

}  // namespace dfkd
