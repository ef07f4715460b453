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

// With a detector's word on every teacher, and every attacked student tried after 10 images.
inline std::vector<Score> ToyAsked() {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    const bool attacked = score.cell.attack != "none";
    score.detectors["mm_bd"] = {DetectionScore{attacked ? 2.0 : 1.0, attacked, 0},
                                DetectionScore{1.0, false, 3}};
    if (score.student && score.student->asr)
      score.reactivation = {{.images = 10, .acc = 0.8, .asr = 0.6, .floor_asr = 0.3, .kappa = 2.0}};
  }
  return scores;
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
