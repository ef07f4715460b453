// Is a score, matrix or reference file what it says? First the schema, then what a schema cannot
// say: values are their counts, names are the file's, entries of one matrix agree.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/core/json.h"
#include "bench/scores/score.h"

namespace dfkd {

struct Problem {
  std::filesystem::path file;
  std::string path;    // JSON pointer of the value, "" for the file as a whole
  std::string reason;  // one line
};

// The member "schema" says which schema applies: scores.v1, matrix.v1, reference.v1 or tune.v1; a
// *.jsonl is one of results (results_file.h). An unreadable file is a problem too; nothing is
// thrown. No problems: the file is valid.
std::vector<Problem> ValidateFile(const std::filesystem::path& file);

// Every file by itself, then all scores together, of a file of results the newest of each cell:
// cells that come twice, one id for two things, what the matrix.json beside them says otherwise.
std::vector<Problem> ValidateFiles(const std::vector<std::filesystem::path>& files);

// A score, or what is wrong with its file; with problems of media alone there are both.
struct ReadScoreFile {
  std::optional<Score> score;
  std::vector<Problem> problems;
};

// Reads and checks a file that must be a score. Nothing is thrown.
ReadScoreFile ReadValidScore(const std::filesystem::path& file);

// The checks beyond the schema. `file` is only used for its name and folder.
std::vector<Problem> CheckScore(const Score& score, const std::filesystem::path& file);
std::vector<Problem> CheckScoresAgree(const std::vector<Score>& scores);
// Of the scores at these positions a flag is not what others among the scores say: the undefended
// student of their cell of not_transferred, or that it failed (no_undefended); whoever has a floor
// at the same place (FloorPlace) of no_floor.
std::vector<std::pair<size_t, Problem>> CheckTransfers(const std::vector<Score>& scores);
// Of a text like "2024-05-31T12:00:00Z"; absent if there is no such time.
std::optional<std::chrono::sys_seconds> TimeFrom(const std::string& text);
bool IsTime(const std::string& text);
// Of a score that was read: with the cell, where its file holds those of many.
Problem ProblemOf(const Score& score, const std::string& path, const std::string& reason);
std::vector<Problem> CheckReference(const Json& reference, const std::filesystem::path& file);

}  // namespace dfkd
