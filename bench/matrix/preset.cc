#include "bench/matrix/preset.h"

#include <map>
#include <set>

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
