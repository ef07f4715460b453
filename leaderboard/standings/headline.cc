#include "leaderboard/standings/headline.h"

#include <algorithm>

namespace dfkd {
namespace {

bool MayBeBest(const Standing& row) {
  return !row.control && row.asr && row.collapsed == 0 && !row.rank_apart;
}

void Collect(const Standings& standings, Headline& headline) {
  headline.so_far = standings.shared < standings.planned;
  for (const auto& row : standings.rows) {
    headline.ranked += row.rank.has_value();
    if (row.rank == 1) headline.best.push_back(&row);
    if (row.control) continue;
    ++headline.defenses;
    headline.most = std::max(headline.most, row.finished);
  }
}

// Means of two rows are compared over the cells of their pair alone.
void FindControl(const Standings& standings, Headline& headline) {
  const auto control = std::find_if(standings.rows.begin(), standings.rows.end(),
                                    [](const Standing& row) { return row.control && row.asr; });
  if (control == standings.rows.end()) return;
  const auto& best = *headline.best.front();
  for (const auto& pair : standings.pairs) {
    const auto &a = standings.entrants[pair.a], &b = standings.entrants[pair.b];
    const bool first = a == best.defense && b == control->defense;
    if (!pair.difference || (!first && (b != best.defense || a != control->defense))) continue;
    headline.control = &*control;
    headline.difference = (first ? 1 : -1) * pair.difference->mean;
    headline.cells = pair.difference->cells;
    headline.same_cells =
        headline.cells == best.asr->cells && headline.cells == control->asr->cells;
  }
}

void FindProven(const Standings& standings, Headline& headline) {
  if (!headline.control) return;
  const auto proven = [&](const Standing& row) {
    return ProvenLower(standings, row.defense, headline.control->defense);
  };
  for (const auto* row : headline.best) {
    if (!proven(*row)) headline.unproven.push_back(row->defense);
  }
  for (const auto& row : standings.rows) {
    if (!row.control && row.collapsed == 0 && proven(row)) headline.proven.push_back(row.defense);
  }
}

}  // namespace

Headline HeadlineOf(const Standings& standings) {
  Headline headline;
  Collect(standings, headline);
  const auto lowest = std::find_if(standings.rows.begin(), standings.rows.end(), MayBeBest);
  if (lowest == standings.rows.end()) return headline;
  const bool few = headline.best.empty();
  if (few) headline.best = {&*lowest};  // rows are sorted
  FindControl(standings, headline);
  if (!few) FindProven(standings, headline);
  const bool helps = !headline.control || !headline.proven.empty();
  headline.kind = few     ? Headline::Kind::kFewTeachers
                  : helps ? Headline::Kind::kBest
                          : Headline::Kind::kNoneHelps;
  return headline;
}

}  // namespace dfkd
