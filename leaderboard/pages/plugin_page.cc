// attacks/<name>.html, defenses/…, distillers/…, datasets/…: one plugin, and how it did.
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "bench/core/registry.h"
#include "leaderboard/pages/adaptive.h"
#include "leaderboard/pages/history_section.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/papers.h"
#include "leaderboard/pages/plugin_info.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/design.h"

namespace dfkd::site {
namespace {

// The ids under which a plugin takes part in a group.
std::set<std::string> IdsOf(const ShownPlugin& plugin, const GroupBoard& group) {
  std::set<std::string> ids;
  const std::string axis = Name(plugin.kind);
  for (const auto* score : group.scores) {
    if (score->entries.at(axis).plugin != plugin.name) continue;
    const auto& cell = score->cell;
    ids.insert(plugin.kind == PluginKind::kDataset     ? cell.dataset
               : plugin.kind == PluginKind::kAttack    ? cell.attack
               : plugin.kind == PluginKind::kDistiller ? cell.distiller
                                                       : cell.defense);
  }
  return ids;
}

// Entries that this one is proven to be better than, or worse. Who collapsed is better than nobody.
std::string Proven(const Standings& standings, const std::string& entry, bool better) {
  std::vector<std::string> others;
  for (const auto& other : standings.entrants) {
    if (better ? ProvenBetter(standings, entry, other) : ProvenBetter(standings, other, entry))
      others.push_back(other);
  }
  return fmt::format("{}", fmt::join(others, ", "));
}

std::string Beats(const Standings& standings, const Standing& row) {
  if (row.collapsed == 0) return Proven(standings, row.defense, true);
  return fmt::format("nobody: utility collapse in {} of {} finished cells", row.collapsed,
                     row.finished);
}

Json StandingOfEntry(const GroupBoard& group, const std::string& entry) {
  const auto& rows = group.standings.rows;
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Standing& one) { return one.defense == entry; });
  if (row == rows.end()) return nullptr;
  Json data = StandingData(*row, group.standings);
  data["entry"] = entry;
  data["beats"] = Beats(group.standings, *row);
  data["beaten"] = Proven(group.standings, entry, false);
  return data;
}

// With the deviation of the cells.
Json MeanOr(const std::vector<SeededValue>& values) {
  const auto mean = MeanOverSeeds(values);
  if (!mean) return Missing("no cell ended with a number");
  std::vector<double> cells;
  for (const auto& one : values) cells.push_back(one.value);
  const auto sd = Summarize(cells)->sd;
  return Shown(Percent(*mean), sd ? "± " + Percent(*sd) : "");
}

// Why not all cells of a row count, or are there: "others: diverged, not_transferred".
std::string WhyOthers(const std::vector<const Score*>& scores, const Averaged& mean) {
  std::set<std::string> reasons;
  for (const auto* score : scores) {
    if (!Finished(*score)) reasons.insert(StatusText(score->status));
  }
  if (!mean.others.empty()) reasons.insert(mean.others);
  if (reasons.empty()) return "";
  const char* begin = mean.counted > 0 ? "others: " : mean.scores.empty() ? "" : "in no mean: ";
  return fmt::format("{}{}", begin, fmt::join(reasons, ", "));
}

// A defence under an attack: means, with their spread, over the cells that count; where none does,
// over those that ended well.
Json AgainstRow(const std::vector<const Score*>& scores) {
  std::vector<const Score*> ended;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(ended),
               [](const Score* score) { return Finished(*score); });
  const auto mean = CountedOrAll(ended);
  std::vector<SeededValue> asr, acc;
  for (const auto* score : mean.scores) {
    const auto& cell = score->cell;
    asr.push_back({cell.attack, cell.teacher_seed, *score->student->asr});
    acc.push_back({cell.attack, cell.teacher_seed, *score->student->acc});
  }
  const auto& first = *scores.front();
  const auto& plugin = first.entries.at("defense").plugin;
  return {{"defense", first.cell.defense},
          {"page", "../" + PluginPage(PluginKind::kDefense, plugin)},
          {"asr", MeanOr(asr)},
          {"acc", MeanOr(acc)},
          {"cells", mean.counted == scores.size()
                        ? fmt::format("{}", scores.size())
                        : fmt::format("{} of {}", mean.counted, scores.size())},
          {"why", WhyOthers(scores, mean)}};
}

// "gate of the teacher failed in 2, passed in 22 cells".
std::string GatesText(const GroupBoard& group, const std::string& attack) {
  std::map<std::string, int64_t> gates;
  for (const auto* score : group.scores) {
    if (score->cell.attack == attack && score->teacher && score->teacher->gate)
      ++gates[*score->teacher->gate];
  }
  if (gates.empty()) return "no gate";
  std::vector<std::string> said;
  for (const auto& [gate, count] : gates) said.push_back(fmt::format("{} in {}", gate, count));
  return fmt::format("gate of the teacher {} cells", fmt::join(said, ", "));
}

// Every defence against an attack, the undefended first and then by name: means over different
// cells make no ranking.
Json AgainstAttack(const GroupBoard& group, const std::string& attack) {
  std::map<std::pair<bool, std::string>, std::vector<const Score*>> defenses;
  for (const auto* score : group.scores) {
    if (score->cell.attack != attack) continue;
    const bool defended = score->entries.at("defense").plugin != "none";
    defenses[{defended, score->cell.defense}].push_back(score);
  }
  Json rows = Json::array();
  for (const auto& [unused, scores] : defenses) rows.push_back(AgainstRow(scores));
  return {{"entry", attack}, {"teachers", GatesText(group, attack)}, {"rows", std::move(rows)}};
}

// One of its entries in one group; `number`: of how many results stand before it in the page.
Json ResultOf(const ShownPlugin& plugin, const Board& board, const GroupBoard& group,
              const std::string& id, size_t number) {
  const auto page = "../" + MatrixPage(board.matrix->name);
  Json data = GroupNames(group.group);
  data.update({{"matrix", board.matrix->name},
               {"demonstration", board.matrix->demonstration()},
               {"address", page + "#" + GroupAnchor(board, group.group)},
               {"cells_address", "../" + CellsOfEntry(board.matrix->name, plugin.kind, id)},
               {"sentence", nullptr},
               {"standing", nullptr},
               {"moments", nullptr},
               {"against", nullptr}});
  if (plugin.kind == PluginKind::kDefense) {
    data["standing"] = StandingOfEntry(group, id);
    data["moments"] = MomentsData(group, fmt::format("h{}", number), id);
  }
  if (plugin.kind == PluginKind::kAttack && plugin.name != "none")
    data["against"] = AgainstAttack(group, id);
  if (plugin.kind == PluginKind::kDistiller || plugin.kind == PluginKind::kDataset)
    data["sentence"] = HeadlineData(group.standings);
  return data;
}

Json ResultsOf(const ShownPlugin& plugin, const std::vector<Board>& boards) {
  Json items = Json::array();
  for (const auto& board : boards) {
    for (const auto& group : board.groups) {
      for (const auto& id : IdsOf(plugin, group))
        items.push_back(ResultOf(plugin, board, group, id, items.size()));
    }
  }
  return ListOrNull(std::move(items));
}

std::string AllowedText(const Json& option) {
  std::vector<std::string> values;
  for (const auto& value : option.at("allowed"))
    values.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  if (!values.empty()) return fmt::format("{}", fmt::join(values, ", "));
  const auto &low = option.at("lowest"), &high = option.at("highest");
  if (low.is_null() && high.is_null()) return option.at("type");
  return fmt::format("{} to {}", low.is_null() ? "…" : low.dump(),
                     high.is_null() ? "…" : high.dump());
}

Json OptionRows(const PluginInfo& info) {
  Json items = Json::array();
  for (const auto& option : info.options) {
    const auto& initial = option.at("default");
    items.push_back({{"name", option.at("name")},
                     {"default", initial.is_string() ? initial.get<std::string>() : initial.dump()},
                     {"allowed", AllowedText(option)},
                     {"doc", option.at("doc")}});
  }
  return ListOrNull(std::move(items));
}

bool IsAttackAware(const ShownPlugin& plugin, const std::vector<Board>& boards) {
  const std::string axis = Name(plugin.kind);
  for (const auto& board : boards) {
    for (const auto& score : board.matrix->scores) {
      const auto& entry = score.entries.at(axis);
      if (entry.plugin == plugin.name && entry.attack_aware) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<ShownPlugin> PluginsIn(const std::vector<Board>& boards) {
  std::set<std::pair<PluginKind, std::string>> names;
  for (const auto& board : boards) {
    for (const auto& score : board.matrix->scores) {
      for (const auto kind : kCellKinds) names.emplace(kind, score.entries.at(Name(kind)).plugin);
    }
  }
  const auto scored = names;
  for (const auto kind : kCellKinds) {
    for (const auto* card : Registry::Get().Cards(kind)) names.emplace(kind, card->name);
  }
  std::vector<ShownPlugin> plugins;
  for (const auto& one : names) plugins.push_back({one.first, one.second, scored.contains(one)});
  return plugins;
}

Json PluginPageData(const ShownPlugin& plugin, const std::vector<Board>& boards) {
  const auto info = InfoOf(plugin.kind, plugin.name);
  const auto& paper = PaperAt(info.paper);
  const bool attack = plugin.kind == PluginKind::kAttack;
  const auto adapts_to = attack ? AdaptsTo(plugin.name) : std::vector<std::string>();
  return PageData({.title = fmt::format("{}, {} · dfkd-bench", plugin.name, KindText(plugin.kind)),
                   .description = info.summary.empty() ? plugin.name : info.summary,
                   .root = "../"},
                  "plugin",
                  {{"name", plugin.name},
                   {"kind", KindText(plugin.kind)},
                   {"control", info.control},
                   {"adapts_to", fmt::format("{}", fmt::join(adapts_to, ", "))},
                   {"attack_aware", plugin.scored && IsAttackAware(plugin, boards)},
                   {"summary", info.summary},
                   {"unknown", !info.revision && info.summary.empty()},
                   {"family", info.family},
                   {"access", info.access},
                   {"revision", info.revision ? Json(*info.revision) : Json()},
                   {"paper", info.paper},
                   {"paper_text", paper.title.empty() ? WithoutScheme(info.paper) : paper.title},
                   {"paper_by", PaperBy(paper)},
                   {"code", info.code},
                   {"bibtex", info.bibtex},
                   {"results", plugin.scored ? ResultsOf(plugin, boards) : Json()},
                   {"pictures", nullptr},  // AddPicturesTo
                   {"options", OptionRows(info)}});
}

}  // namespace dfkd::site
