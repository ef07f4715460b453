// What of a plugin only runs can show: that a run which was cut, and resumed in another process,
// ends as one that was not, that nothing is carried from one cell to the next (other seeds computed
// before in the same process change nothing), that threads change nothing from run to run, and that
// it does anything at all. On generated images, with tiny networks.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"

namespace dfkd::cli {

struct PluginCheck {
  // An empty folder: stores and the matrix of the check are written to it.
  std::filesystem::path scratch;
  // Where data sets lie, if the plugin is one.
  std::filesystem::path data;
  // Told each step, for people.
  std::function<void(const std::string& line)> say;
  // Beside which a defence is run; empty: all.
  std::vector<std::string> distillers = {};
};

// One line for each problem; empty if there is none. Defences run beside the distillers, attacks
// and data sets beside a cheap one; detectors are asked about a poisoned and a clean teacher.
// Throws Error where the check itself is not possible, as for a data set whose files are not here.
std::vector<std::string> CheckPlugin(const PluginCard& card, const PluginCheck& check);

}  // namespace dfkd::cli
