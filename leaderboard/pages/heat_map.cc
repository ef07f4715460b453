// Attacks by defences.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "leaderboard/pages/adaptive.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/design.h"

namespace dfkd::site {
namespace {

using HeatCell = std::vector<const Score*>;  // over seeds

// Links to the cells behind a mean; null for a single one.
Json SeedLinks(const HeatCell& scores) {
  Json items = Json::array();
  for (const auto* score : scores) {
    items.push_back(
        {{"page", "#" + CellAnchor(score->matrix, score->cell)}, {"pair", SeedText(score->cell)}});
  }
  return scores.size() < 2 ? Json() : ListOrNull(std::move(items));
}

std::optional<double> MeanOf(const HeatCell& scores,
                             const std::function<std::optional<double>(const Score&)>& value) {
  std::vector<SeededValue> values;
  for (const auto* score : scores) {
    const auto& cell = score->cell;
    if (const auto v = value(*score)) values.push_back({cell.attack, cell.teacher_seed, *v});
  }
  return MeanOverSeeds(values);
}

std::optional<double> Asr(const Score& score) {
  return score.student ? score.student->asr : std::nullopt;
}
std::optional<double> Acc(const Score& score) {
  return score.student ? score.student->acc : std::nullopt;
}
std::optional<double> Floor(const Score& score) {
  return score.floor ? score.floor->asr : std::nullopt;
}

bool IsOk(const Score* score) { return score->status == Status::kOk; }

// "4 of 5 seeds: 1 diverged"; "" where all ended well. `absent`: seeds without a score.
std::string Partial(const HeatCell& scores, size_t absent) {
  const auto good = static_cast<size_t>(std::count_if(scores.begin(), scores.end(), IsOk));
  const auto all = scores.size() + absent;
  if (good == all) return "";
  std::map<std::string, size_t> others;
  for (const auto* score : scores) {
    if (!IsOk(score)) ++others[StatusText(score->status)];
  }
  if (absent > 0) others["without a score"] = absent;
  std::vector<std::string> texts;
  for (const auto& [what, count] : others) texts.push_back(fmt::format("{} {}", count, what));
  return fmt::format("{} of {} seeds: {}", good, all, fmt::join(texts, ", "));
}

// "2 of 3 seeds count (others: not_transferred)"; "" where all of them count or none.
std::string CountsText(const Averaged& mean, size_t all) {
  if (mean.counted == 0 || mean.counted == all) return "";
  const auto others = mean.others.empty() ? "" : fmt::format(" (others: {})", mean.others);
  return fmt::format("{} of {} seeds count{}", mean.counted, all, others);
}

Json PageOf(const HeatCell& scores, bool linked) {
  const auto& first = *scores.front();
  if (scores.size() == 1) return CellAddress(first.matrix, first.cell, linked);
  return linked ? Json() : Json(CellsAddress(first, first.cell.defense, first.cell.attack));
}

// Flags that say how to read the number and keep it in means; those that keep it out are told
// apart.
std::string WarningsOf(const std::vector<const Score*>& scores) {
  std::set<std::string> flags;
  for (const auto* score : scores) {
    std::copy_if(score->validity.begin(), score->validity.end(), std::inserter(flags, flags.end()),
                 [](const std::string& flag) { return !KeepsOutOfMeans(flag); });
  }
  return fmt::format("{}", fmt::join(flags, ", "));
}

// Of those that ended well. Without an attack there is no ASR, and nothing that could not count.
Json GoodData(const HeatCell& good) {
  const auto mean = CountedOrAll(good);
  const auto asr = MeanOf(mean.scores, Asr), floor = MeanOf(mean.scores, Floor);
  const auto why = WhyMissing(*good.front());
  return {{"heat", asr ? fmt::format("h{}", std::lround(10 * *asr)) : ""},
          {"asr", asr ? Json(Percent(*asr)) : Json()},
          {"acc", PercentOr(MeanOf(mean.scores, Acc), why)},
          {"floor", floor ? Json(Percent(*floor)) : Json()},
          {"counts", CountsText(mean, good.size())},
          {"uncounted", asr && mean.counted == 0 ? mean.others : ""},
          {"flagged", WarningsOf(mean.scores)},
          {"why", why}};
}

Json BadData(const Score& bad, bool linked) {
  return {{"page", CellAddress(bad.matrix, bad.cell, linked)},
          {"status", StatusText(bad.status)},
          {"reason", bad.reason.value_or("")}};
}

// `absent`: planned seeds without a score. `linked`: whether the page has a row for each cell.
Json HeatCellData(const HeatCell& scores, size_t absent, bool linked) {
  Json data = {{"absent", nullptr}, {"bad", nullptr}, {"good", nullptr}};
  if (scores.empty()) {
    data["absent"] = {{"why", absent > 0 ? "no score" : "no cell"}};
    return data;
  }
  data["seeds"] = linked ? SeedLinks(scores) : Json();
  data["partial"] = Partial(scores, absent);
  HeatCell good;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(good), IsOk);
  if (good.empty()) {
    data["bad"] = BadData(*scores.front(), linked);
    return data;
  }
  data["good"] = GoodData(good);
  data["good"]["page"] = PageOf(scores, linked);
  return data;
}

// What lies where: by attack and defence the scores, and how many planned cells have none. A
// defence without any score has no column: the standings name it.
struct HeatMap {
  std::map<std::string, std::string> attacks;  // -> plugin; most ids without a score are plugins
  std::map<std::string, const Entry*> defenses;
  std::map<std::pair<std::string, std::string>, HeatCell> cells;
  std::map<std::pair<std::string, std::string>, size_t> absent;
};

HeatMap HeatMapOf(const std::vector<const Score*>& scores, const std::vector<Cell>& planned) {
  HeatMap map;
  std::set<Cell> scored;
  for (const auto* score : scores) {
    const auto& cell = score->cell;
    scored.insert(cell);
    map.attacks[cell.attack] = score->entries.at("attack").plugin;
    map.defenses[cell.defense] = &score->entries.at("defense");
    map.cells[{cell.attack, cell.defense}].push_back(score);
  }
  for (const auto& cell : planned) {
    if (scored.contains(cell)) continue;
    map.attacks.try_emplace(cell.attack, cell.attack);
    ++map.absent[{cell.attack, cell.defense}];
  }
  return map;
}

// The undefended first: it is no defence.
std::vector<std::string> ColumnsOf(const HeatMap& map) {
  std::vector<std::string> defenses;
  for (const auto& [defense, unused] : map.defenses) defenses.push_back(defense);
  std::stable_partition(defenses.begin(), defenses.end(), [&](const std::string& defense) {
    return map.defenses.at(defense)->plugin == "none";
  });
  return defenses;
}

// Those without any score last, where they hide nothing.
std::vector<std::string> AttacksOf(const HeatMap& map) {
  std::set<std::string> scored;
  for (const auto& [at, unused] : map.cells) scored.insert(at.first);
  std::vector<std::string> attacks;
  for (const auto& [attack, unused] : map.attacks) attacks.push_back(attack);
  std::stable_partition(attacks.begin(), attacks.end(),
                        [&](const std::string& attack) { return scored.contains(attack); });
  return attacks;
}

// The columns of defences that the attack was built against and has a cell with: "abd, abd_late".
std::string AdaptedColumns(const HeatMap& map, const std::string& attack, const std::string& plugin,
                           const std::vector<std::string>& columns) {
  const auto plugins = AdaptsTo(plugin);
  std::vector<std::string> adapted;
  std::copy_if(columns.begin(), columns.end(), std::back_inserter(adapted),
               [&](const std::string& defense) {
                 const std::pair at(attack, defense);
                 return RunsOneOf(*map.defenses.at(defense), plugins) &&
                        (map.cells.contains(at) || map.absent.contains(at));
               });
  return fmt::format("{}", fmt::join(adapted, ", "));
}

}  // namespace

Json HeatMapData(const std::vector<const Score*>& scores, const std::vector<Cell>& planned,
                 bool linked) {
  auto map = HeatMapOf(scores, planned);
  const auto defenses = ColumnsOf(map);
  Json columns = Json::array(), rows = Json::array();
  for (const auto& defense : defenses) columns.push_back({{"defense", defense}});
  for (const auto& attack : AttacksOf(map)) {
    const auto adapts = AdaptedColumns(map, attack, map.attacks.at(attack), defenses);
    Json row = Json::array();
    for (const auto& defense : defenses) {
      const std::pair at(attack, defense);
      row.push_back(HeatCellData(map.cells[at], map.absent[at], linked));
    }
    rows.push_back({{"attack", attack}, {"adapts_to", adapts}, {"heat_cells", std::move(row)}});
  }
  return {{"heat_columns", std::move(columns)}, {"heat_rows", std::move(rows)}};
}

}  // namespace dfkd::site
