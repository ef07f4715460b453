// What the plugins of this program were compiled from. Results are keyed by revision, not by code;
// the hash of the code stands beside the results, so that a change without a new revision is seen.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dfkd {

// `sha256` is that of the plugin's own sources (*.h and *.cc in and below its folder), without
// `//` comments and layout. What it includes from bench/ does not count: that is covered by the
// revisions of stages and plugins, and by who changes it.
struct PluginSource {
  // kind is as in Name(PluginKind), folder absolute.
  std::string kind, name, folder, sha256;

  // How results call it: "defense abd".
  std::string Label() const { return kind + " " + name; }
};

// In the generated source of the program: all plugins that CMake found, root by root.
const std::vector<PluginSource>& PluginSources();

// What this program would compute with now.
struct CurrentSource {
  int64_t revision = 1;
  std::string sha256, folder;
};
// By label.
using CurrentSources = std::map<std::string, CurrentSource>;

}  // namespace dfkd
