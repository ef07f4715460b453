#include "bench/scores/load_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "bench/core/parallel.h"
#include "bench/scores/agreement.h"
#include "bench/scores/matrix_agreement.h"
#include "bench/scores/results_file.h"
#include "bench/scores/validity.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

bool IsOfMedia(const Problem& problem) { return problem.path.starts_with("/media/"); }

ReadScoreFile ReadUnlinked(const fs::path& file) {
  if (!fs::is_symlink(file)) return ReadValidScore(file);
  return {.problems = {{file, "", "must not be a link"}}};
}

FormerResult FormerOf(const CommittedResult& result) {
  const auto& score = result.score;
  FormerResult former;
  former.since = AddedAt(result);
  former.track = score.track;
  former.counts = CountsForAsr(score);
  if (score.status != Status::kOk || !score.student) return former;
  former.acc = score.student->acc;
  former.asr = score.student->asr;
  return former;
}

using FormerResults = std::map<std::string, std::vector<FormerResult>>;

// By cell what stood before its newest result, oldest first. Mostly nothing did, and nothing is
// looked up then.
FormerResults FormerIn(const std::vector<CommittedResult>& results,
                       const std::vector<CommittedResult>& newest) {
  FormerResults former;
  if (results.size() == newest.size()) return former;
  std::map<std::string, std::string> standing;  // cell -> plan: together they are one result
  for (const auto& result : newest) standing[CellId(result.score.cell)] = result.plan;
  for (const auto& result : results) {
    const auto id = CellId(result.score.cell);
    if (standing.at(id) != result.plan) former[id].push_back(FormerOf(result));
  }
  for (auto& [unused, list] : former) {
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.since < b.since; });
  }
  return former;
}

// Counts what several threads have read. Who comes while another one tells does not wait.
class ReadCount {
 public:
  ReadCount(size_t all, const TellLoading& tell) : all_(all), tell_(tell) {}

  void Add() {
    const size_t done = ++done_;
    if (!tell_) return;
    std::unique_lock lock(telling_, std::defer_lock);
    if (done == all_) {  // the last one is told in any case
      lock.lock();
    } else if (!lock.try_lock()) {
      return;
    }
    if (done > told_) tell_(told_ = done, all_);
  }

 private:
  const size_t all_;
  const TellLoading& tell_;
  std::atomic<size_t> done_ = 0;
  std::mutex telling_;
  size_t told_ = 0;
};

std::vector<fs::path> FilesIn(const std::vector<fs::path>& folders,
                              std::vector<fs::path> (*find)(const fs::path&)) {
  std::vector<fs::path> files;
  for (const auto& folder : folders) {
    for (auto& file : find(folder)) files.push_back(std::move(file));
  }
  return files;
}

class Loader {
 public:
  LoadedScores Run(const std::vector<fs::path>& folders, const TellLoading& tell) {
    const auto files = FilesIn(folders, ScoreFiles), results = FilesIn(folders, ResultsFiles);
    ReadCount count(files.size() + results.size(), tell);
    std::vector<ReadScoreFile> read(files.size());
    ParallelFor(files.size(), [&](size_t i) {
      read[i] = ReadUnlinked(files[i]);
      count.Add();
    });
    loaded_.scores.reserve(files.size());
    for (auto& file : read) Add(std::move(file));
    for (const auto& file : results) {
      AddNewest(file);
      count.Add();
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

  // Of each cell the newest result: of what it replaces little is kept, for the history.
  void AddNewest(const fs::path& file) {
    auto read = ReadResultLines(file);
    for (auto& problem : read.problems) LeaveOut(std::move(problem));
    auto newest = NewestOfCells(read.results);
    auto former = FormerIn(read.results, newest);
    for (auto& result : newest) {
      auto& score = result.score;
      score.verified = Name(result.verified);
      score.added = result.added;
      if (!former.empty()) score.former = std::move(former[CellId(score.cell)]);
      AddScore(std::move(score));
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

  // First who is not of the matrix beside it: whoever is right may be one of few.
  void LeaveOutContradictions() {
    LeaveOutAll(CheckAgainstMatrices(loaded_.scores));
    std::set<size_t> strangers;
    for (const auto& found : FindDisagreements(loaded_.scores)) {
      strangers.insert(found.score);
      LeaveOut(
          ProblemOf(loaded_.scores[found.score], found.claim.path, ToText(found, loaded_.scores)));
    }
    KeepAllBut(strangers);
    LeaveOutAll(CheckTransfers(loaded_.scores));
  }

  void LeaveOutAll(std::vector<std::pair<size_t, Problem>> wrong) {
    std::set<size_t> positions;
    for (auto& [position, problem] : wrong) {
      positions.insert(position);
      LeaveOut(std::move(problem));
    }
    KeepAllBut(positions);
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

LoadedScores LoadScores(const std::vector<fs::path>& folders, const TellLoading& tell) {
  return Loader().Run(folders, tell);
}

}  // namespace dfkd
