#include "leaderboard/pages/left_out.h"

#include <algorithm>
#include <set>

#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

namespace fs = std::filesystem;

// `text` without the folder wherever a path in it begins with that.
std::string WithoutFolder(std::string text, const fs::path& folder) {
  const auto prefix = (folder / "").string();
  if (prefix.empty()) return text;
  for (size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\'';
    if (begins) text.erase(at, prefix.size());
    ++at;  // what follows may begin like the folder, and is below it
  }
  return text;
}

Problem BelowFolders(Problem problem, const std::vector<fs::path>& folders) {
  auto file = problem.file.string();
  for (const auto& folder : folders) {
    file = WithoutFolder(file, folder);
    problem.reason = WithoutFolder(problem.reason, folder);
  }
  problem.file = file;
  return problem;
}

}  // namespace

LeftOut LeftOutOf(const std::vector<Problem>& problems, const std::vector<ScoredMatrix>& matrices,
                  const std::vector<fs::path>& folders) {
  LeftOut left_out;
  if (problems.empty()) return left_out;
  std::map<fs::path, std::set<std::string>> names;  // of matrices, by folder
  for (const auto& matrix : matrices) {
    for (const auto& score : matrix.scores) names[score.file.parent_path()].insert(matrix.name);
  }
  for (const auto& problem : problems) {
    const auto found = names.find(problem.file.parent_path());
    const auto told = BelowFolders(problem, folders);
    if (found == names.end()) {
      left_out.elsewhere.push_back(told);
      continue;
    }
    for (const auto& name : found->second) left_out.beside[name].push_back(told);
  }
  return left_out;
}

Json LeftOutData(const std::vector<Problem>& problems) {
  if (problems.empty()) return nullptr;
  Json items = Json::array();
  for (size_t i = 0; i < std::min(problems.size(), kMostLeftOut); ++i) {
    const auto& [file, path, reason] = problems[i];
    items.push_back({{"file", file.string()}, {"where", path}, {"reason", reason}});
  }
  const auto more = problems.size() - items.size();
  return {{"count", Plural(static_cast<int64_t>(problems.size()), "score")},
          {"more", more > 0 ? std::to_string(more) : ""},
          {"items", std::move(items)}};
}

}  // namespace dfkd::site
