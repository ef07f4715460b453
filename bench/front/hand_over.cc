#include "bench/front/hand_over.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "bench/core/error.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// As they were given, empty ones included.
std::vector<std::string> OwnArguments() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> arguments;
  for (size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\0', start), text.size());
    arguments.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return arguments;
}

fs::path FullProgram() {
  const auto places = FullProgramPlaces(fs::read_symlink("/proc/self/exe").parent_path());
  for (const auto& place : places) {
    if (fs::exists(place)) return place;
  }
  std::vector<std::string> texts;
  for (const auto& place : places) texts.push_back(place.string());
  throw MakeError("the program that computes is neither of {}; build or install it again",
                  fmt::join(texts, ", "));
}

}  // namespace

std::vector<fs::path> FullProgramPlaces(const fs::path& folder) {
  return {folder / kFullProgram,
          (folder / "../libexec/dfkd-bench").lexically_normal() / kFullProgram};
}

void HandOver() {
  const auto program = FullProgram();
  auto arguments = OwnArguments();
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::cout.flush();
  std::fflush(nullptr);
  // Debian 13's LibTorch loads UCX, which would take SIGHUP to debug with, although nohup had it
  // ignored.
  ::setenv("UCX_DEBUG_SIGNO", "0", /*overwrite=*/0);
  ::execv(program.c_str(), pointers.data());
  throw MakeError("start {}: {}", program.string(), std::strerror(errno));
}

}  // namespace dfkd
