#include "bench/matrix/preset.h"

#include <set>
#include <utility>

#include "bench/core/cell.h"
#include "bench/core/hash.h"
#include "bench/matrix/user_inputs_of.h"

namespace dfkd {
namespace {

bool IsText(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && json.at(key).is_string();
}

// A distiller as the file has it, and its id under the preset.
struct RenamedEntry {
  std::string id, plugin, now;
};
using Renamed = std::vector<RenamedEntry>;

// "zskt" or {"id", "plugin", …}; the id is always given afterwards.
void Rename(Json& entry, const std::string& ending, Renamed& renamed) {
  if (entry.is_string()) entry = {{"plugin", entry}};
  if (!IsText(entry, "plugin")) return;
  const std::string plugin = entry.at("plugin");
  const std::string id = IsText(entry, "id") ? entry.at("id").get<std::string>() : plugin;
  renamed.push_back({id, plugin, id + ending});
  entry["id"] = id + ending;
}

// What the names of `when` meant: a distiller by its id, and all of a plugin.
void FollowNames(Json& names, const Renamed& renamed) {
  const Json given = names.is_array() ? names : Json::array({names});
  std::set<std::string> followed;
  for (const auto& name : given) {
    if (!name.is_string()) return;  // left to the parser
    const auto text = name.get<std::string>();
    std::set<std::string> meant;
    for (const auto& one : renamed) {
      if (one.id == text || one.plugin == text) meant.insert(one.now);
    }
    if (meant.empty()) meant.insert(text);
    followed.insert(meant.begin(), meant.end());
  }
  names = followed.size() == 1 && names.is_string() ? Json(*followed.begin()) : Json(followed);
}

// A plugin is called as before; what was an id only has become another.
std::set<std::string> FollowPath(const std::string& path, const Renamed& renamed) {
  std::set<std::string> followed;
  for (const auto& one : renamed) {
    if (path.starts_with(one.plugin + ".")) {
      followed.insert(path);
    } else if (path.starts_with(one.id + ".")) {
      followed.insert(one.now + path.substr(one.id.size()));
    }
  }
  if (followed.empty()) followed.insert(path);
  return followed;
}

// "<name>.<option>" -> value.
void FollowSettings(Json& settings, const Renamed& renamed) {
  if (!settings.is_object()) return;
  Json followed = Json::object();
  for (const auto& [path, value] : settings.items()) {
    for (const auto& now : FollowPath(path, renamed)) followed[now] = value;
  }
  settings = std::move(followed);
}

// An override may name distillers in `when` and in `set`.
void Follow(Json& item, const Renamed& renamed) {
  if (!item.is_object()) return;
  if (item.contains("when") && item["when"].is_object() && item["when"].contains("distiller"))
    FollowNames(item["when"]["distiller"], renamed);
  if (item.contains("set")) FollowSettings(item["set"], renamed);
}

constexpr size_t kLongestName = 48;

// "distiller.rounds_20", or its beginning and a hash, if it would be long or not say all.
std::string NameOf(const Json& settings) {
  std::string name, exact;
  for (const auto& [option, value] : settings.items()) {
    exact = option + "_" + (value.is_string() ? value.get<std::string>() : value.dump());
    name += (name.empty() ? "" : "_") + SafeName(exact);
  }
  const bool says_all = settings.size() == 1 && name == exact && name.size() <= kLongestName;
  if (says_all) return name;
  return name.substr(0, kLongestName) + "_" + Sha256Hex(Canonical(settings)).substr(0, 8);
}

}  // namespace

Json UsePreset(Json matrix, const std::string& preset) {
  if (preset.empty() || !IsText(matrix, "name")) return matrix;
  if (matrix.value("preset", Json("fixed")) == preset) return matrix;
  const auto ending = "_" + preset;
  matrix["preset"] = preset;
  matrix["name"] = matrix.at("name").get<std::string>() + ending;
  Renamed renamed;
  if (matrix.contains("blocks") && matrix.at("blocks").is_array()) {
    for (auto& block : matrix["blocks"]) {
      if (!block.is_object() || !block.contains("distillers")) continue;
      for (auto& entry : block["distillers"]) Rename(entry, ending, renamed);
    }
  }
  if (matrix.contains("overrides") && matrix.at("overrides").is_array()) {
    for (auto& item : matrix["overrides"]) Follow(item, renamed);
  }
  if (matrix.contains("settings")) FollowSettings(matrix["settings"], renamed);
  return matrix;
}

void UseSettings(const Json& settings, Matrix& matrix) {
  const Json all = SettingsAbove(settings, matrix.settings);
  if (all == matrix.settings) return;
  matrix.settings = all;
  for (const auto& [name, unused] : settings.items()) matrix.settings_of_file.erase(name);
  matrix.name += "_" + NameOf(settings);
  matrix.source["name"] = matrix.name;
  matrix.source["settings"] = all;
}

std::vector<std::string> WithPreset(std::vector<std::string> ids, const Matrix& matrix) {
  std::set<std::string> known;
  for (const auto& block : matrix.blocks) {
    for (const auto& entry : block.distillers) known.insert(entry.id);
  }
  for (auto& id : ids) {
    const auto under = id + "_" + matrix.preset;
    if (!known.contains(id) && known.contains(under)) id = under;
  }
  return ids;
}

}  // namespace dfkd
