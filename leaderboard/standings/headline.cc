#include "leaderboard/standings/headline.h"

#include <algorithm>

namespace dfkd {
namespace {

bool MayBeBest(const Standing& row) {
  return IsDefense(row) && row.asr && row.collapsed == 0 && !row.rank_apart;
}

void Collect(const Standings& standings, Headline& headline) {
  headline.so_far = standings.shared < standings.planned;
  for (const auto& row : standings.rows) {
    headline.ranked += row.rank.has_value();
    if (row.rank == 1) headline.best.push_back(&row);
    if (!IsDefense(row)) continue;
    ++headline.defenses;
    headline.most = std::max(headline.most, row.finished);
  }
}

// The mean ASR of a minus that of b, over the cells that count and both finished; absent if there
// are none. Without an interval.
std::optional<Estimate> PairedDifference(const Standings& standings, const std::string& a,
                                         const std::string& b) {
  for (const auto& pair : standings.pairs) {
    const auto &x = standings.entrants[pair.a], &y = standings.entrants[pair.b];
    const bool forth = x == a && y == b;
    if (!pair.difference || (!forth && (y != a || x != b))) continue;
    auto difference = *pair.difference;
    if (!forth) difference.mean = -difference.mean;
    difference.interval.reset();  // nobody asks for it
    return difference;
  }
  return std::nullopt;
}

// Means of two rows are compared over the cells of their pair alone.
void FindControl(const Standings& standings, Headline& headline) {
  const auto control = std::find_if(standings.rows.begin(), standings.rows.end(),
                                    [](const Standing& row) { return row.control && row.asr; });
  if (control == standings.rows.end()) return;
  const auto& best = *headline.best.front();
  const auto difference = PairedDifference(standings, best.defense, control->defense);
  if (!difference) return;
  headline.control = &*control;
  headline.difference = difference->mean;
  headline.cells = difference->cells;
  headline.same_cells = headline.cells == best.asr->cells && headline.cells == control->asr->cells;
}

void FindProven(const Standings& standings, Headline& headline) {
  if (!headline.control) return;
  const auto& control = headline.control->defense;
  for (const auto* row : headline.best) {
    if (!ProvenBetter(standings, row->defense, control)) headline.unproven.push_back(row->defense);
  }
  for (const auto& row : standings.rows) {
    if (!IsDefense(row)) continue;
    if (ProvenBetter(standings, row.defense, control)) headline.proven.push_back(row.defense);
    if (ProvenLower(standings, control, row.defense)) headline.worse.push_back(row.defense);
  }
}

void FindApart(const Standings& standings, Headline& headline) {
  const auto& first = headline.best.front()->defense;
  for (const auto& row : standings.rows) {
    if (!row.rank_apart) continue;
    const auto difference = PairedDifference(standings, row.defense, first);
    if (!difference || difference->mean >= 0) continue;
    const bool proven = ProvenBetter(standings, row.defense, first);
    const bool helps =
        headline.control && ProvenBetter(standings, row.defense, headline.control->defense);
    if (proven || helps) headline.apart.push_back({&row, difference->mean, proven});
  }
}

// Not those alone that are proven to be lower: the lowest mean of a table is always told.
void FindCollapsed(const Standings& standings, Headline& headline) {
  const auto& first = headline.best.front()->defense;
  for (const auto& row : standings.rows) {
    if (!IsDefense(row) || row.collapsed == 0) continue;
    const auto difference = PairedDifference(standings, row.defense, first);
    if (!difference || difference->mean >= 0) continue;
    headline.collapsed.push_back(
        {&row, difference->mean, ProvenLower(standings, row.defense, first)});
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
  if (!few) FindApart(standings, headline);
  FindCollapsed(standings, headline);
  const bool helps = !headline.control || !headline.proven.empty();
  headline.kind = few     ? Headline::Kind::kFewTeachers
                  : helps ? Headline::Kind::kBest
                          : Headline::Kind::kNoneHelps;
  return headline;
}

}  // namespace dfkd
