#include "bench/matrix/matrix.h"

#include <algorithm>

#include "bench/core/error.h"
#include "bench/core/registry.h"
#include "bench/recipes/teacher_recipe.h"

namespace dfkd {
namespace {

template <class Value>
Value Get(const Json& object, const std::string& key, const std::string& where) {
  if (!object.contains(key)) throw MakeError("{}: '{}' is missing", where, key);
  try {
    return object.at(key).get<Value>();
  } catch (const Json::exception&) {
    throw MakeError("{}: {} = {} is of the wrong type", where, key, object.at(key).dump());
  }
}

template <class Value>
Value Get(const Json& object, const std::string& key, Value otherwise, const std::string& where) {
  return object.contains(key) ? Get<Value>(object, key, where) : otherwise;
}

MatrixEntry ParseEntry(const Json& json, PluginKind kind, const std::string& where);

MatrixEntry ParseParts(const Json& list, const std::string& where) {
  MatrixEntry entry;
  for (const auto& part : list) {
    entry.parts.push_back(ParseEntry(part, PluginKind::kDefense, where));
    entry.id += (entry.id.empty() ? "" : "+") + entry.parts.back().id;
  }
  if (entry.parts.empty()) throw MakeError("{}: a list of parts is empty", where);
  return entry;
}

MatrixEntry ParseObject(const Json& json, const std::string& where) {
  RequireKeys(json, {"id", "plugin", "options", "parts", "attack_aware", "holdout"}, where);
  MatrixEntry entry;
  if (json.contains("parts")) {
    entry = ParseParts(json.at("parts"), where);
  } else {
    entry.plugin = Get<std::string>(json, "plugin", where);
    entry.id = entry.plugin;
  }
  entry.id = Get<std::string>(json, "id", entry.id, where);
  entry.options = Get<Json>(json, "options", Json::object(), where);
  entry.attack_aware = Get<bool>(json, "attack_aware", false, where);
  entry.holdout = Get<double>(json, "holdout", 0.0, where);
  if (entry.holdout < 0 || entry.holdout > 0.5) {
    throw MakeError("{}: holdout = {} must lie in [0, 0.5]", where, entry.holdout);
  }
  return entry;
}

MatrixEntry ParseEntry(const Json& json, PluginKind kind, const std::string& where) {
  MatrixEntry entry;
  if (json.is_string()) {
    entry.id = entry.plugin = json.get<std::string>();
  } else if (json.is_array() && kind == PluginKind::kDefense) {
    entry = ParseParts(json, where);
  } else if (json.is_object()) {
    entry = ParseObject(json, where);
  } else {
    throw MakeError("{}: an entry is a plugin's name or an object, not {}", where, json.dump());
  }
  if (entry.parts.empty())
    Registry::Get().Card(kind, entry.plugin);  // an unknown name is an error here
  return entry;
}

std::vector<MatrixEntry> ParseAxis(const Json& block, const std::string& axis, PluginKind kind,
                                   const std::string& where) {
  std::vector<MatrixEntry> entries;
  std::set<std::string> ids;
  const auto place = where + ", " + axis;
  for (const auto& json : Get<std::vector<Json>>(block, axis, where)) {
    entries.push_back(ParseEntry(json, kind, place));
    if (!ids.insert(entries.back().id).second) {
      throw MakeError("{}: id '{}' stands twice", place, entries.back().id);
    }
  }
  if (entries.empty()) throw MakeError("{}: no entry", place);
  return entries;
}

std::vector<NetworkPair> ParseNetworks(const Json& block, const std::string& where) {
  std::vector<NetworkPair> pairs;
  for (const auto& json : Get<std::vector<Json>>(block, "networks", where)) {
    RequireKeys(json, {"teacher", "student"}, where + ", networks");
    pairs.push_back(
        {Get<std::string>(json, "teacher", where), Get<std::string>(json, "student", where)});
  }
  if (pairs.empty()) throw MakeError("{}, networks: no entry", where);
  return pairs;
}

Block ParseBlock(const Json& json, const std::string& where) {
  RequireKeys(json,
              {"datasets", "attacks", "networks", "distillers", "defenses", "teacher_seeds",
               "student_seeds"},
              where);
  Block block;
  block.datasets = ParseAxis(json, "datasets", PluginKind::kDataset, where);
  block.attacks = ParseAxis(json, "attacks", PluginKind::kAttack, where);
  block.distillers = ParseAxis(json, "distillers", PluginKind::kDistiller, where);
  block.defenses = ParseAxis(json, "defenses", PluginKind::kDefense, where);
  block.networks = ParseNetworks(json, where);
  block.teacher_seeds = Get<std::vector<int64_t>>(json, "teacher_seeds", {0}, where);
  block.student_seeds = Get<std::vector<int64_t>>(json, "student_seeds", {0}, where);
  return block;
}

// A list of names stands for one override each.
std::vector<Override> With(const std::vector<Override>& overrides, const std::string& axis,
                           const std::vector<std::string>& names) {
  std::vector<Override> result;
  for (const auto& item : overrides) {
    for (const auto& name : names) {
      result.push_back(item);
      result.back().when[axis] = name;
    }
  }
  return result;
}

std::vector<Override> ParseOverride(const Json& json, const std::string& where) {
  static const std::map<std::string, std::string> axes = {
      {"dataset", "dataset"},     {"attack", "attack"},           {"teacher", "teacher"},
      {"student", "student"},     {"teacher_network", "teacher"}, {"student_network", "student"},
      {"distiller", "distiller"}, {"defense", "defense"}};
  std::vector<std::string> known;
  for (const auto& [name, unused] : axes) known.push_back(name);
  RequireKeys(json, {"when", "set"}, where);
  const auto when = Get<Json>(json, "when", where);
  RequireKeys(when, known, where + ", when");
  std::vector<Override> result = {{.when = {}, .set = Get<Json>(json, "set", where)}};
  for (const auto& [axis, value] : when.items()) {
    const auto names = value.is_array()
                           ? Get<std::vector<std::string>>(when, axis, where + ", when")
                           : std::vector{Get<std::string>(when, axis, where + ", when")};
    result = With(result, axes.at(axis), names);
  }
  return result;
}

// Results are told apart by ids, so an id means the same in every block.
void RequireOneMeaning(const Matrix& matrix, std::vector<MatrixEntry> Block::*axis,
                       const std::string& where) {
  std::map<std::string, MatrixEntry> known;
  for (const auto& block : matrix.blocks) {
    for (const auto& entry : block.*axis) {
      if (known.try_emplace(entry.id, entry).first->second == entry) continue;
      throw MakeError("{}: id '{}' means different things in two blocks", where, entry.id);
    }
  }
}

void ParseTeacher(const Json& json, const std::string& where, Matrix& matrix) {
  if (NamesTeacherFile(json)) {
    matrix.teacher_file = ParseTeacherFile(json, where);
    matrix.teacher = matrix.teacher_file->ToJson();
  } else {
    matrix.teacher = ResolveOptions(TableOf<TeacherRecipe>().cards(), json, where);
  }
}

// A file has no seed: cells of two would be the same cell.
void RequireOneTeacherSeed(const Matrix& matrix, const std::string& origin) {
  for (const auto& block : matrix.blocks) {
    if (block.teacher_seeds.size() == 1) continue;
    throw MakeError(
        "{}: {} teacher_seeds for a teacher from a file, which has none; leave them out", origin,
        block.teacher_seeds.size());
  }
}

}  // namespace

Matrix ParseMatrix(const Json& json, const std::string& origin) {
  RequireKeys(json,
              {"schema", "name", "summary", "demonstration", "preset", "profile", "blocks",
               "teacher", "overrides", "limits"},
              origin);
  Matrix matrix{.source = json};
  if (Get<std::string>(json, "schema", origin) != "matrix.v1") {
    throw MakeError("{}: schema = {} must be \"matrix.v1\"", origin, json.at("schema").dump());
  }
  matrix.name = Get<std::string>(json, "name", origin);
  matrix.summary = Get<std::string>(json, "summary", "", origin);
  matrix.demonstration = Get<bool>(json, "demonstration", false, origin);
  matrix.preset = Get<std::string>(json, "preset", "fixed", origin);
  matrix.profile = Get<std::string>(json, "profile", "fp32", origin);
  ParseTeacher(Get<Json>(json, "teacher", Json::object(), origin), origin + ", teacher", matrix);
  for (const auto& block : Get<std::vector<Json>>(json, "blocks", origin)) {
    matrix.blocks.push_back(
        ParseBlock(block, fmt::format("{}, block {}", origin, matrix.blocks.size() + 1)));
  }
  if (matrix.teacher_file) RequireOneTeacherSeed(matrix, origin);
  RequireOneMeaning(matrix, &Block::datasets, origin + ", datasets");
  RequireOneMeaning(matrix, &Block::attacks, origin + ", attacks");
  RequireOneMeaning(matrix, &Block::distillers, origin + ", distillers");
  RequireOneMeaning(matrix, &Block::defenses, origin + ", defenses");
  for (const auto& item : Get<std::vector<Json>>(json, "overrides", {}, origin)) {
    for (auto& parsed : ParseOverride(item, origin + ", overrides")) {
      matrix.overrides.push_back(std::move(parsed));
    }
  }
  const auto limits = Get<Json>(json, "limits", Json::object(), origin);
  RequireKeys(limits, {"stage_seconds"}, origin + ", limits");
  matrix.stage_seconds = Get<double>(limits, "stage_seconds", 0.0, origin);
  return matrix;
}

std::vector<int64_t> ParseSeeds(const std::string& text) {
  std::vector<int64_t> seeds;
  size_t at = 0;
  const auto number = [&]() -> int64_t {
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == start || at - start > 9)
      throw MakeError("seeds '{}': write them as 0-2 or 0,1,5", text);
    return std::stoll(text.substr(start, at - start));
  };
  while (true) {
    const int64_t first = number();
    int64_t last = first;
    if (at < text.size() && text[at] == '-') ++at, last = number();
    if (last < first || last - first > 10000)
      throw MakeError("seeds '{}': {}-{} is no range", text, first, last);
    for (int64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
    if (at == text.size()) return seeds;
    if (text[at++] != ',') throw MakeError("seeds '{}': write them as 0-2 or 0,1,5", text);
  }
}

void AddSetting(const std::string& text, Json& settings) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || text.find('.') > equals) {
    throw MakeError("--set {}: write it as plugin.option=value", text);
  }
  const auto value = text.substr(equals + 1);
  auto parsed = Json::parse(value, nullptr, false);
  auto path = text.substr(0, equals);
  if (path.starts_with("defence.")) path.replace(0, 7, "defense");
  settings[path] = parsed.is_discarded() ? Json(value) : parsed;
}

}  // namespace dfkd
