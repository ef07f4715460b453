#include "leaderboard/standings/headline.h"

#include <cmath>

namespace dfkd {
namespace {

int64_t Printed(double fraction) { return std::llround(1000 * fraction); }

void Collect(const Standings& standings, Headline& headline) {
  for (const auto& row : standings.rows) {
    if (row.control && row.worst) headline.control = &row;
    headline.defenses += !row.control;
    headline.ranked += row.rank.has_value();
    if (row.rank == 1) headline.best.push_back(&row);
  }
}

void FindNotApart(const Standings& standings, Headline& headline) {
  for (const auto& row : standings.rows) {
    const bool compared = row.rank ? row.rank != 1 : row.control && row.worst;
    if (compared && (!row.behind || row.behind->high >= 0))
      headline.not_apart.push_back(row.defense);
  }
}

}  // namespace

Headline HeadlineOf(const Standings& standings) {
  Headline headline;
  Collect(standings, headline);
  if (headline.best.empty()) return headline;
  if (standings.shared < standings.planned) {
    headline.kind = Headline::Kind::kUnfinished;
    return headline;
  }
  const auto* control = headline.control;
  const bool helps = !control || Printed(*headline.best[0]->worst) < Printed(*control->worst);
  headline.kind = helps ? Headline::Kind::kBest : Headline::Kind::kNoneHelps;
  if (helps) FindNotApart(standings, headline);
  return headline;
}

}  // namespace dfkd
