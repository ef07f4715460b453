#include "leaderboard/standings/headline.h"

namespace dfkd {
namespace {

bool MayBeBest(const Standing& row) {
  return !row.control && row.asr && row.collapsed == 0 && !row.rank_apart;
}

void Collect(const Standings& standings, Headline& headline) {
  for (const auto& row : standings.rows) {
    if (row.control && row.asr) headline.control = &row;
    headline.defenses += !row.control;
    headline.ranked += row.rank.has_value();
    if (row.rank == 1) headline.best.push_back(&row);
  }
}

void FindUnproven(const Standings& standings, Headline& headline) {
  if (!headline.control) return;
  for (const auto* row : headline.best) {
    if (!ProvenLower(standings, row->defense, headline.control->defense))
      headline.unproven.push_back(row->defense);
  }
}

}  // namespace

Headline HeadlineOf(const Standings& standings) {
  Headline headline;
  Collect(standings, headline);
  const Standing* lowest = nullptr;  // rows are sorted
  for (const auto& row : standings.rows) {
    if (!lowest && MayBeBest(row)) lowest = &row;
  }
  if (!lowest) return headline;
  if (standings.shared < standings.planned) {
    headline.kind = Headline::Kind::kUnfinished;
    return headline;
  }
  if (headline.best.empty()) {
    headline.kind = Headline::Kind::kFewTeachers;
    headline.best = {lowest};
    return headline;
  }
  FindUnproven(standings, headline);
  const bool first_unproven =
      !headline.unproven.empty() && headline.unproven.front() == headline.best.front()->defense;
  headline.kind = first_unproven ? Headline::Kind::kNoneHelps : Headline::Kind::kBest;
  return headline;
}

}  // namespace dfkd
