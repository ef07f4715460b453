// What changes committed results: those of a store join them, and those that were computed once
// more are promoted or found to have moved.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/cli/results_pictures.h"
#include "bench/core/plugin_sources.h"
#include "bench/matrix/load_plan.h"
#include "bench/scores/cell_score.h"
#include "bench/scores/results_file.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// A result that says something else than the one before it.
struct MovedResult {
  std::string id, defense;
  // One line: "ASR 3.00 % became 40.00 %".
  std::string how;
  // The code of the plugins as it was, where it is another now: label -> hash.
  std::vector<std::pair<std::string, std::string>> changed;
  // Of the earlier result, and when it was made.
  std::string commit, created;
  // By how many points those of the student have moved; absent where one of the two has none.
  std::optional<double> acc, asr;
};
Json ToJson(const MovedResult& moved, const CurrentSources& now);

// The plugins whose code is another now than what the score was computed by, at the same or another
// revision, and has not given the same numbers since: label -> the hash it had.
std::vector<std::pair<std::string, std::string>> ChangedSince(const Score& score,
                                                              const CurrentSources& now);

// One second later than a time as UtcNow writes it ("2024-05-31T12:00:00Z"). Throws Error for a
// text that is none.
std::string SecondAfter(const std::string& utc);

// Committed results of a matrix, as its files say; what is wrong in these is told on standard
// error, and throws Error. What is wrong with their pictures is told in warnings: no number hangs
// on them.
std::vector<CommittedResult> ReadCommitted(const std::filesystem::path& folder,
                                           const std::string& matrix);

// The results of the plan that a store has to give, without those of cells that are not finished.
std::vector<CommittedResult> ResultsInStore(const Scoring& scoring, Store& store,
                                            const std::string& by);
// The same of files of scores that somebody sent: kClaimed, of unknown machines. Throws Error for
// one that was computed from other keys than the plan has, that is no cell of it, or that says
// otherwise of its matrix, track, plugins or options.
std::vector<CommittedResult> ResultsClaimed(const Plan& plan, const std::filesystem::path& scores,
                                            const std::string& by);

struct Added {
  std::vector<std::string> ids;
  // Cells of which an older result is of today's keys again, and counts again.
  std::vector<std::string> again;
  // Results that say something else than the one that counted before, from other keys, or than the
  // claim that they replace.
  std::vector<MovedResult> moved;
  // One line for each result that no file could hold, and for each picture.
  std::vector<std::string> left_out;
  AddedPictures pictures = {};
};

// Appends what is new, by cell and keys, and makes it the newest of its cell (AddedAt). One of the
// same keys stays as it is, but for one that failed and now has not, or in another way, and for one
// that was only claimed and now is computed. Of a planned cell whose result of today's keys is not
// the newest it becomes that. Writes the files and the matrix beside them, or nothing; but where
// the matrix beside them has another summary, and is the same otherwise, it gets today's. Then the
// pictures that cells share are brought up to date (AddPictures); claims bring none. Throws Error
// for a claim of another preset, or that says otherwise whether it is a demonstration. Like
// CompareResults it waits up to a minute for another process that writes to the folder, then throws
// Error (io). Throws Error, and writes nothing, if the folder would grow too large (RequireRoom).
Added AddResults(const LoadedPlan& loaded, std::vector<CommittedResult> fresh,
                 const std::filesystem::path& folder, const CurrentSources& now,
                 const PicturesOfResult& pictures = {});

struct Recomputed {
  std::vector<std::string> same, promoted;
  // Those of older code of a plugin whose every number is that of the code which computed them once
  // more: from here on they stand for the latter as well (Score::confirmed).
  std::vector<std::string> confirmed;
  std::vector<MovedResult> moved;
  // Of the planned results of today's keys: those without a fresh one, and those whose fresh one is
  // the very same run. If nothing else is there, nothing was compared.
  size_t absent = 0, passed_over = 0;
};

// Compares committed results that are of today's keys with `fresh` ones of the same cells, computed
// once more. Those that agree rise to `level` unless `promote` is false, claimed ones as well, and
// of other code it is kept that it gave the same numbers. The very same run lifts a claim to
// kValid, and is else passed over.
Recomputed CompareResults(const LoadedPlan& loaded, const std::vector<CommittedResult>& fresh,
                          const std::filesystem::path& folder, Verified level, bool promote,
                          const CurrentSources& now);

}  // namespace dfkd::cli
