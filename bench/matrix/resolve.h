// The options of a cell's entries, resolved in the order plugin default < preset < overrides <
// entry < --set, with the origin of each value kept for `plan --explain`.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"
#include "bench/matrix/matrix.h"

namespace dfkd {

struct ResolvedEntry {
  std::string id, plugin;  // plugins of several parts are joined by '+'
  int revision = 1;
  Json options = Json::object();  // resolved
  // Option -> "default", "preset fixed", "override 2", "entry", "settings", "--set".
  Json origins = Json::object();
  bool attack_aware = false;
  double holdout = 0;
  std::string path;  // of the entry in the matrix file
  // A part: its name among all parts of the defence, "plugin" or "plugin.1"; names its random
  // stream and its state.
  std::string label;
  std::vector<ResolvedEntry> parts;  // defences: what has hooks, in order; composites are expanded

  // {"plugin","revision","options"}: what goes into keys.
  Json ToJson() const;
};

// Ids and plugin names of a cell's axes, against which `overrides.when` is matched:
// axis -> (id, plugin).
using Axes = std::map<std::string, std::pair<std::string, std::string>>;

// All but the defence's.
Axes AxesOf(const MatrixEntry& dataset, const MatrixEntry& attack, const MatrixEntry& distiller,
            const NetworkPair& networks);

// Whether an override holds for entries of this kind in such a cell.
bool Applies(const Override& item, PluginKind kind, const Axes& axes);

struct ResolveContext {
  const Matrix& matrix;
  const Json& settings;  // of the file, and --set above them
  Axes axes;
  bool by_kind = true;  // whether "defense.rounds" speaks of this entry as "<id>.rounds" does
};

// Throws MatrixError naming the place in the file, the entry, the option and what is allowed; Error
// for a setting of the command line.
ResolvedEntry Resolve(PluginKind kind, const MatrixEntry& entry, const ResolveContext& context);

}  // namespace dfkd
