// Attacks by defences.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "bench/scores/validity.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

using HeatCell = std::vector<const Score*>;  // over seeds

// Where a reader finds the cells behind a mean: in the application's table.
std::string CellsAddress(const Score& score) {
  const auto& cell = score.cell;
  return fmt::format("#{}/cells?dataset={}&distiller={}&attack={}&defense={}", FileOf(score.matrix),
                     Encoded(cell.dataset), Encoded(cell.distiller), Encoded(cell.attack),
                     Encoded(cell.defense));
}

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
  std::vector<double> values;
  for (const auto* score : scores) {
    if (const auto v = value(*score)) values.push_back(*v);
  }
  const auto summary = Summarize(values);
  return summary ? std::optional(summary->mean) : std::nullopt;
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

// The flags that keep all of the cells out of means of ASR; "" if one is in.
std::string Uncounted(const HeatCell& good) {
  std::set<std::string> flags;
  for (const auto* score : good) {
    if (CountsForAsr(*score) || !Asr(*score)) return "";
    std::copy_if(score->validity.begin(), score->validity.end(), std::inserter(flags, flags.end()),
                 KeepsOutOfMeans);
  }
  return fmt::format("{}", fmt::join(flags, ", "));
}

bool IsOk(const Score* score) { return score->status == Status::kOk; }

// "4 of 5 seeds: 1 diverged"; "" where all that are expected ended well.
std::string Partial(const HeatCell& scores, size_t expected) {
  const auto good = static_cast<size_t>(std::count_if(scores.begin(), scores.end(), IsOk));
  expected = std::max(expected, scores.size());
  if (good == expected) return "";
  std::map<std::string, size_t> others;
  for (const auto* score : scores) {
    if (!IsOk(score)) ++others[StatusText(score->status)];
  }
  if (expected > scores.size()) others["without a score"] = expected - scores.size();
  std::vector<std::string> texts;
  for (const auto& [what, count] : others) texts.push_back(fmt::format("{} {}", count, what));
  return fmt::format("{} of {} seeds: {}", good, expected, fmt::join(texts, ", "));
}

// `expected`: how many seeds there should be. `linked`: whether the page has a row for each cell.
Json HeatCellData(const HeatCell& scores, size_t expected, bool linked) {
  Json data = {{"absent", nullptr}, {"bad", nullptr}, {"good", nullptr}};
  if (scores.empty()) {
    data["absent"] = {{"why", expected > 0 ? "no score" : "not in this matrix"}};
    return data;
  }
  const auto only = "#" + CellAnchor(scores.front()->matrix, scores.front()->cell);
  data["seeds"] = linked ? SeedLinks(scores) : Json();
  data["partial"] = Partial(scores, expected);
  HeatCell good;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(good), IsOk);
  if (good.empty()) {
    const auto& bad = *scores.front();
    data["bad"] = {{"page", "#" + CellAnchor(bad.matrix, bad.cell)},
                   {"status", StatusText(bad.status)},
                   {"reason", bad.reason.value_or("")}};
    return data;
  }
  const auto asr = MeanOf(good, Asr), acc = MeanOf(good, Acc), floor = MeanOf(good, Floor);
  const auto why = WhyMissing(*good.front());
  data["good"] = {{"page", !linked              ? Json(CellsAddress(*scores.front()))
                           : scores.size() == 1 ? Json(only)
                                                : Json()},
                  {"heat", asr ? fmt::format("h{}", std::lround(10 * *asr)) : ""},
                  {"asr", asr ? Json(Percent(*asr)) : Json()},
                  {"acc", PercentOr(acc, why)},
                  {"floor", floor ? Json(Percent(*floor)) : Json()},
                  {"uncounted", Uncounted(good)},
                  {"why", why}};
  return data;
}

}  // namespace

Json HeatMapData(const std::vector<const Score*>& scores, const std::vector<Cell>& planned) {
  std::set<std::string> attacks;
  std::set<std::pair<bool, std::string>> defenses;  // the undefended first
  std::map<std::pair<std::string, std::string>, HeatCell> cells;
  for (const auto* score : scores) {
    defenses.emplace(score->entries.at("defense").plugin != "none", score->cell.defense);
    attacks.insert(score->cell.attack);
    cells[{score->cell.attack, score->cell.defense}].push_back(score);
  }
  std::map<std::pair<std::string, std::string>, size_t> expected;
  for (const auto& cell : planned) {
    defenses.emplace(cell.defense != "none", cell.defense);
    attacks.insert(cell.attack);
    ++expected[{cell.attack, cell.defense}];
  }
  const bool linked = std::max(scores.size(), planned.size()) <= kMostRows;
  Json columns = Json::array(), rows = Json::array();
  for (const auto& [unused, defense] : defenses) columns.push_back({{"defense", defense}});
  for (const auto& attack : attacks) {
    Json row = Json::array();
    for (const auto& [unused, defense] : defenses) {
      row.push_back(HeatCellData(cells[{attack, defense}], expected[{attack, defense}], linked));
    }
    rows.push_back({{"attack", attack}, {"heat_cells", std::move(row)}});
  }
  return {{"heat_columns", std::move(columns)}, {"heat_rows", std::move(rows)}};
}

}  // namespace dfkd::site
