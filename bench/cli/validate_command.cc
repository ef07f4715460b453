// dfkd validate FILE…: are score, matrix and reference files what they say?
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/core/error.h"
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
  for (const auto& path : given) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (auto it = std::filesystem::recursive_directory_iterator(path); it != end(it); ++it) {
      if (it->is_directory() && it->path().filename() == "media") it.disable_recursion_pending();
      if (it->is_regular_file() && it->path().extension() == ".json") files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void PrintJson(const std::vector<Problem>& problems, size_t files) {
  Json json = {{"files", files}, {"problems", Json::array()}};
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
  if (flags.json) PrintJson(problems, files.size());
  for (const auto& problem : problems) {
    if (flags.json) break;
    fmt::print("{}:{}: {}\n", problem.file.string(), problem.path, problem.reason);
  }
  fmt::print(stderr, "{} files, {} problems\n", files.size(), problems.size());
  return problems.empty() ? 0 : 2;
}

}  // namespace

void AddValidate(Program& program) {
  auto& verb = program.AddVerb("validate", "check score, matrix and reference files");
  const auto flags = std::make_shared<ValidateFlags>();
  verb.Add("FILE", &flags->files, "files, or folders of them").Required();
  verb.Add("--json", &flags->json, "problems as JSON on standard output");
  verb.NeedsNoPlugins();
  verb.Footer(
      "Exit code: 0 all are valid, 2 some are not.\n"
      "Examples:\n"
      "  dfkd validate bench/matrices/quick.json\n"
      "  dfkd validate leaderboard/results --json");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
