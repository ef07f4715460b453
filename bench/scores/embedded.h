// The files that CMake compiles into the program: leaderboard/schema/*.json and leaderboard/site/*.
#pragma once
#include <string>
#include <string_view>

namespace dfkd {

// By file name, e.g. "scores.v1.json" or "style.css". An unknown name is our bug and throws Error.
std::string_view Embedded(const std::string& name);

}  // namespace dfkd
