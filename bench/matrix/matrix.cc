#include "bench/matrix/matrix.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/core/detector.h"
#include "bench/core/network_name.h"
#include "bench/core/registry.h"
#include "bench/core/suggest.h"
#include "bench/core/teacher_recipe.h"
#include "bench/io/schema.h"
#include "bench/matrix/overrides.h"

namespace dfkd {
namespace {

// The names of `when` in a file, and the axes that they mean.
const std::map<std::string, std::string>& WhenAxes() {
  static const std::map<std::string, std::string> axes = {
      {"dataset", "dataset"},     {"attack", "attack"},           {"teacher", "teacher"},
      {"student", "student"},     {"teacher_network", "teacher"}, {"student_network", "student"},
      {"distiller", "distiller"}, {"defense", "defense"}};
  return axes;
}

// Enough for every matrix that somebody runs, and little enough to be held.
constexpr double kMostCells = 1e6;

// The product of a few lists may be above every integer.
double CountCells(const std::vector<Block>& blocks) {
  double count = 0;
  for (const auto& block : blocks) {
    double product = static_cast<double>(block.networks.size());
    for (const auto size :
         {block.datasets.size(), block.attacks.size(), block.distillers.size(),
          block.defenses.size(), block.teacher_seeds.size(), block.student_seeds.size()})
      product *= static_cast<double>(size);
    count += product;
  }
  return count;
}

std::vector<std::string> PresetNames() {
  std::set<std::string> names = {"fixed"};
  for (const auto& axis : EntryAxes()) {
    for (const auto* card : Registry::Get().Cards(axis.kind)) {
      for (const auto& [preset, unused] : card->presets) names.insert(preset);
    }
  }
  return {names.begin(), names.end()};
}

// Reads JSON that fits the schema: members have the right types, and no others are there.
class Parser {
 public:
  Parser(const Json& json, Plugins plugins) : json_(json), plugins_(plugins) {
    matrix_.source = json;
  }

  ParsedMatrix Run() {
    matrix_.name = json_.at("name");
    matrix_.summary = json_.value("summary", "");
    matrix_.demonstration = json_.value("demonstration", false);
    matrix_.preset = json_.value("preset", "fixed");
    matrix_.profile = json_.value("profile", "fp32");
    matrix_.settings = json_.value("settings", Json::object());
    for (const auto& [name, unused] : matrix_.settings.items())
      matrix_.settings_of_file.insert(name);
    matrix_.stage_seconds = json_.value("/limits/stage_seconds"_json_pointer, 0.0);
    CheckPreset();
    ReadTeacher(json_.value("teacher", Json::object()));
    for (size_t i = 0; i < json_.at("blocks").size(); ++i) ReadBlock(i);
    for (const auto& axis : EntryAxes()) RequireOneMeaning(axis);
    RequireOneMeaningOfDetectors();
    ReadOverrides(json_.value("overrides", Json::array()));
    return {std::move(matrix_), std::move(problems_)};
  }

 private:
  void Add(std::string path, std::string reason) {
    problems_.push_back({std::move(path), std::move(reason)});
  }

  // Whatever `check` throws is a problem of what stands at `path`.
  template <class Check>
  void Try(const std::string& path, Check check) {
    try {
      check();
    } catch (const Error& e) {
      Add(path, e.what());
    }
  }

  void CheckPreset() {
    const auto known = PresetNames();
    if (plugins_ == Plugins::kAnyones || std::count(known.begin(), known.end(), matrix_.preset))
      return;
    Add("/preset", fmt::format("preset '{}' is unknown; {}known: {}", matrix_.preset,
                               Guess(matrix_.preset, known), fmt::join(known, ", ")));
  }

  void ReadTeacher(const Json& teacher) {
    const bool file = teacher.contains("file") || teacher.contains("sha256");
    if (!file) {
      return Try("/teacher", [&] {
        matrix_.teacher_recipe =
            ResolveOptions(TableOf<TeacherRecipe>().cards(), teacher, "teacher");
      });
    }
    matrix_.teacher_file = {teacher.value("file", ""), teacher.value("sha256", "")};
    for (const auto& [key, unused] : teacher.items()) {
      if (key == "file" || key == "sha256") continue;
      Add("/teacher/" + key, fmt::format("'{}' beside a file, which is not trained; with a file "
                                         "only: file, sha256",
                                         key));
    }
    if (matrix_.teacher_file->path.empty() && matrix_.teacher_file->sha256.empty())
      Add("/teacher/file", "file = \"\" must name a safetensors file");
  }

  void ReadBlock(size_t number) {
    const auto path = fmt::format("/blocks/{}", number);
    const auto& json = json_.at("blocks").at(number);
    Block block;
    block.path = path;
    for (const auto& axis : EntryAxes()) block.*axis.entries = ReadAxis(json, axis, path);
    const auto& networks = json.at("networks");
    for (size_t i = 0; i < networks.size(); ++i) {
      block.networks.push_back({networks[i].at("teacher"), networks[i].at("student")});
      const auto pair = fmt::format("{}/networks/{}", path, i);
      Try(pair + "/teacher", [&] { ParseNetworkName(block.networks.back().teacher); });
      Try(pair + "/student", [&] { ParseNetworkName(block.networks.back().student); });
    }
    block.teacher_seeds = json.value("teacher_seeds", std::vector<int64_t>{0});
    block.student_seeds = json.value("student_seeds", std::vector<int64_t>{0});
    RequireSeedOfFile(block);
    ReadDetectors(json.value("detectors", Json::array()), path + "/detectors", block);
    if (json.contains("reactivation")) {
      block.reactivation = {{"images", {10, 50}}, {"steps", 50}, {"lr", 0.01}};
      block.reactivation.update(json.at("reactivation"));
    }
    matrix_.blocks.push_back(std::move(block));
  }

  // A file has no seed: cells of two would be one teacher that counts as two.
  void RequireSeedOfFile(const Block& block) {
    if (!matrix_.teacher_file || block.teacher_seeds == std::vector<int64_t>{0}) return;
    Add(block.path + "/teacher_seeds",
        fmt::format("teacher_seeds = [{}] for a teacher from a file, which has none; leave them "
                    "out, or write [0]",
                    fmt::join(block.teacher_seeds, ",")));
  }

  void ReadDetectors(const Json& list, const std::string& path, Block& block) {
    std::set<std::string> ids;
    for (size_t i = 0; i < list.size(); ++i) {
      const auto& item = list[i];
      const std::string name = item.is_string() ? item : item.at("plugin");
      const std::string id = item.is_string() ? name : item.value("id", name);
      const Json options =
          item.is_string() ? Json::object() : item.value("options", Json::object());
      const auto place = fmt::format("{}/{}", path, i);
      if (!ids.insert(id).second)
        Add(place, fmt::format("the id '{}' comes twice in this axis", id));
      Try(place, [&] { block.detectors.push_back({id, KeyOfDetector(name, options), place}); });
    }
  }

  // As given where the detector is not here and need not be.
  Json KeyOfDetector(const std::string& name, const Json& options) const {
    const auto cards = Registry::Get().Cards(PluginKind::kDetector);
    const bool known =
        std::any_of(cards.begin(), cards.end(), [&](auto* card) { return card->name == name; });
    if (known || plugins_ == Plugins::kRegistered) return ResolveDetector(name, options);
    return {{"plugin", name}, {"options", options}};
  }

  std::vector<MatrixEntry> ReadAxis(const Json& block, const EntryAxis& axis,
                                    const std::string& path) {
    std::vector<MatrixEntry> entries;
    std::set<std::string> ids;
    const auto& list = block.at(axis.name);
    for (size_t i = 0; i < list.size(); ++i) {
      entries.push_back(ReadEntry(list[i], axis.kind, fmt::format("{}/{}/{}", path, axis.name, i)));
      const auto& entry = entries.back();
      if (!ids.insert(entry.id).second)
        Add(entry.path, fmt::format("the id '{}' comes twice in this axis", entry.id));
    }
    return entries;
  }

  MatrixEntry ReadEntry(const Json& json, PluginKind kind, const std::string& path) {
    MatrixEntry entry{.path = path};
    if (json.is_string()) {
      entry.id = entry.plugin = json.get<std::string>();
    } else if (json.is_array()) {
      ReadParts(json, path, entry);
    } else {
      entry.plugin = entry.id = json.value("plugin", "");
      if (json.contains("parts")) ReadParts(json.at("parts"), path + "/parts", entry);
      entry.id = json.value("id", entry.id);
      entry.options = json.value("options", Json::object());
      entry.attack_aware = json.value("attack_aware", false);
      entry.holdout = json.value("holdout", 0.0);
    }
    if (entry.parts.empty() && plugins_ == Plugins::kRegistered) CheckEntry(kind, entry);
    return entry;
  }

  void ReadParts(const Json& list, const std::string& path, MatrixEntry& entry) {
    for (size_t i = 0; i < list.size(); ++i) {
      entry.parts.push_back(
          ReadEntry(list[i], PluginKind::kDefense, fmt::format("{}/{}", path, i)));
      entry.id += (entry.id.empty() ? "" : "+") + entry.parts.back().id;
    }
  }

  // Each option by itself, so that all that are wrong are told.
  void CheckEntry(PluginKind kind, const MatrixEntry& entry) {
    Try(entry.path, [&] {
      const auto& card = Registry::Get().Card(kind, entry.plugin);
      for (const auto& [option, value] : entry.options.items()) {
        Try(entry.path + "/options/" + option, [&, &option = option, &value = value] {
          ResolveOptions(card.options, {{option, value}},
                         fmt::format("{} {}", Name(kind), entry.id));
        });
      }
    });
  }

  // Results are told apart by ids, so an id means the same in every block.
  void RequireOneMeaning(const EntryAxis& axis) {
    std::map<std::string, const MatrixEntry*> known;
    for (const auto& block : matrix_.blocks) {
      for (const auto& entry : block.*axis.entries) {
        const auto& first = *known.try_emplace(entry.id, &entry).first->second;
        if (first.Means(entry)) continue;
        AddOtherMeaning(entry.id, entry.path, first.path);
      }
    }
  }

  // The table of detectors tells them apart by ids, too.
  void RequireOneMeaningOfDetectors() {
    std::map<std::string, const MatrixDetector*> known;
    for (const auto& block : matrix_.blocks) {
      for (const auto& detector : block.detectors) {
        const auto& first = *known.try_emplace(detector.id, &detector).first->second;
        if (first.key != detector.key) AddOtherMeaning(detector.id, detector.path, first.path);
      }
    }
  }

  void AddOtherMeaning(const std::string& id, const std::string& path, const std::string& first) {
    const auto axis = [](const std::string& place) { return place.substr(0, place.rfind('/')); };
    if (axis(first) == axis(path)) return;  // the id comes twice in one axis: told
    Add(path, fmt::format("id '{}' means different things here and in {}", id, first));
  }

  void ReadOverrides(const Json& list) {
    for (size_t i = 0; i < list.size(); ++i) {
      const auto path = fmt::format("/overrides/{}", i);
      const auto& when = list[i].at("when");
      for (const char* network : {"teacher", "student"}) {
        const auto other = fmt::format("{}_network", network);
        if (when.contains(network) && when.contains(other))
          Add(path + "/when/" + network, fmt::format("{} and {} are the same", network, other));
      }
      Override read{.when = {}, .set = list[i].at("set"), .path = path};
      for (const auto& [axis, value] : when.items()) {
        read.when[WhenAxes().at(axis)] = value.is_array()
                                             ? value.get<std::set<std::string>>()
                                             : std::set<std::string>{value.get<std::string>()};
      }
      matrix_.overrides.push_back(std::move(read));
    }
    for (auto& problem : CheckOverrides(matrix_)) problems_.push_back(std::move(problem));
  }

  const Json& json_;
  const Plugins plugins_;
  Matrix matrix_;
  std::vector<MatrixProblem> problems_;
};

std::string Message(const std::string& origin, const MatrixProblem& problem) {
  if (problem.path.empty()) return origin + ": " + problem.reason;
  return fmt::format("{}: {}: {}", origin, problem.path, problem.reason);
}

}  // namespace

MatrixError::MatrixError(const std::string& origin, MatrixProblem problem)
    : Error(Message(origin, problem)), problem_(std::move(problem)) {}

bool MatrixEntry::Means(const MatrixEntry& other) const {
  return id == other.id && plugin == other.plugin && options == other.options &&
         attack_aware == other.attack_aware && holdout == other.holdout &&
         std::equal(parts.begin(), parts.end(), other.parts.begin(), other.parts.end(),
                    [](const auto& a, const auto& b) { return a.Means(b); });
}

const std::vector<EntryAxis>& EntryAxes() {
  static const std::vector<EntryAxis> axes = {
      {PluginKind::kDataset, "datasets", &Block::datasets},
      {PluginKind::kAttack, "attacks", &Block::attacks},
      {PluginKind::kDistiller, "distillers", &Block::distillers},
      {PluginKind::kDefense, "defenses", &Block::defenses}};
  return axes;
}

std::string TooManyCells(const std::vector<Block>& blocks) {
  const double count = CountCells(blocks);
  if (count <= kMostCells) return "";
  return fmt::format("{:.0f} cells; at most {:.0f} are planned at a time", count, kMostCells);
}

ParsedMatrix ReadMatrix(const Json& json, Plugins plugins) {
  std::vector<MatrixProblem> problems;
  for (auto& [path, reason] : CheckSchema(json, "matrix.v1")) problems.push_back({path, reason});
  if (!problems.empty()) return {{}, std::move(problems)};
  return Parser(json, plugins).Run();
}

Matrix ParseMatrix(const Json& json, const std::string& origin) {
  auto parsed = ReadMatrix(json);
  if (!parsed.problems.empty()) throw MatrixError(origin, parsed.problems.front());
  return std::move(parsed.matrix);
}

}  // namespace dfkd
