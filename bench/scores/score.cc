#include "bench/scores/score.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"

namespace dfkd {
namespace {

constexpr std::array<std::pair<Status, const char*>, 6> kStatusNames = {{
    {Status::kOk, "ok"},
    {Status::kAttackFailed, "attack_failed"},
    {Status::kDiverged, "diverged"},
    {Status::kTimedOut, "timed_out"},
    {Status::kFailed, "failed"},
    {Status::kNotApplicable, "not_applicable"},
}};

}  // namespace

const char* Name(Status status) {
  for (const auto& [value, name] : kStatusNames) {
    if (value == status) return name;
  }
  DFKD_CHECK(false);
}

Status StatusFrom(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [value, text] : kStatusNames) {
    if (name == text) return value;
    known.push_back(text);
  }
  throw MakeError("status '{}' is not one of: {}", name, fmt::join(known, ", "));
}

const std::vector<std::string>& MediaKinds() {
  static const std::vector<std::string> kinds = {"curves",    "log",        "trigger",  "clean",
                                                 "triggered", "difference", "synthetic"};
  return kinds;
}

Score ReadScore(const std::filesystem::path& file) {
  Score score = ScoreFrom(ReadJson(file), file.string());
  score.file = file;
  return score;
}

std::vector<std::filesystem::path> ScoreFiles(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw MakeError("{}: no such folder of scores; `dfkd run` writes one", folder.string());
  }
  std::vector<std::filesystem::path> files;
  std::error_code endless;  // a link that leads to itself has no kind
  for (auto it = std::filesystem::recursive_directory_iterator(folder); it != end(it); ++it) {
    const auto name = it->path().filename();
    if (it->is_directory(endless) && name == "media") it.disable_recursion_pending();
    if ((it->is_regular_file(endless) || it->is_symlink()) && name.extension() == ".json" &&
        name != kMatrixBesideScores) {
      files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Score> ReadScores(const std::filesystem::path& folder) {
  std::vector<Score> scores;
  for (const auto& file : ScoreFiles(folder)) scores.push_back(ReadScore(file));
  return scores;
}

std::string Digest(const Score& score) {
  Json json = ToJson(score);
  json.erase("cost");
  for (const char* key : {"version", "commit", "created", "sources"}) json["provenance"].erase(key);
  return Sha256Hex(Canonical(json));
}

}  // namespace dfkd
