// Python as Debian's package python3 installs it: no other one that stands first in PATH, and no
// variables or packages of the user.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace dfkd::testing {

inline constexpr const char* kPython = "/usr/bin/python3";

// This process becomes Python. -B: nothing is written beside the sources.
[[noreturn]] inline void RunAsPython(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {kPython, "-E", "-s", "-B"});
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(kPython, pointers.data());
  ::_exit(127);
}

// The exit code; 127 without the package python3, -1 if a signal ended it.
inline int RunPython(const std::vector<std::string>& arguments) {
  const pid_t child = ::fork();
  if (child == 0) RunAsPython(arguments);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace dfkd::testing
