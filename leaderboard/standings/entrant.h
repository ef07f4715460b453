// What a standing is made of: a defence with the cells that its numbers are over. Used by
// StandingsOf alone.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "leaderboard/standings/standings.h"
#include "leaderboard/standings/support.h"

namespace dfkd {

struct Entrant {
  std::string defense;
  const Support::Cells* cells = nullptr;
  // Those that its numbers are over, and those of them where the ASR counts; sorted.
  std::vector<GroupCell> places, counted;

  const Score& At(const GroupCell& place) const { return *cells->at(place); }
};
Entrant EntrantOf(const Support& support, const std::string& defense);

// What is measured in a finished cell; absent where it is unknown.
using Measure = std::function<std::optional<double>(const GroupCell&, const Score&)>;
std::optional<double> AsrOf(const GroupCell& place, const Score& score);
std::optional<double> AccOf(const GroupCell& place, const Score& score);
std::optional<double> SecondsOf(const GroupCell& place, const Score& score);

// At places where it is known.
std::vector<double> ValuesOf(const Entrant& entrant, const std::vector<GroupCell>& places,
                             const Measure& measure);

// The numbers of one defence; `control`: the cells of the undefended student, null without one.
Standing StandingOf(const Entrant& entrant, const Support& support, const Support::Cells* control);

// Fills in what hangs on the others: pairs, ranks, chances, the front. Every entrant has a row.
void CompareEntrants(const Support& support, const std::vector<Entrant>& entrants,
                     Standings& standings);

}  // namespace dfkd
