// Results that are kept in the repository: leaderboard/results/<matrix>/<defence>.jsonl, canonical
// JSON, one result a line. What many cells of a file have in common (resolved options, recipe,
// images, code) stands once, in lines of its own that the results name by their hash.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "bench/scores/validate.h"

namespace dfkd {

// How far others have gone after a result, weakest first: somebody's word; made here from the
// artifacts of a store; computed once more with the same outcome; the same on a machine of others.
enum class Verified { kClaimed, kValid, kRerun, kElsewhere };
// "claimed", "valid", "rerun", "elsewhere".
const char* Name(Verified verified);
// Throws Error on another name.
Verified VerifiedFrom(const std::string& name);

struct CommittedResult {
  // Without media.
  Score score;
  // SHA-256 of the keys that the numbers were computed from: PlanDigest.
  std::string plan;
  // Digest of device, threads, instruction set and libraries: where it is the same, so are the
  // bits. Empty: unknown.
  std::string machine;
  Verified verified = Verified::kClaimed;
  // Who went that far; may be empty, but for a result that was computed again.
  std::string by;
  // When it joined the others of its cell, UTC as provenance.created; empty where it was the first,
  // and so in lines of before this was kept. What was computed first may join last: a failure has
  // the date of what was computed before it, and an option may go back to what it was.
  std::string added = {};
};

// What the newest result of a cell is told by: when it was added, else when it was computed.
const std::string& AddedAt(const CommittedResult& result);

inline constexpr char kResultsExtension[] = ".jsonl";

// The longest line of a result, and of what results share.
inline constexpr size_t kMostBytesOfResult = 3072;
inline constexpr size_t kMostBytesOfContext = 65536;
inline constexpr size_t kMostBytesOfReason = 500;

// A reason as a line keeps it: of a long one the beginning, and "…".
std::string KeptReason(const std::string& reason);

// The text of a file: lines in an order that depends on nothing but what they say. Where a line
// would be too long it is written without references, then without seconds by stage, then without
// ACC by class, then without the states before the last; throws Error if it is too long still, or
// if what cells share is.
std::string ToText(std::vector<CommittedResult> results);

struct ReadResultsFile {
  std::vector<CommittedResult> results;
  std::vector<Problem> problems;
};

// What is valid in a file, and one problem for each line that is not: no JSON, no score by the
// schema and by CheckScore, of another matrix or defence than the file, not canonical, too long, a
// second one of its cell and plan, added a day before it was computed, computed again by nobody; a
// context that stands twice or, where all else is valid, that no result names. A file above 64 MiB
// is not read, nor what follows a thousand such lines. Then what is wrong with the pictures that
// its cells share (CheckPictures in picture_set.h): these problems are of other files. Nothing is
// thrown.
ReadResultsFile ReadResultLines(const std::filesystem::path& file);

// Why a result could not be read back once it was written, one line with its cell; "" if it can.
std::string WhyNotKept(const CommittedResult& result);

// <folder>/<matrix>/<defence>.jsonl
std::filesystem::path ResultsPath(const std::filesystem::path& folder, const std::string& matrix,
                                  const std::string& defense);
// All *.jsonl below a folder, in the order of their paths.
std::vector<std::filesystem::path> ResultsFiles(const std::filesystem::path& folder);

// Of each cell the newest (AddedAt), in the order of the cells; where two are of one second, the
// first.
std::vector<CommittedResult> NewestOfCells(const std::vector<CommittedResult>& results);

// L0 to L4 of an entry, from the results that stand for it: 0 if one of them is only claimed; 1 all
// valid; 2 one of them rerun; 3 all rerun; 4 all rerun elsewhere.
int LevelOf(const std::vector<Verified>& states);
int LevelOf(const std::vector<CommittedResult>& results);

}  // namespace dfkd
