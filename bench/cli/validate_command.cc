// dfkd validate FILE…: are score, matrix and reference files what they say?
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "bench/cli/command.h"
#include "bench/core/error.h"
#include "bench/core/printable.h"
#include "bench/scores/matrix_beside.h"
#include "bench/scores/validate.h"

namespace dfkd::cli {
namespace {

struct ValidateFlags {
  std::vector<std::filesystem::path> files;
  bool json = false;
};

// Folders stand for the JSON files below them, without media.
std::vector<std::filesystem::path> Expanded(const std::vector<std::filesystem::path>& given) {
  std::vector<std::filesystem::path> files;
  std::error_code endless;  // a link that leads to itself has no kind
  for (const auto& path : given) {
    if (!std::filesystem::is_directory(path, endless)) {
      files.push_back(path);
      continue;
    }
    for (auto it = std::filesystem::recursive_directory_iterator(path); it != end(it); ++it) {
      if (it->is_directory(endless) && it->path().filename() == "media")
        it.disable_recursion_pending();
      const auto kind = it->path().extension();
      const bool link = it->is_symlink(endless) && !it->is_directory(endless);
      if ((link || it->is_regular_file(endless)) && (kind == ".json" || kind == ".jsonl"))
        files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Planned cells without a score, by the matrix.json that plans them. They are no problem of a file:
// a run may go on.
std::map<std::string, std::vector<std::string>> MissingBeside(
    const std::vector<std::filesystem::path>& files) {
  std::map<std::string, std::vector<std::string>> missing;
  for (const auto& file : files) {
    if (file.filename() != kMatrixBesideScores) continue;
    auto cells = MissingScores(file.parent_path());
    if (!cells.empty()) missing[file.string()] = std::move(cells);
  }
  return missing;
}

void TellMissing(const std::map<std::string, std::vector<std::string>>& missing) {
  for (const auto& [file, cells] : missing) {
    fmt::print(stderr, "{}: {} of its cells without a score, so not finished; the first is {}\n",
               Printable(file), cells.size(), Printable(cells.front()));
  }
}

void PrintJson(const std::vector<Problem>& problems,
               const std::map<std::string, std::vector<std::string>>& missing, size_t files) {
  Json json = {{"files", files}, {"problems", Json::array()}, {"missing", missing}};
  for (const auto& problem : problems) {
    json["problems"].push_back(
        {{"file", problem.file.string()}, {"path", problem.path}, {"reason", problem.reason}});
  }
  fmt::print("{}\n", json.dump(1));
}

int Run(const ValidateFlags& flags) {
  const auto files = Expanded(flags.files);
  if (files.empty()) throw Error("no JSON file to validate");
  const auto problems = ValidateFiles(files);
  const auto missing = MissingBeside(files);
  if (flags.json) PrintJson(problems, missing, files.size());
  for (const auto& problem : problems) {
    if (flags.json) break;
    fmt::print("{}\n", Printable(fmt::format("{}:{}: {}", problem.file.string(), problem.path,
                                             problem.reason)));
  }
  TellMissing(missing);
  const auto counted = [](size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  fmt::print(stderr, "{}, {}\n", counted(files.size(), "file"),
             counted(problems.size(), "problem"));
  return problems.empty() ? 0 : 2;
}

}  // namespace

void AddValidate(Program& program) {
  auto& verb = program.AddVerb("validate", "Check score, matrix and reference files");
  const auto flags = std::make_shared<ValidateFlags>();
  verb.Add("FILE", &flags->files, "files, or folders of them").Required();
  verb.Add("--json", &flags->json, "problems as JSON on standard output");
  verb.Footer(
      "Exit code: 0 all are valid, 2 some are not.\n"
      "Examples:\n"
      "  dfkd validate bench/matrices/quick.json\n"
      "  dfkd validate leaderboard/results --json");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
