// How the program without LibTorch goes on as the one with it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dfkd {

inline constexpr const char* kFullProgram = "dfkd-compute";

// Where the full program of a front end in `folder` may lie: beside it, as in a build, and in
// ../libexec/dfkd-bench, as installed. The first that exists is taken.
std::vector<std::filesystem::path> FullProgramPlaces(const std::filesystem::path& folder);

// Replaces this process by the full program (exec): the same arguments, environment, descriptors
// and process id. Throws Error naming the places where none was found.
[[noreturn]] void HandOver();

}  // namespace dfkd
