#include "bench/matrix/preset.h"

#include <map>
#include <set>

#include "bench/core/cell.h"
#include "bench/core/hash.h"

namespace dfkd {
namespace {

bool IsText(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && json.at(key).is_string();
}

// "zskt" or {"id", "plugin", …}; the id is always given afterwards. `renamed` collects old -> new.
void Rename(Json& entry, const std::string& ending, std::map<std::string, std::string>& renamed) {
  if (entry.is_string()) entry = {{"plugin", entry}};
  if (!IsText(entry, "plugin")) return;
  const auto old = entry.at(IsText(entry, "id") ? "id" : "plugin").get<std::string>();
  entry["id"] = renamed[old] = old + ending;
}

using Renamed = std::map<std::string, std::string>;

void FollowName(Json& name, const Renamed& renamed) {
  if (name.is_array()) {
    for (auto& one : name) FollowName(one, renamed);
  } else if (name.is_string()) {
    const auto found = renamed.find(name.get<std::string>());
    if (found != renamed.end()) name = found->second;
  }
}

std::string FollowPath(const std::string& path, const Renamed& renamed) {
  for (const auto& [old, now] : renamed) {
    if (path.starts_with(old + ".")) return now + path.substr(old.size());
  }
  return path;
}

// An override may name a distiller by its id, in `when` and in `set`.
void Follow(Json& item, const Renamed& renamed) {
  if (!item.is_object()) return;
  if (item.contains("when") && item["when"].is_object() && item["when"].contains("distiller"))
    FollowName(item["when"]["distiller"], renamed);
  if (!item.contains("set") || !item["set"].is_object()) return;
  Json followed = Json::object();
  for (const auto& [path, value] : item["set"].items()) followed[FollowPath(path, renamed)] = value;
  item["set"] = followed;
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
  std::map<std::string, std::string> renamed;
  if (matrix.contains("blocks") && matrix.at("blocks").is_array()) {
    for (auto& block : matrix["blocks"]) {
      if (!block.is_object() || !block.contains("distillers")) continue;
      for (auto& entry : block["distillers"]) Rename(entry, ending, renamed);
    }
  }
  if (matrix.contains("overrides") && matrix.at("overrides").is_array()) {
    for (auto& item : matrix["overrides"]) Follow(item, renamed);
  }
  return matrix;
}

void UseSettings(const Json& settings, Matrix& matrix) {
  Json all = matrix.settings;
  all.update(settings);
  if (all == matrix.settings) return;
  matrix.settings = all;
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
