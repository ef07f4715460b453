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
  std::string kind, name, folder, sha256;  // kind as in Name(PluginKind); folder absolute
  int64_t revision = 1;

  // How results call it: "defense abd".
  std::string Label() const { return kind + " " + name; }
};

// Of all plugins that are registered, by kind and name. In the generated source of the program; not
// before main.
const std::vector<PluginSource>& PluginSources();

// The same, from the hash of each folder. A plugin whose folder is not among them is left out.
std::vector<PluginSource> SourcesIn(const std::map<std::string, std::string>& hashes);

// What this program would compute with now.
struct CurrentSource {
  int64_t revision = 1;
  std::string sha256, folder;
};
// By label.
using CurrentSources = std::map<std::string, CurrentSource>;

}  // namespace dfkd
