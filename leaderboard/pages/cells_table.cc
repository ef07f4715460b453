// All cells of a matrix.
#include <fmt/format.h>

#include "bench/scores/paid_cost.h"
#include "leaderboard/pages/adaptive.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

std::string AsrInterval(const Score& score) {
  const auto counts = score.counts.find("student");
  if (counts == score.counts.end() || !counts->second.target) return "";
  return Interval(counts->second.target->hits, counts->second.target->of);
}

// A planned cell without a score: its names.
Json AbsentRow(const std::string& matrix, const Cell& cell) {
  const auto none = Missing("no score");
  Json row = CoordinatesData(cell);
  const auto anchor = CellAnchor(matrix, cell);
  row.update({{"anchor", anchor},
              {"page", "#" + anchor},
              {"adapts_to", ""},
              {"reason", ""},
              {"status", "no score"},
              {"status_name", "absent"},
              {"flags", Json::array()}});
  for (const char* name :
       {"teacher_acc", "teacher_asr", "acc", "asr", "floor", "ra", "agreement", "cost"})
    row[name] = none;
  return row;
}

Json CellRow(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  Json row = CoordinatesData(score.cell);
  row.update({{"anchor", CellAnchor(score.matrix, score.cell)},
              {"page", "#" + CellAnchor(score.matrix, score.cell)},
              {"adapts_to", IsAdaptive(score) ? score.cell.defense : ""},
              {"reason", score.reason.value_or("")},
              {"status", StatusText(score.status)},
              {"status_name", Name(score.status)},
              {"flags", FlagList(score)},
              {"teacher_acc", PercentOr(teacher.acc, why)},
              {"teacher_asr", PercentOr(teacher.asr, why)},
              {"acc", PercentOr(student.acc, why)},
              {"asr", PercentOr(student.asr, why, AsrInterval(score))},
              {"floor", PercentOr(score.floor ? score.floor->asr : std::nullopt, why)},
              {"ra", PercentOr(student.ra, why)},
              {"agreement", PercentOr(student.agreement, why)},
              {"cost", DurationOr(ComparedSeconds(score), why)}});
  return row;
}

}  // namespace

Json CellRows(const Board& board) {
  Json rows = Json::array();
  for (const auto& score : board.matrix->scores) rows.push_back(CellRow(score));
  for (const auto& cell : board.absent) rows.push_back(AbsentRow(board.matrix->name, cell));
  return rows;
}

}  // namespace dfkd::site
