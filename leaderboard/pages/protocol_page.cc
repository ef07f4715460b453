// protocol.html: what was run, out of the scores.
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

using Texts = std::set<std::string>;

std::string Joined(const Texts& texts) { return fmt::format("{}", fmt::join(texts, "; ")); }

// By what a reader calls it: everything that some score says.
Json FactRows(const ScoredMatrix& matrix) {
  Texts networks, presets, profiles, devices, versions, recipes, parts;
  std::set<int64_t> teachers, students;
  for (const auto& score : matrix.scores) {
    networks.insert(NetworkText(score.cell));
    teachers.insert(score.cell.teacher_seed);
    students.insert(score.cell.student_seed);
    presets.insert(score.preset);
    profiles.insert(score.numerics.profile);
    devices.insert(
        fmt::format("{}, {}", score.numerics.device, Plural(score.numerics.threads, "thread")));
    versions.insert(fmt::format("{} ({})", score.provenance.version, score.provenance.commit));
    recipes.insert(score.teacher_recipe.dump());
    parts.insert(score.evaluated_on);
  }
  const std::pair<const char*, std::string> facts[] = {
      {"Networks, teacher → student", Joined(networks)},
      {"Teacher seeds", fmt::format("{}", fmt::join(teachers, ", "))},
      {"Student seeds", fmt::format("{}", fmt::join(students, ", "))},
      {"Preset", Joined(presets)},
      {"Teacher's training", Joined(recipes)},
      {"Evaluated on images of the part", Joined(parts)},
      {"Numerics", Joined(profiles)},
      {"Device", Joined(devices)},
      {"Program", Joined(versions)}};
  Json rows = Json::array();
  for (const auto& [name, value] : facts) rows.push_back({{"name", name}, {"value", value}});
  return rows;
}

void AddEntryRow(PluginKind kind, const std::string& id, const Entry& entry, Json& rows) {
  rows.push_back({{"id", id},
                  {"kind", KindText(kind)},
                  {"plugin", entry.plugin},
                  {"page", PluginPage(kind, entry.plugin)},
                  {"revision", entry.revision},
                  {"attack_aware", entry.attack_aware},
                  {"options", entry.options.dump()}});
}

Json EntryRows(const ScoredMatrix& matrix) {
  std::map<std::pair<PluginKind, std::string>, const Entry*> entries;
  for (const auto& score : matrix.scores) {
    const auto& cell = score.cell;
    const std::pair<PluginKind, const std::string&> ids[] = {
        {PluginKind::kDataset, cell.dataset},
        {PluginKind::kAttack, cell.attack},
        {PluginKind::kDistiller, cell.distiller},
        {PluginKind::kDefense, cell.defense}};
    for (const auto& [kind, id] : ids)
      entries.try_emplace({kind, id}, &score.entries.at(Name(kind)));
  }
  Json rows = Json::array();
  for (const auto& [who, entry] : entries) AddEntryRow(who.first, who.second, *entry, rows);
  return rows;
}

// With how many cells have each.
Json FlagRows(const std::vector<Board>& boards) {
  std::map<std::string, int64_t> cells;
  for (const auto& board : boards) {
    for (const auto& score : board.matrix->scores) {
      for (const auto& flag : score.validity) ++cells[flag];
    }
  }
  Json rows = Json::array();
  for (const auto& flag : Flags()) {
    rows.push_back({{"flag", flag},
                    {"meaning", FlagText(flag)},
                    {"excluded", KeepsOutOfMeans(flag)},
                    {"cells", Plural(cells[flag], "cell")}});
  }
  return rows;
}

}  // namespace

Json ProtocolPage(const std::vector<Board>& boards) {
  Json matrices = Json::array();
  for (const auto& board : boards) {
    matrices.push_back({{"name", board.matrix->name},
                        {"page", MatrixPage(board.matrix->name)},
                        {"demonstration", board.matrix->demonstration()},
                        {"facts", FactRows(*board.matrix)},
                        {"entries", EntryRows(*board.matrix)}});
  }
  return PageData({.title = "Protocol · dfkd-bench",
                   .description = "What the numbers of the leaderboard mean, and what was run."},
                  "protocol",
                  {{"matrices", std::move(matrices)},
                   {"flags", FlagRows(boards)},
                   {"near_the_ends", CoverageNearTheEnds()}});
}

}  // namespace dfkd::site
