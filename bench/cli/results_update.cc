#include "bench/cli/results_update.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <thread>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/printable.h"
#include "bench/io/file.h"
#include "bench/scores/folder_name.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/results.h"
#include "bench/scores/results_state.h"
#include "bench/scores/validity.h"
#include "leaderboard/standings/drift.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDigitsOfMachine = 16;
constexpr auto kPatience = std::chrono::seconds(60);

std::string MachineOf(Results& results, const PlannedCell& cell) {
  for (const auto id : {cell.student_evaluation, cell.teacher_evaluation}) {
    if (!results.Has(id)) continue;
    return Sha256Hex(Canonical(results.Manifest(id).at("numerics"))).substr(0, kDigitsOfMachine);
  }
  return "";
}

// As it would be read from a file of results.
void Trim(Score& score) {
  score.media.clear();
  score.file.clear();
}

// The same cell but for the seeds.
bool AreSiblings(const Cell& a, Cell b) {
  b.teacher_seed = a.teacher_seed;
  b.student_seed = a.student_seed;
  return a == b;
}

std::vector<const Score*> SiblingsOf(const CommittedResult& result,
                                     const std::vector<CommittedResult>& all) {
  std::vector<const Score*> siblings;
  for (const auto& other : all) {
    if (AreSiblings(result.score.cell, other.score.cell)) siblings.push_back(&other.score);
  }
  return siblings;
}

MovedResult Moved(const CommittedResult& before, const std::string& how,
                  const CurrentSources& now) {
  const auto& score = before.score;
  return {CellId(score.cell),       score.cell.defense,      how,
          ChangedSince(score, now), score.provenance.commit, score.provenance.created};
}

// It failed then, and it was not science that failed; or what it is compared with has come since.
// Another failure is worth a line, the same one is not: a cell that fails every night changes no
// file.
bool MayBeReplaced(const CommittedResult& old, const CommittedResult& fresh) {
  if (HasFlag(old.score, "no_undefended") && !HasFlag(fresh.score, "no_undefended")) return true;
  if (!IsToRepeat(old.score.status)) return false;
  if (!IsToRepeat(fresh.score.status)) return true;
  return fresh.verified >= old.verified && std::pair(old.score.status, old.score.reason) !=
                                               std::pair(fresh.score.status, fresh.score.reason);
}

// Held from the reading of results to their writing: of two processes that add, neither loses what
// the other has added. On the folder itself, for no file may lie beside what is committed.
class ResultsLock {
 public:
  explicit ResultsLock(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) {
      throw MakeError(FailureClass::kIo, "{}: cannot be opened: {}", folder.string(),
                      std::strerror(errno));
    }
    Wait(folder);
  }
  ~ResultsLock() { ::close(descriptor_); }
  ResultsLock(const ResultsLock&) = delete;
  ResultsLock& operator=(const ResultsLock&) = delete;

 private:
  // Where the file system cannot lock (some NFS mounts), we go without.
  void Wait(const fs::path& folder) const {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return;
      if (std::chrono::steady_clock::now() > until) {
        ::close(descriptor_);
        throw MakeError(FailureClass::kIo,
                        "{}: another process has been changing it for {} seconds; nothing was "
                        "changed",
                        folder.string(), kPatience.count());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  int descriptor_ = -1;
};

void Write(const LoadedPlan& loaded, const std::vector<CommittedResult>& results,
           const fs::path& folder) {
  std::map<fs::path, std::vector<CommittedResult>> files;
  for (const auto& result : results) {
    files[ResultsPath(folder, loaded.matrix.name, result.score.cell.defense)].push_back(result);
  }
  std::map<fs::path, std::string> texts;  // all of them, before the first is written
  for (auto& [file, content] : files) texts[file] = ToText(std::move(content));
  for (const auto& [file, text] : texts) WriteFileSoon(file, text);
  WriteFileSoon(folder / FolderName(loaded.matrix.name) / kMatrixBesideScores,
                loaded.matrix.source.dump(2) + "\n");
  SyncFileSystem(folder);
}

const PlannedCell& CellOf(const Plan& plan, const Score& score) {
  const auto found = std::find_if(plan.cells.begin(), plan.cells.end(),
                                  [&](const auto& cell) { return cell.cell == score.cell; });
  if (found == plan.cells.end())
    throw MakeError("{}: no cell of {}", CellId(score.cell), plan.matrix);
  return *found;
}

bool HasKey(const Score& score, const Plan& plan, StageId id) {
  const auto& stages = score.provenance.stages;
  return id == kNoStage || std::any_of(stages.begin(), stages.end(), [&](const auto& stage) {
           return stage.second == plan.At(id).stage.key();
         });
}

}  // namespace

Json ToJson(const MovedResult& moved, const CurrentSources& now) {
  Json changed = Json::array();
  for (const auto& [label, hash] : moved.changed) {
    changed.push_back({{"plugin", label}, {"was", hash}, {"folder", now.at(label).folder}});
  }
  return {{"cell", moved.id},   {"entry", moved.defense}, {"how", moved.how},
          {"changed", changed}, {"commit", moved.commit}, {"created", moved.created}};
}

std::vector<std::pair<std::string, std::string>> ChangedSince(const Score& score,
                                                              const CurrentSources& now) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& [label, hashes] : score.provenance.sources) {
    const auto current = now.find(label);
    if (current == now.end() || hashes.empty() || hashes.front() == current->second.sha256)
      continue;
    changed.emplace_back(label, hashes.front());
  }
  return changed;
}

std::vector<CommittedResult> ReadCommitted(const fs::path& folder, const std::string& matrix) {
  std::vector<CommittedResult> results;
  std::vector<Problem> problems;
  for (const auto& file : ResultsFiles(folder / FolderName(matrix))) {
    auto read = ReadResultLines(file);
    std::move(read.results.begin(), read.results.end(), std::back_inserter(results));
    std::move(read.problems.begin(), read.problems.end(), std::back_inserter(problems));
  }
  if (problems.empty()) return results;
  for (const auto& problem : problems) {
    fmt::print(
        stderr, "{}\n",
        Printable(fmt::format("{}:{}: {}", problem.file.string(), problem.path, problem.reason)));
  }
  throw MakeError("{}: {} lines are not valid; nothing was changed",
                  (folder / FolderName(matrix)).string(), problems.size());
}

std::vector<CommittedResult> ResultsInStore(const Scoring& scoring, Store& store,
                                            const std::string& by) {
  Results results(scoring.plan, store);
  std::vector<CommittedResult> found;
  for (const auto& cell : scoring.plan.cells) {
    auto score = ReadCellScore(scoring, cell, results);
    if (!score || score->status == Status::kNotApplicable) continue;
    Trim(*score);
    found.push_back({std::move(*score), PlanDigest(scoring.plan, cell), MachineOf(results, cell),
                     Verified::kValid, by});
  }
  return found;
}

std::vector<CommittedResult> ResultsClaimed(const Plan& plan, const fs::path& scores,
                                            const std::string& by) {
  auto loaded = LoadScores({scores});
  for (const auto& problem : loaded.left_out) {
    throw MakeError("{}:{}: {}", problem.file.string(), problem.path, problem.reason);
  }
  std::vector<CommittedResult> claimed;
  for (auto& score : loaded.scores) {
    const auto& cell = CellOf(plan, score);
    const bool whole = score.status == Status::kOk;
    if (!HasKey(score, plan, cell.teacher) ||
        (whole && !HasKey(score, plan, cell.student_evaluation))) {
      throw MakeError("{}: was computed from other keys than the plan of today has",
                      score.file.string());
    }
    Trim(score);
    claimed.push_back({std::move(score), PlanDigest(plan, cell), "", Verified::kClaimed, by});
  }
  return claimed;
}

Added AddResults(const LoadedPlan& loaded, std::vector<CommittedResult> fresh,
                 const fs::path& folder, const CurrentSources& now) {
  std::optional<ResultsLock> lock;
  if (!fresh.empty()) lock.emplace(folder);  // makes the folder
  auto results = ReadCommitted(folder, loaded.matrix.name);
  const auto before = results;
  std::map<std::string, std::vector<size_t>> places;
  for (size_t i = 0; i < results.size(); ++i) places[CellId(results[i].score.cell)].push_back(i);
  Added added;
  for (auto& result : fresh) {
    const auto id = CellId(result.score.cell);
    const auto& known = places[id];
    const auto same = std::find_if(known.begin(), known.end(),
                                   [&](size_t i) { return before[i].plan == result.plan; });
    if (same != known.end() && !MayBeReplaced(results[*same], result)) continue;
    added.ids.push_back(id);
    if (same != known.end()) {
      results[*same] = std::move(result);
      continue;
    }
    if (!known.empty()) {
      const auto& last = *std::max_element(known.begin(), known.end(), [&](size_t a, size_t b) {
        return before[a].score.provenance.created < before[b].score.provenance.created;
      });
      auto last_of_other_keys = before[last];
      last_of_other_keys.machine.clear();  // nothing promises equal bits
      const auto why = WhyOther(last_of_other_keys, result, SiblingsOf(before[last], before));
      if (why) added.moved.push_back(Moved(before[last], *why, now));
    }
    results.push_back(std::move(result));
  }
  if (!added.ids.empty()) Write(loaded, results, folder);
  return added;
}

Recomputed CompareResults(const LoadedPlan& loaded, const std::vector<CommittedResult>& fresh,
                          const fs::path& folder, Verified level, bool promote,
                          const CurrentSources& now) {
  std::optional<ResultsLock> lock;
  if (promote) lock.emplace(folder);
  auto results = ReadCommitted(folder, loaded.matrix.name);
  std::map<std::pair<std::string, std::string>, const CommittedResult*> again;
  for (const auto& result : fresh) again[{CellId(result.score.cell), result.plan}] = &result;
  std::map<std::string, std::string> planned;
  for (const auto& cell : loaded.plan.cells) planned[cell.id] = PlanDigest(loaded.plan, cell);
  Recomputed found;
  const auto raise = [&](CommittedResult& result, Verified to) {
    if (!promote || result.verified >= to) return;
    result.verified = to;
    const auto id = CellId(result.score.cell);
    if (found.promoted.empty() || found.promoted.back() != id) found.promoted.push_back(id);
  };
  for (auto& result : results) {
    const auto id = CellId(result.score.cell);
    if (!planned.contains(id) || planned.at(id) != result.plan) continue;
    raise(result, Verified::kValid);
    const auto other = again.find({id, result.plan});
    if (other == again.end()) continue;
    const auto& provenance = other->second->score.provenance;
    if (provenance.created == result.score.provenance.created && !result.machine.empty()) continue;
    if (const auto why = WhyOther(result, *other->second, SiblingsOf(result, results))) {
      found.moved.push_back(Moved(result, *why, now));
      continue;
    }
    found.same.push_back(id);
    if (promote && result.verified < level) result.by = other->second->by;
    raise(result, level);
  }
  if (!found.promoted.empty()) Write(loaded, results, folder);
  return found;
}

}  // namespace dfkd::cli
