// The fictional scores of tests/scores/fixtures, and what stands where on their leaderboard.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "leaderboard/standings/standings.h"
#include "tests/scores/fixtures.h"

namespace dfkd {

// With a flag on every score that is chosen.
inline std::vector<Score> ToyFlagged(const char* flag,
                                     const std::function<bool(const Cell&)>& chosen) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.status == Status::kOk && chosen(score.cell)) score.validity.push_back(flag);
  }
  return scores;
}

inline std::vector<Score> ToyCollapsed() {
  return ToyFlagged("utility_collapse", [](const Cell& cell) {
    return cell.defense == "abd" && cell.attack == "blend_0.1";
  });
}

inline std::vector<Score> ToyWithoutTransferOfBlend() {
  return ToyFlagged("not_transferred", [](const Cell& cell) { return cell.attack == "blend_0.1"; });
}

inline std::vector<Score> ToyWithoutTransfer() {
  return ToyFlagged("not_transferred", [](const Cell&) { return true; });
}

// Of the first group of the first matrix.
inline Standings StandingsIn(std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  return StandingsOf(ByGroup(matrices.at(0)).begin()->second);
}

inline Standings ToyStandings() { return StandingsIn(ReadScores(Fixtures() / "valid")); }

inline const Standing& RowOf(const Standings& standings, const std::string& defense) {
  return *std::find_if(standings.rows.begin(), standings.rows.end(),
                       [&](const auto& row) { return row.defense == defense; });
}

}  // namespace dfkd
