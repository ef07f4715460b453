// The toy scores with a history.
#pragma once
#include <vector>

#include "tests/leaderboard/toy.h"

namespace dfkd {

// On the second day a cell of abd was replaced, whose ASR was higher by 40 points; on the third one
// joined. All else is of the first day.
inline std::vector<Score> ToyMoved() {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.defense != "abd") continue;
    if (score.cell.attack == "blend_0.1") score.provenance.created = "2024-06-02T12:00:00Z";
    if (score.cell.attack != "badnets_grid" || score.cell.teacher_seed != 1) continue;
    FormerResult former;
    former.since = score.provenance.created;
    former.track = score.track;
    former.acc = score.student->acc;
    former.asr = *score.student->asr + 0.4;
    former.counts = true;
    score.former = {former};
    score.added = "2024-06-01T12:00:00Z";
  }
  return scores;
}

}  // namespace dfkd
