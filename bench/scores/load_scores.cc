#include "bench/scores/load_scores.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "bench/core/parallel.h"
#include "bench/scores/agreement.h"
#include "bench/scores/results_file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

bool IsOfMedia(const Problem& problem) { return problem.path.starts_with("/media/"); }

ReadScoreFile ReadUnlinked(const fs::path& file) {
  if (!fs::is_symlink(file)) return ReadValidScore(file);
  return {.problems = {{file, "", "must not be a link"}}};
}

class Loader {
 public:
  LoadedScores Run(const std::vector<fs::path>& folders) {
    std::vector<fs::path> files;
    for (const auto& folder : folders) {
      for (auto& file : ScoreFiles(folder)) files.push_back(std::move(file));
    }
    std::vector<ReadScoreFile> read(files.size());
    ParallelFor(files.size(), [&](size_t i) { read[i] = ReadUnlinked(files[i]); });
    loaded_.scores.reserve(files.size());
    for (auto& file : read) Add(std::move(file));
    for (const auto& folder : folders) {
      for (const auto& file : ResultsFiles(folder)) AddNewest(file);
    }
    LeaveOutContradictions();
    return std::move(loaded_);
  }

 private:
  void Add(ReadScoreFile read) {
    for (const auto& problem : read.problems) {
      if (!read.score || !IsOfMedia(problem)) return LeaveOut(problem);
    }
    for (const auto& problem : read.problems) {
      read.score->media.erase(problem.path.substr(std::string("/media/").size()));
    }
    AddScore(std::move(*read.score));
  }

  // Of each cell the newest result: what it replaces is history.
  void AddNewest(const fs::path& file) {
    auto read = ReadResultLines(file);
    for (auto& problem : read.problems) LeaveOut(std::move(problem));
    for (auto& result : NewestOfCells(read.results)) {
      result.score.verified = Name(result.verified);
      AddScore(std::move(result.score));
    }
  }

  void AddScore(Score score) {
    auto& scores = loaded_.scores;
    const auto [first, fresh] =
        cells_.try_emplace({score.matrix, CellId(score.cell)}, scores.size());
    if (!fresh) {
      const auto& file = scores[first->second].file;
      return LeaveOut({score.file, "/cell", "the same cell is in " + file.string()});
    }
    scores.push_back(std::move(score));
  }

  void LeaveOutContradictions() {
    std::set<size_t> strangers;
    for (const auto& found : FindDisagreements(loaded_.scores)) {
      strangers.insert(found.score);
      LeaveOut(
          ProblemOf(loaded_.scores[found.score], found.claim.path, ToText(found, loaded_.scores)));
    }
    KeepAllBut(strangers);
    std::set<size_t> wrong;
    for (auto& [score, problem] : CheckTransfers(loaded_.scores)) {
      wrong.insert(score);
      LeaveOut(std::move(problem));
    }
    KeepAllBut(wrong);
  }

  void KeepAllBut(const std::set<size_t>& others) {
    if (others.empty()) return;
    std::vector<Score> kept;
    for (size_t i = 0; i < loaded_.scores.size(); ++i) {
      if (!others.contains(i)) kept.push_back(std::move(loaded_.scores[i]));
    }
    loaded_.scores = std::move(kept);
  }

  void LeaveOut(Problem problem) { loaded_.left_out.push_back(std::move(problem)); }

  LoadedScores loaded_;
  // By matrix and id the position: two cells of one id would be one file, one page, one row.
  std::map<std::pair<std::string, std::string>, size_t> cells_;
};

}  // namespace

LoadedScores LoadScores(const std::vector<fs::path>& folders) { return Loader().Run(folders); }

}  // namespace dfkd
