#include "leaderboard/standings/reference.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/io/schema.h"
#include "bench/scores/validate.h"

namespace dfkd {
namespace {

constexpr const char* kSchema = "reference.v1";

PrintedRow RowFrom(const Json& json) {
  PrintedRow row{.label = json.at("label"),
                 .dataset = json.at("dataset"),
                 .attack = json.at("attack"),
                 .teacher_network = json.at("teacher_network"),
                 .student_network = json.at("student_network"),
                 .distiller = json.at("distiller"),
                 .note = json.value("note", std::string()),
                 .rounds = json.at("rounds"),
                 .sources = json.at("sources").get<std::vector<std::string>>(),
                 .values = {}};
  for (const auto& [column, value] : json.at("values").items()) {
    row.values[column] = {value.at("acc"), value.at("asr"), value.value("sic", std::string())};
  }
  return row;
}

PaperSetting SettingFrom(const Json& json) {
  PaperSetting setting{
      .when = {}, .plugin = json.at("plugin"), .options = {}, .note = json.value("note", "")};
  const Json when = json.value("when", Json::object());
  for (const auto& [axis, names] : when.items())
    setting.when[axis] = names.get<std::vector<std::string>>();
  const Json options = json.value("options", Json::object());
  for (const auto& [option, values] : options.items())
    setting.options[option] = values.get<std::vector<Json>>();
  return setting;
}

PrintedTable TableFrom(const Json& json) {
  PrintedTable table{.table = json.at("table"), .title = json.at("title"), .rows = {}};
  for (const auto& row : json.at("rows")) table.rows.push_back(RowFrom(row));
  return table;
}

}  // namespace

const std::vector<std::string>& ReferenceColumns() {
  static const std::vector<std::string> columns = {"teacher", "none", "sv",
                                                   "sr",      "abd",  "clean_kd"};
  return columns;
}

std::string ColumnText(const std::string& column) {
  static const std::map<std::string, std::string> texts = {
      {"teacher", "teacher"}, {"none", "undefended"}, {"sv", "SV alone"},
      {"sr", "SR alone"},     {"abd", "ABD"},         {"clean_kd", "clean KD"}};
  return texts.at(column);
}

Reference ReferenceFrom(const Json& json, const std::string& origin) {
  for (const auto& [path, reason] : CheckSchema(json, kSchema))
    throw MakeError("{}: {}: {}", origin, path, reason);
  for (const auto& problem : CheckReference(json, origin))
    throw MakeError("{}: {}: {}", origin, problem.path, problem.reason);
  Reference reference{.name = json.at("name"),
                      .title = json.at("title"),
                      .authors = json.at("authors"),
                      .url = json.at("url"),
                      .summary = json.at("summary"),
                      .teacher_selection = json.value("teacher_selection", ""),
                      .year = json.at("year"),
                      .teacher_epochs = json.at("teacher_epochs"),
                      .sources = json.at("sources").get<std::map<std::string, std::string>>(),
                      .tables = {},
                      .settings = {},
                      .pictures = {}};
  for (const auto& table : json.at("tables")) reference.tables.push_back(TableFrom(table));
  for (const auto& setting : json.value("settings", Json::array()))
    reference.settings.push_back(SettingFrom(setting));
  const Json pictures = json.value("pictures", Json::object());
  for (const auto& [plugin, picture] : pictures.items()) {
    reference.pictures[plugin] = {picture.at("files").get<std::vector<std::string>>(),
                                  picture.at("built_in")};
  }
  return reference;
}

std::vector<std::string> ShippedReferences() { return ReferenceFiles().Stems(); }

Reference LoadReference(const std::string& name_or_file) {
  const auto shipped = ShippedReferences();
  if (std::find(shipped.begin(), shipped.end(), name_or_file) != shipped.end()) {
    const Json json = ParseJson(ReferenceFiles().At(name_or_file + ".json"), name_or_file);
    return ReferenceFrom(json, name_or_file);
  }
  std::error_code failed;
  if (!std::filesystem::exists(name_or_file, failed)) {
    throw MakeError("reference '{}' is neither a file nor shipped; shipped are {}", name_or_file,
                    fmt::join(shipped, ", "));
  }
  return ReferenceFrom(ReadJson(name_or_file), name_or_file);
}

}  // namespace dfkd
