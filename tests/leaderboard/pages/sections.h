// A group as the page of its matrix shows it, for tests.
#pragma once
#include <string>
#include <vector>

#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/toy.h"

namespace dfkd {

// Answer and standings of the first group of the first matrix.
inline std::string SectionOf(std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  const auto board = site::BoardOf(matrices.at(0));
  const auto& group = board.groups.front();
  return Templates().Render("headline", site::HeadlineData(group.standings)) +
         Templates().Render("standings", site::StandingsData(group, "id", "anchor"));
}

// The toy scores with three teacher seeds each; the ASR moves by a tenth of a percent.
inline std::vector<Score> WithThreeTeachers() {
  std::vector<Score> scores;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    if (score.cell.teacher_seed != 0) continue;
    const auto asr = score.student ? score.student->asr : std::nullopt;
    for (const int64_t seed : {0, 1, 2}) {
      score.cell.teacher_seed = seed;
      if (asr) score.student->asr = *asr + 0.001 * static_cast<double>(seed);
      scores.push_back(score);
    }
  }
  return scores;
}

// The same with four student seeds: of 24 cells one may be missing in nine tenths.
inline std::vector<Score> WithFourStudents() {
  std::vector<Score> scores;
  for (auto score : WithThreeTeachers()) {
    for (const int64_t student : {0, 1, 2, 3}) {
      score.cell.student_seed = student;
      scores.push_back(score);
    }
  }
  return scores;
}

}  // namespace dfkd
