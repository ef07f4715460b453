// What the program knows of a plugin that scores name: from its card. Scores may come from a
// program with other plugins; of these only the name is known.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"

namespace dfkd::site {

struct PluginInfo {
  std::string name, summary;
  // Attacks: "control", "dirty label", "clean label", "learned trigger", "poisoned transfer set".
  // Defences: where they act, "sanitizes the teacher", "during distillation", "repairs the
  // student", joined by " + ". Distillers: what the student is trained on.
  std::string family;
  // What of the training data a defence or distiller asks for: "no data", "synthetic images",
  // "other images", "clean images".
  std::string access;
  // An address; BibTeX for it.
  std::string paper, bibtex;
  // Its folder in the repository; "" if it lies elsewhere.
  std::string code;
  bool control = false;
  // None: the program does not know it.
  std::optional<int64_t> revision;
  // {"name", "type", "default", "lowest", "highest", "allowed", "doc"} each.
  Json options = Json::array();
};

bool IsRegistered(PluginKind kind, const std::string& plugin);

// The names of plugins that are joined by '+': a list of defences.
std::vector<std::string> SplitPlugins(const std::string& plugins);

// `plugin` may be several (SplitPlugins).
PluginInfo InfoOf(PluginKind kind, const std::string& plugin);

}  // namespace dfkd::site
