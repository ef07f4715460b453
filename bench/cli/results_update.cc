#include "bench/cli/results_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include "bench/cli/results_lock.h"
#include "bench/cli/results_size.h"
#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/io/file.h"
#include "bench/scores/folder_name.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/results.h"
#include "bench/scores/results_state.h"
#include "bench/scores/validity.h"
#include "bench/store/disk.h"
#include "leaderboard/standings/drift.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDigitsOfMachine = 16;

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
  if (score.reason) score.reason = KeptReason(*score.reason);
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

using Digests = std::map<std::string, std::string>;  // by cell

Digests DigestsOf(const Plan& plan) {
  Digests digests;
  for (const auto& cell : plan.cells) digests[cell.id] = PlanDigest(plan, cell);
  return digests;
}

// Of every cell one result, its newest of today's keys or of all others. An interval over both
// would span what a change was meant to change. Of cells that are not selected nobody knows, and
// the newest stands for either.
enum class Keys { kOfToday, kOthers };
std::vector<CommittedResult> OnePerCell(const std::vector<CommittedResult>& results,
                                        const Digests& today, Keys keys) {
  std::vector<CommittedResult> kept;
  for (const auto& result : results) {
    const auto digest = today.find(CellId(result.score.cell));
    const bool of_today = digest != today.end() && digest->second == result.plan;
    if (digest == today.end() || of_today == (keys == Keys::kOfToday)) kept.push_back(result);
  }
  return NewestOfCells(kept);
}

using StudentRate = std::optional<double> StudentScore::*;
std::optional<double> PointsBetween(const Score& before, const Score& after, StudentRate rate) {
  if (!before.student || !after.student) return std::nullopt;
  const auto then = (*before.student).*rate, now = (*after.student).*rate;
  if (!then || !now) return std::nullopt;
  return 100 * (*now - *then);
}

MovedResult Moved(const CommittedResult& before, const CommittedResult& after,
                  const std::string& how, const CurrentSources& now) {
  const auto& score = before.score;
  return {CellId(score.cell),
          score.cell.defense,
          how,
          ChangedSince(score, now),
          score.provenance.commit,
          score.provenance.created,
          PointsBetween(score, after.score, &StudentScore::acc),
          PointsBetween(score, after.score, &StudentScore::asr)};
}

// Somebody said so, and it was computed here.
bool ReplacesClaim(const CommittedResult& old, const CommittedResult& fresh) {
  return old.verified == Verified::kClaimed && fresh.verified > Verified::kClaimed &&
         !IsToRepeat(fresh.score.status);
}

// It failed then, and it was not science that failed; or what it is compared with has come since.
// Another failure is worth a line, the same one is not: a cell that fails every night changes no
// file.
bool MayBeReplaced(const CommittedResult& old, const CommittedResult& fresh) {
  if (ReplacesClaim(old, fresh)) return true;
  for (const char* missed : {"no_undefended", "no_floor"}) {
    if (HasFlag(old.score, missed) && !HasFlag(fresh.score, missed)) return true;
  }
  if (!IsToRepeat(old.score.status)) return false;
  if (!IsToRepeat(fresh.score.status)) return true;
  return fresh.verified >= old.verified && std::pair(old.score.status, old.score.reason) !=
                                               std::pair(fresh.score.status, fresh.score.reason);
}

fs::path MatrixFileOf(const LoadedPlan& loaded, const fs::path& folder) {
  return folder / FolderName(loaded.matrix.name) / kMatrixBesideScores;
}

std::string MatrixText(const LoadedPlan& loaded) { return loaded.matrix.source.dump(2) + "\n"; }

// The matrix beside the results says what was run, and only its summary has been changed since.
bool SummaryIsOld(const LoadedPlan& loaded, const fs::path& folder) {
  const auto file = MatrixFileOf(loaded, folder);
  if (!fs::is_regular_file(file)) return false;
  Json kept = ReadJson(file), now = loaded.matrix.source;
  if (!kept.is_object() || !now.is_object() || kept == now) return false;
  kept.erase("summary"), now.erase("summary");
  return kept == now;
}

void Write(const LoadedPlan& loaded, const std::vector<CommittedResult>& results,
           const fs::path& folder) {
  std::map<fs::path, std::vector<CommittedResult>> files;
  for (const auto& result : results) {
    files[ResultsPath(folder, loaded.matrix.name, result.score.cell.defense)].push_back(result);
  }
  std::map<fs::path, std::string> texts;  // all of them, before the first is written
  for (auto& [file, content] : files) texts[file] = ToText(std::move(content));
  texts[MatrixFileOf(loaded, folder)] = MatrixText(loaded);
  RequireRoom(folder, texts);
  for (const auto& [file, text] : texts) WriteFileSoon(file, text);
  SyncFileSystem(folder);
}

const PlannedCell& CellOf(const Plan& plan, const Score& score) {
  const auto found = std::find_if(plan.cells.begin(), plan.cells.end(),
                                  [&](const auto& cell) { return cell.cell == score.cell; });
  if (found == plan.cells.end())
    throw MakeError("{}: no cell of {}", CellId(score.cell), plan.matrix);
  return *found;
}

// What somebody sent says it of itself, and no key does.
void RequireOfMatrix(const Matrix& matrix, const std::vector<CommittedResult>& results) {
  for (const auto& result : results) {
    if (result.verified != Verified::kClaimed) continue;
    const auto& score = result.score;
    if (score.preset != matrix.preset) {
      throw MakeError("{}: /preset: '{}' must be '{}', as planned", CellId(score.cell),
                      score.preset, matrix.preset);
    }
    if (score.demonstration != matrix.demonstration) {
      throw MakeError("{}: /demonstration: {} must be {}, as planned", CellId(score.cell),
                      score.demonstration, matrix.demonstration);
    }
  }
}

bool HasKey(const Score& score, const Plan& plan, StageId id) {
  const auto& stages = score.provenance.stages;
  return id == kNoStage || std::any_of(stages.begin(), stages.end(), [&](const auto& stage) {
           return stage.second == plan.At(id).stage.key();
         });
}

// Adds results to those of a folder, one after another.
class Adder {
 public:
  Adder(const LoadedPlan& loaded, std::vector<CommittedResult> results, const CurrentSources& now)
      : now_(now),
        digests_(DigestsOf(loaded.plan)),
        today_(OnePerCell(results, digests_, Keys::kOfToday)),
        others_(OnePerCell(results, digests_, Keys::kOthers)),
        results_(std::move(results)) {
    for (size_t i = 0; i < results_.size(); ++i)
      places_[CellId(results_[i].score.cell)].push_back(i);
  }

  void Add(CommittedResult fresh) {
    const auto id = CellId(fresh.score.cell);
    const auto same = Find(id, fresh.plan);
    if (same && !MayBeReplaced(results_[*same], fresh)) return;
    if (auto why = WhyNotKept(fresh); !why.empty()) {
      added_.left_out.push_back(std::move(why));
      return;
    }
    const auto newest = Newest(id);
    if (same && ReplacesClaim(results_[*same], fresh)) {
      Tell(results_[*same], fresh, today_);
    } else if (!same && newest) {
      Tell(OfOtherKeys(*newest), fresh, others_);
    }
    fresh.added = TimeOf(id, same);
    added_.ids.push_back(id);
    if (same) {
      results_[*same] = std::move(fresh);
      return;
    }
    places_[id].push_back(results_.size());
    results_.push_back(std::move(fresh));
  }

  // An option that went back to what it was: its result is there, and another one counts.
  void MakePlannedNewest() {
    for (const auto& [id, plan] : digests_) {
      const auto place = Find(id, plan);
      if (!place || place == Newest(id)) continue;
      Tell(OfOtherKeys(*Newest(id)), results_[*place], others_);
      results_[*place].added = TimeOf(id, place);
      added_.again.push_back(id);
    }
  }

  bool changed() const { return !added_.ids.empty() || !added_.again.empty(); }
  const std::vector<CommittedResult>& results() const { return results_; }
  Added Take() { return std::move(added_); }

 private:
  std::optional<size_t> Find(const std::string& id, const std::string& plan) const {
    const auto places = places_.find(id);
    if (places == places_.end()) return std::nullopt;
    for (const auto place : places->second) {
      if (results_[place].plan == plan) return place;
    }
    return std::nullopt;
  }

  // As NewestOfCells: where two are of one second, the first.
  std::optional<size_t> Newest(const std::string& id) const {
    const auto places = places_.find(id);
    if (places == places_.end()) return std::nullopt;
    return *std::max_element(places->second.begin(), places->second.end(), [&](size_t a, size_t b) {
      return AddedAt(results_[a]) < AddedAt(results_[b]);
    });
  }

  // Nothing promises equal bits.
  CommittedResult OfOtherKeys(size_t place) const {
    auto result = results_[place];
    result.machine.clear();
    return result;
  }

  void Tell(const CommittedResult& before, const CommittedResult& after,
            const std::vector<CommittedResult>& known) {
    const auto why = WhyOther(before, after, SiblingsOf(before, known));
    if (why) added_.moved.push_back(Moved(before, after, *why, now_));
  }

  // What a result is given so that it is the newest of its cell, whatever the clocks of others
  // said; "" if there is no other.
  std::string TimeOf(const std::string& id, std::optional<size_t> own) const {
    const auto places = places_.find(id);
    if (places == places_.end()) return "";
    std::string latest;
    for (const auto place : places->second) {
      if (place != own) latest = std::max(latest, AddedAt(results_[place]));
    }
    return latest.empty() ? "" : std::max(store::UtcNow(), SecondAfter(latest));
  }

  const CurrentSources& now_;
  const Digests digests_;
  // As they were before any was added.
  const std::vector<CommittedResult> today_, others_;
  std::vector<CommittedResult> results_;
  std::map<std::string, std::vector<size_t>> places_;
  Added added_;
};

std::string ProblemText(const Problem& problem) {
  return Printable(fmt::format("{}:{}: {}", problem.file.string(), problem.path, problem.reason));
}

void Warn(const Problem& problem) { spdlog::warn("{}", ProblemText(problem)); }

// The code of plugins that gave every number of `known` once more, and is not what it was computed
// by: label -> hash. Not of a plugin that changed between the stages of the second run.
std::map<std::string, std::string> ConfirmedBy(const Score& known, const Score& fresh) {
  std::map<std::string, std::string> confirmed;
  if (NumbersDigest(known) != NumbersDigest(fresh)) return confirmed;
  for (const auto& [label, hashes] : fresh.provenance.sources) {
    const auto before = known.provenance.sources.find(label);
    if (before == known.provenance.sources.end() || hashes.size() != 1) continue;
    if (before->second != hashes) confirmed[label] = hashes.front();
  }
  return confirmed;
}

// Keeps it. Returns whether any of it is new.
bool Confirm(Score& known, const Score& fresh) {
  bool any = false;
  for (const auto& [label, hash] : ConfirmedBy(known, fresh)) {
    any |= known.confirmed[label] != hash;
    known.confirmed[label] = hash;
  }
  return any;
}

// How far a run that agrees lifts a result: not above kValid if it is the very same run, which may
// well be what somebody claimed.
Verified LiftedTo(const CommittedResult& known, const CommittedResult& fresh, Verified level) {
  const bool same = known.score.provenance.created == fresh.score.provenance.created;
  return same ? Verified::kValid : level;
}

}  // namespace

Json ToJson(const MovedResult& moved, const CurrentSources& now) {
  Json changed = Json::array();
  for (const auto& [label, hash] : moved.changed) {
    changed.push_back({{"plugin", label}, {"was", hash}, {"folder", now.at(label).folder}});
  }
  const auto points = [](const std::optional<double>& moved_by) {
    return moved_by ? Json(*moved_by) : Json();
  };
  return {{"cell", moved.id},         {"entry", moved.defense},  {"how", moved.how},
          {"changed", changed},       {"commit", moved.commit},  {"created", moved.created},
          {"acc", points(moved.acc)}, {"asr", points(moved.asr)}};
}

std::vector<std::pair<std::string, std::string>> ChangedSince(const Score& score,
                                                              const CurrentSources& now) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& [label, hashes] : score.provenance.sources) {
    const auto current = now.find(label);
    if (current == now.end() || hashes.empty() || hashes.front() == current->second.sha256)
      continue;
    const auto confirmed = score.confirmed.find(label);
    if (confirmed != score.confirmed.end() && confirmed->second == current->second.sha256) continue;
    changed.emplace_back(label, hashes.front());
  }
  return changed;
}

std::string SecondAfter(const std::string& utc) {
  namespace chrono = std::chrono;
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  const int read = std::sscanf(utc.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ", &year, &month, &day, &hour,
                               &minute, &second);
  const auto date = chrono::year(year) / chrono::month(month) / chrono::day(day);
  if (read != 6 || !date.ok())
    throw MakeError("'{}' must be a time like 2024-05-31T12:00:00Z", utc);
  const auto next = chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute) +
                    chrono::seconds(second + 1);
  const auto midnight = chrono::floor<chrono::days>(next);
  const chrono::year_month_day then(midnight);
  const chrono::hh_mm_ss time(next - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(then.year()),
                     static_cast<unsigned>(then.month()), static_cast<unsigned>(then.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::vector<CommittedResult> ReadCommitted(const fs::path& folder, const std::string& matrix) {
  std::vector<CommittedResult> results;
  std::vector<Problem> problems;
  for (const auto& file : ResultsFiles(folder / FolderName(matrix))) {
    auto read = ReadResultLines(file);
    std::move(read.results.begin(), read.results.end(), std::back_inserter(results));
    for (auto& problem : read.problems) {
      problem.file == file ? problems.push_back(std::move(problem)) : Warn(problem);
    }
  }
  if (problems.empty()) return results;
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", ProblemText(problem));
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
    if (const auto why = WhyNotOfPlan(score, plan, cell); !why.empty())
      throw MakeError("{}:{}", score.file.string(), why);
    Trim(score);
    claimed.push_back({std::move(score), PlanDigest(plan, cell), "", Verified::kClaimed, by});
  }
  return claimed;
}

Added AddResults(const LoadedPlan& loaded, std::vector<CommittedResult> fresh,
                 const fs::path& folder, const CurrentSources& now,
                 const PicturesOfResult& pictures) {
  RequireOfMatrix(loaded.matrix, fresh);
  std::optional<ResultsLock> lock;
  if (!fresh.empty() || fs::is_directory(folder)) lock.emplace(folder);  // makes the folder
  Adder adder(loaded, ReadCommitted(folder, loaded.matrix.name), now);
  for (auto& result : fresh) adder.Add(std::move(result));
  adder.MakePlannedNewest();
  if (adder.changed()) {
    Write(loaded, adder.results(), folder);
  } else if (SummaryIsOld(loaded, folder)) {
    WriteFileSoon(MatrixFileOf(loaded, folder), MatrixText(loaded));
    SyncFileSystem(folder);
  }
  const auto& name = loaded.matrix.name;
  auto shown = lock ? AddPictures(folder, name, adder.results(), pictures) : AddedPictures();
  auto added = adder.Take();
  added.left_out.insert(added.left_out.end(), shown.left_out.begin(), shown.left_out.end());
  added.pictures = std::move(shown);
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
  const auto planned = DigestsOf(loaded.plan);
  const auto known = OnePerCell(results, planned, Keys::kOfToday);
  Recomputed found;
  for (auto& result : results) {
    const auto id = CellId(result.score.cell);
    if (!planned.contains(id) || planned.at(id) != result.plan) continue;
    const auto other = again.find({id, result.plan});
    found.absent += other == again.end() ? 1 : 0;
    if (other == again.end()) continue;
    const auto to = LiftedTo(result, *other->second, level);
    if (to == Verified::kValid && result.verified >= to) {  // the very same run
      ++found.passed_over;
      continue;
    }
    if (const auto why = WhyOther(result, *other->second, SiblingsOf(result, known))) {
      found.moved.push_back(Moved(result, *other->second, *why, now));
      continue;
    }
    found.same.push_back(id);
    if (promote && Confirm(result.score, other->second->score)) found.confirmed.push_back(id);
    if (!promote || result.verified >= to) continue;
    result.by = other->second->by;
    result.verified = to;
    found.promoted.push_back(id);
  }
  if (!found.promoted.empty() || !found.confirmed.empty()) Write(loaded, results, folder);
  return found;
}

}  // namespace dfkd::cli
