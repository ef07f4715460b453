#include "bench/cli/build_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "bench/core/error.h"
#include "bench/core/split.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> ReadCache(const fs::path& file) {
  std::map<std::string, std::string> values;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {  // NAME:TYPE=VALUE
    const auto equals = line.find('='), colon = line.rfind(':', equals);
    const bool remark = line.starts_with("#") || line.starts_with("//");
    if (remark || equals == line.npos || colon == line.npos) continue;
    values[line.substr(0, colon)] = line.substr(equals + 1);
  }
  return values;
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void RunChild(const std::vector<std::string>& words, const fs::path& in) {
  const bool moved = in.empty() || ::chdir(in.c_str()) == 0;
  if (moved && ::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) {
    ::execvp(words.front().c_str(), Pointers(words).data());
  }
  ::_exit(127);
}

}  // namespace

fs::path ProgramFile() {
  std::error_code failed;
  auto file = fs::read_symlink("/proc/self/exe", failed).string();
  const std::string replaced = " (deleted)";
  if (file.ends_with(replaced)) file.resize(file.size() - replaced.size());
  if (failed || file.empty()) throw MakeError("/proc/self/exe: cannot be read");
  return file;
}

BuildFolder::BuildFolder(fs::path folder) : folder_(std::move(folder)) {
  const auto file = folder_ / "CMakeCache.txt";
  cache_ = ReadCache(file);
  if (Value("dfkd_bench_SOURCE_DIR").empty()) {
    throw MakeError(
        "{}: no build of dfkd-bench; this works with the program of a build (build/dfkd)",
        file.string());
  }
}

std::string BuildFolder::Value(const std::string& variable) const {
  const auto found = cache_.find(variable);
  return found == cache_.end() ? "" : found->second;
}

std::vector<std::string> BuildFolder::FurtherRoots() const {
  auto roots = SplitAt(Value("DFKD_PLUGINS"), ';');
  std::erase(roots, std::string());
  return roots;
}

fs::path BuildFolder::PlaceOf(const std::string& root) const {
  return fs::weakly_canonical(Source() / root);
}

bool BuildFolder::HasRoot(const fs::path& root) const {
  auto roots = FurtherRoots();
  roots.insert(roots.end(), {"datasets", "attacks", "methods/distillation", "methods/defenses",
                             "methods/detectors"});
  return std::any_of(roots.begin(), roots.end(),
                     [&](const auto& one) { return PlaceOf(one) == fs::weakly_canonical(root); });
}

int RunProgram(const std::vector<std::string>& words, const fs::path& in) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw MakeError("{}: {}", words.front(), std::strerror(errno));
  if (child == 0) RunChild(words, in);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw MakeError("{}: {}", words.front(), std::strerror(errno));
  }
  if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
  if (WEXITSTATUS(status) == 127) throw MakeError("{}: cannot be started", words.front());
  return WEXITSTATUS(status);
}

void BecomeProgram(const std::vector<std::string>& words) {
  std::fflush(nullptr);
  ::execv(words.front().c_str(), Pointers(words).data());
  throw MakeError("{}: {}", words.front(), std::strerror(errno));
}

std::string CommandLine(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    const bool plain = word.find_first_of(" ;*'\"$\\") == word.npos && !word.empty();
    line += (line.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return line;
}

}  // namespace dfkd::cli
