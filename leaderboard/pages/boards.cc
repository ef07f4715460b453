#include "leaderboard/pages/boards.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "leaderboard/pages/names.h"

namespace dfkd::site {

Board BoardOf(const ScoredMatrix& matrix) {
  Board board{.matrix = &matrix, .file = FileOf(matrix.name)};
  for (auto& [group, scores] : ByGroup(matrix)) {
    auto planned = PlannedIn(matrix, group);
    auto standings = StandingsOf(scores, planned);
    board.groups.push_back({group, scores, std::move(planned), std::move(standings)});
  }
  std::set<Cell> scored;
  for (const auto& score : matrix.scores) {
    scored.insert(score.cell);
    board.newest = std::max(board.newest, score.provenance.created);
  }
  std::copy_if(matrix.planned.begin(), matrix.planned.end(), std::back_inserter(board.absent),
               [&](const Cell& cell) { return !scored.contains(cell); });
  return board;
}

std::vector<Board> BoardsOf(const std::vector<ScoredMatrix>& matrices) {
  std::vector<Board> boards;
  for (const auto& matrix : matrices) boards.push_back(BoardOf(matrix));
  std::stable_partition(boards.begin(), boards.end(),
                        [](const Board& board) { return !board.matrix->demonstration(); });
  return boards;
}

std::string NewestOf(const std::vector<Board>& boards) {
  std::string newest;
  for (const auto& board : boards) newest = std::max(newest, board.newest);
  return newest;
}

Json GroupNames(const Group& group) {
  return {{"dataset", group.dataset},
          {"teacher_network", group.teacher_network},
          {"student_network", group.student_network},
          {"distiller", group.distiller},
          {"track", group.track},
          {"track_text", TrackText(group.track)}};
}

std::string GroupAnchor(const Board& board, const Group& group) {
  return fmt::format("{}/{}/{}~{}/{}/{}", board.file, SafeName(group.dataset),
                     SafeName(group.teacher_network), SafeName(group.student_network),
                     SafeName(group.distiller), group.track);
}

}  // namespace dfkd::site
