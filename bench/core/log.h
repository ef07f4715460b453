// Log lines for people, on standard error. Data goes to standard output and is written by cli/
// only.
#pragma once
#include <spdlog/spdlog.h>

namespace dfkd {

// "DFKD_LOG=debug|info|warn|error" sets the level; coloured where MayColour says so. Called once by
// main.
void StartLog();

}  // namespace dfkd
