// Attacks that were built against a defence, and where they meet it.
#pragma once
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd::site {

// The plugins of the defences that the plugin of an attack was built against, as its card says;
// none if the program does not know it.
std::vector<std::string> AdaptsTo(const std::string& attack);

// Whether an entry runs one of these defences: as its plugin, as one of several (SplitPlugins), or
// as a part.
bool RunsOneOf(const Entry& defense, const std::vector<std::string>& plugins);

// Whether the attack of a cell was built against its defence.
bool IsAdaptive(const Score& score);

}  // namespace dfkd::site
