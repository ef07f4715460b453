// The build that the running program comes from, and programs started from here.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dfkd::cli {

// The file of the running program, also after another one has taken its place.
std::filesystem::path ProgramFile();

// What CMake was told, read from CMakeCache.txt.
class BuildFolder {
 public:
  // Throws Error if `folder` holds no build of this project.
  explicit BuildFolder(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path Source() const { return Value("CMAKE_HOME_DIRECTORY"); }
  // The value of a cache variable; "" if there is none.
  std::string Value(const std::string& variable) const;

  // DFKD_PLUGINS: the roots of plugins besides those of the tree, as they were given.
  std::vector<std::string> FurtherRoots() const;
  // Where such a root lies: it may be relative to the tree.
  std::filesystem::path PlaceOf(const std::string& root) const;
  // Whether the folders of `root` are plugins of this build.
  bool HasRoot(const std::filesystem::path& root) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> cache_;
};

// Runs a program to its end, what it prints going to standard error, in the folder `in` if it is
// not empty. Returns its exit code, 128 + n if signal n ended it. Throws Error if it cannot be
// started.
int RunProgram(const std::vector<std::string>& words, const std::filesystem::path& in = "");

// Becomes that program; returns only by throwing Error.
[[noreturn]] void BecomeProgram(const std::vector<std::string>& words);

// As a person would type it.
std::string CommandLine(const std::vector<std::string>& words);

}  // namespace dfkd::cli
