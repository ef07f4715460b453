// All cells of a matrix.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "bench/scores/paid_cost.h"
#include "leaderboard/pages/adaptive.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// Of a share of test images; "" where their count is not known.
std::string ShareInterval(const Score& score, const char* who,
                          std::optional<Count> Counts::*images) {
  const auto found = score.counts.find(who);
  if (found == score.counts.end()) return "";
  const auto& count = found->second.*images;
  return count && count->of > 0 ? Interval(count->hits, count->of) : "";
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
              {"verification", ""},
              {"flags", Json::array()}});
  for (const char* name :
       {"teacher_acc", "teacher_asr", "acc", "asr", "floor", "ra", "agreement", "cost"})
    row[name] = none;
  return row;
}

}  // namespace

Json CellRow(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  const auto interval = [&](const char* who, std::optional<Count> Counts::*images) {
    return ShareInterval(score, who, images);
  };
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
              {"acc", PercentOr(student.acc, why, interval("student", &Counts::clean))},
              {"asr", PercentOr(student.asr, why, interval("student", &Counts::target))},
              {"floor", PercentOr(score.floor ? score.floor->asr : std::nullopt, why,
                                  interval("floor", &Counts::target))},
              {"ra", PercentOr(student.ra, why, interval("student", &Counts::true_label))},
              {"agreement", PercentOr(student.agreement, why)},
              {"cost", DurationOr(ComparedSeconds(score), why)},
              {"verification", score.verified}});
  return row;
}

Json CellRows(const Board& board) {
  Json rows = Json::array();
  const auto& scores = board.matrix->scores;
  for (const auto& score : scores) rows.push_back(CellRow(score));
  // A plan may have a million cells: where they do not fit, the page says how many there are.
  if (scores.size() + board.absent.size() > kMostRows) return rows;
  for (const auto& cell : board.absent) rows.push_back(AbsentRow(board.matrix->name, cell));
  return rows;
}

Json CellTable(Json rows) {
  if (rows.empty()) return nullptr;
  const bool verified = std::any_of(rows.begin(), rows.end(),
                                    [](const Json& row) { return row["verification"] != ""; });
  auto table = ListOrNull(std::move(rows));
  table["verifications"] = verified;
  return table;
}

Json FlagMeanings(const std::set<std::string>& flags) {
  Json items = Json::array();
  for (const auto& flag : flags) items.push_back({{"flag", flag}, {"meaning", FlagText(flag)}});
  return ListOrNull(std::move(items));
}

}  // namespace dfkd::site
