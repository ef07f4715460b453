#include "bench/scores/score.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
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

// Of a stage's title: to which round it distils; -1 if it does not.
int64_t RoundOf(const std::string& title) {
  constexpr std::string_view kTo = " to round ";
  const auto at = title.rfind(kTo);
  if (!title.starts_with("distill ") || at == title.npos) return -1;
  return std::strtoll(title.c_str() + at + kTo.size(), nullptr, 10);
}

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

std::set<std::string> EarlierStates(const std::vector<std::string>& titles) {
  int64_t last = -1;
  for (const auto& title : titles) last = std::max(last, RoundOf(title));
  std::set<std::string> earlier;
  for (const auto& title : titles) {
    const auto round = RoundOf(title);
    if (round >= 0 && round < last) earlier.insert(title);
  }
  return earlier;
}

std::vector<std::string> TitlesOf(const std::map<std::string, std::string>& stages) {
  std::vector<std::string> titles;
  for (const auto& [title, unused] : stages) titles.push_back(title);
  return titles;
}

std::string Digest(const Score& score) { return DigestOfJson(ToJson(score)); }

std::string DigestOfJson(Json score) {
  score.erase("cost");
  for (const char* key : {"version", "commit", "created", "sources", "references", "asked"})
    score["provenance"].erase(key);
  return Sha256Hex(Canonical(score));
}

}  // namespace dfkd
