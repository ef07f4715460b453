// The files that CMake compiles into the program: leaderboard/schema/*.json,
// leaderboard/reference/*.json, leaderboard/site/* and bench/matrices/*.json.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dfkd {

// By file name, e.g. "scores.v1.json" or "style.css". An unknown name is our bug and throws Error.
std::string_view Embedded(const std::string& name);
std::vector<std::string> EmbeddedNames();

}  // namespace dfkd
