// Rows for reference below the standings: what the student is distilled from, what no defence can
// be blamed for, and defences of other tracks that cost nothing.
#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "bench/scores/validity.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/design.h"

namespace dfkd::site {
namespace {

// Over the cells that have the number, as the rows of the table are.
class MeanOfAttacks {
 public:
  void Add(const Score& score, std::optional<double> value) {
    if (value) values_.push_back({score.cell.attack, score.cell.teacher_seed, *value});
  }
  std::optional<double> Value() const { return MeanOverSeeds(values_); }

 private:
  std::vector<SeededValue> values_;
};

// The cells that the mean ASR of a table is over.
using Counted = std::set<GroupCell>;

std::string OverCounted(size_t cells, const Counted& counted) {
  return cells == counted.size() ? "" : fmt::format("; over {} of {} cells", cells, counted.size());
}

Json ReferenceRow(const std::string& name, const MeanOfAttacks& asr, const MeanOfAttacks& acc,
                  const std::string& what) {
  const std::string why = "not recorded";
  return {{"name", name},
          {"asr", PercentOr(asr.Value(), why)},
          {"acc", PercentOr(acc.Value(), why)},
          {"what", what}};
}

// Of the teachers and their clean twins, as the cells of the undefended student say; on a track
// that has none those of another one.
void AddTeacherRows(const GroupBoard& board, const Counted& counted, Json& rows) {
  MeanOfAttacks teacher_asr, teacher_acc, floor, clean_acc;
  size_t cells = 0;
  for (const auto* scores : {&board.scores, &board.pinned}) {
    for (const auto* score : *scores) {
      if (!IsControl(*score) || !CountsForAsr(*score) || !counted.contains(PlaceOf(*score)))
        continue;
      ++cells;
      const auto teacher = score->teacher.value_or(TeacherScore());
      teacher_asr.Add(*score, teacher.asr);
      teacher_acc.Add(*score, teacher.acc);
      clean_acc.Add(*score, teacher.clean_acc);
      floor.Add(*score, score->floor ? score->floor->asr : std::nullopt);
    }
  }
  if (!teacher_asr.Value()) return;
  const auto over = OverCounted(cells, counted);
  rows.push_back(ReferenceRow("backdoored teacher", teacher_asr, teacher_acc,
                              "what the student is distilled from" + over));
  rows.push_back(ReferenceRow("clean teacher", floor, clean_acc,
                              "ASR of its student: the floor; ACC of the teacher itself" + over));
}

// One defence on one other track.
struct Pinned {
  MeanOfAttacks asr, acc;
  size_t cells = 0;
};
using PinnedKey = std::tuple<bool, std::string, std::string>;  // no control, defence, track

void AddPinnedRows(const GroupBoard& board, const Counted& counted, Json& rows) {
  std::map<PinnedKey, Pinned> all;
  for (const auto* score : board.pinned) {
    if (!Finished(*score) || !counted.contains(PlaceOf(*score))) continue;
    auto& one = all[{!IsControl(*score), score->cell.defense, score->track}];
    ++one.cells;
    one.asr.Add(*score, score->student->asr);
    one.acc.Add(*score, score->student->acc);
  }
  for (const auto& [key, one] : all) {
    const auto& [defended, defense, track] = key;
    const char* what = defended ? "the KD loss at temperature 1" : "no defence";
    rows.push_back(ReferenceRow(defense, one.asr, one.acc,
                                fmt::format("{}, on another track ({}){}", what, TrackText(track),
                                            OverCounted(one.cells, counted))));
  }
}

}  // namespace

Json ReferenceRows(const GroupBoard& board) {
  const auto counted = SupportOf(board.scores, board.planned).counted;
  Json rows = Json::array();
  AddTeacherRows(board, counted, rows);
  AddPinnedRows(board, counted, rows);
  return ListOrNull(std::move(rows));
}

}  // namespace dfkd::site
