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

// By absolute folder.
using FolderHashes = std::map<std::string, std::string>;

// That of the header's folder; end() if it is not there. A compiler that is told to forget where
// the tree lies (base_dir of ccache) names headers from where it ran: "../attacks/sig/sig.h".
FolderHashes::const_iterator FindFolderOf(const std::string& header, const FolderHashes& hashes);

// The same, from the hash of each folder. A plugin whose folder is not among them is left out.
std::vector<PluginSource> SourcesIn(const FolderHashes& hashes);

// What this program would compute with now.
struct CurrentSource {
  int64_t revision = 1;
  std::string sha256, folder;
};
// By label.
using CurrentSources = std::map<std::string, CurrentSource>;

}  // namespace dfkd
