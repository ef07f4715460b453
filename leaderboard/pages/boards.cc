#include "leaderboard/pages/boards.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/core/parallel.h"
#include "leaderboard/pages/names.h"

namespace dfkd::site {
namespace {

bool OfAnotherTrack(const Group& a, const Group& b) {
  return a.track != b.track && a.dataset == b.dataset && a.distiller == b.distiller &&
         a.teacher_network == b.teacher_network && a.student_network == b.student_network;
}

std::vector<const Score*> PinnedBeside(const Board& board, const GroupBoard& group) {
  std::set<std::string> own;
  for (const auto* score : group.scores) own.insert(score->cell.defense);
  const bool has_control = std::any_of(group.scores.begin(), group.scores.end(),
                                       [](const Score* score) { return IsControl(*score); });
  std::vector<const Score*> pinned;
  for (const auto& other : board.groups) {
    if (!OfAnotherTrack(other.group, group.group)) continue;
    for (const auto* score : other.scores) {
      const bool control = IsControl(*score);
      const bool here = control ? has_control : own.contains(score->cell.defense);
      if (!here && (control || IsReference(*score))) pinned.push_back(score);
    }
  }
  return pinned;
}

// Anybody may have written the file: what is of another type is not there.
Json ListIn(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_array() ? *found : Json::array();
}

std::string TextIn(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::map<std::string, std::string> DefensePluginsOf(const Json& source) {
  std::map<std::string, std::string> plugins;
  for (const auto& block : ListIn(source, "blocks")) {
    for (const auto& entry : ListIn(block, "defenses")) {
      const auto id = TextIn(entry, "id"), plugin = TextIn(entry, "plugin");
      if (!id.empty() && !plugin.empty()) plugins[id] = plugin;
    }
  }
  return plugins;
}

std::string NamesAnchor(const Board& board, const Group& group) {
  return fmt::format("{}/{}/{}~{}/{}/{}", board.file, SafeName(group.dataset),
                     SafeName(group.teacher_network), SafeName(group.student_network),
                     SafeName(group.distiller), group.track);
}

}  // namespace

Board BoardOf(const ScoredMatrix& matrix) {
  Board board{.matrix = &matrix, .file = FileOf(matrix.name)};
  const auto plugins = DefensePluginsOf(matrix.source);
  for (auto& [group, scores] : ByGroup(matrix)) {
    board.groups.push_back({.group = group, .scores = std::move(scores)});
    board.groups.back().defense_plugins = plugins;
  }
  ParallelFor(board.groups.size(), [&](size_t i) {
    auto& group = board.groups[i];
    group.planned = PlannedIn(matrix, group.group);
    group.standings = StandingsOf(group.scores, group.planned);
    group.pinned = PinnedBeside(board, group);
  });
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

std::vector<AbsentCell> ListedAbsent(const Board& board) {
  std::map<Cell, const std::string*> tracks;
  for (const auto& group : board.groups) {
    for (const auto& cell : group.planned) tracks.emplace(cell, &group.group.track);
  }
  std::vector<AbsentCell> listed;
  for (const auto& cell : board.absent) {
    if (listed.size() == kMostAbsent) break;
    const auto track = tracks.find(cell);
    listed.push_back({&cell, track == tracks.end() ? "" : *track->second});
  }
  return listed;
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
  const auto anchor = NamesAnchor(board, group);
  std::string twins;
  for (const auto& other : board.groups) {
    if (other.group == group) break;
    if (NamesAnchor(board, other.group) == anchor) twins += '~';
  }
  return anchor + twins;
}

}  // namespace dfkd::site
