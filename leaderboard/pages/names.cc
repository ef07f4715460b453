#include "leaderboard/pages/names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "bench/scores/folder_name.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {

std::string FileOf(const std::string& matrix) { return FolderName(matrix); }

std::string MatrixPage(const std::string& matrix) {
  return fmt::format("matrices/{}.html", FileOf(matrix));
}
std::string MatrixFilePath(const std::string& matrix) {
  return fmt::format("matrices/{}.json", FileOf(matrix));
}

std::string CellAnchor(const std::string& matrix, const Cell& cell) {
  return fmt::format("{}/cell/{}", FileOf(matrix), CellId(cell));
}

namespace {

std::string TableAnchor(const std::string& matrix) {
  return fmt::format("#{}/cells", FileOf(matrix));
}

}  // namespace

std::string CellAddress(const std::string& matrix, const Cell& cell, bool listed) {
  return listed ? "#" + CellAnchor(matrix, cell)
                : fmt::format("?cell={}{}", Encoded(CellId(cell)), TableAnchor(matrix));
}

std::string CellsAddress(const Score& any, const std::string& defense, const std::string& attack) {
  const auto& cell = any.cell;
  const auto networks = fmt::format("{}~{}", cell.teacher_network, cell.student_network);
  auto query =
      fmt::format("?dataset={}&networks={}&distiller={}&track={}&defense={}", Encoded(cell.dataset),
                  Encoded(networks), Encoded(cell.distiller), Encoded(any.track), Encoded(defense));
  if (!attack.empty()) query += "&attack=" + Encoded(attack);
  return query + TableAnchor(any.matrix);
}

std::string CellsPath(const std::string& matrix, const std::vector<Cell>& cells) {
  auto path = MatrixPage(matrix);
  // Who links from elsewhere does not know whether the page there lists the row.
  if (cells.size() == 1) return path + CellAddress(matrix, cells.front(), false);
  std::map<std::string, std::set<std::string>> values;
  for (const auto& cell : cells) {
    const auto networks = fmt::format("{}~{}", cell.teacher_network, cell.student_network);
    const std::pair<const char*, const std::string&> names[] = {{"dataset", cell.dataset},
                                                                {"networks", networks},
                                                                {"distiller", cell.distiller},
                                                                {"defense", cell.defense},
                                                                {"attack", cell.attack}};
    for (const auto& [axis, name] : names) values[axis].insert(Encoded(name));
  }
  char before = '?';
  for (const auto& [axis, names] : values) {
    path += fmt::format("{}{}={}", before, axis, fmt::join(names, ","));
    before = '&';
  }
  return path + TableAnchor(matrix);
}

std::string CellsOfEntry(const std::string& matrix, PluginKind kind, const std::string& id) {
  return fmt::format("{}?{}={}{}", MatrixPage(matrix), Name(kind), Encoded(id),
                     TableAnchor(matrix));
}

std::string PluginPage(PluginKind kind, const std::string& plugin) {
  return fmt::format("{}s/{}.html", Name(kind), FolderName(plugin));
}

std::string KindText(PluginKind kind) {
  switch (kind) {
    case PluginKind::kDataset:
      return "data set";
    case PluginKind::kAttack:
      return "attack";
    case PluginKind::kDistiller:
      return "distiller";
    case PluginKind::kDefense:
      return "defence";
    case PluginKind::kDetector:
      return "detector";
  }
  return "";
}

std::string StatusText(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kAttackFailed:
      return "attack failed";
    case Status::kDiverged:
      return "diverged";
    case Status::kTimedOut:
      return "timed out";
    case Status::kFailed:
      return "failed";
    case Status::kNotApplicable:
      return "not applicable";
  }
  return "";
}

namespace {

const std::map<std::string, std::string>& FlagTexts() {
  static const std::map<std::string, std::string> texts = {
      {"attack_ineffective", "The attack did not work on the teacher, so a low ASR means nothing."},
      {"utility_collapse", "The student lost so much accuracy that its ASR says little."},
      {"not_transferred",
       "The undefended student is already clean: there was nothing left to defend against."},
      {"nondeterministic", "A second run may give other numbers."},
      {"high_floor",
       "The trigger also moves a student of the clean teacher: compare with the floor."},
      {"attack_aware", "Something was chosen with knowledge of the attack that no defender has."},
      {"no_clean_teacher",
       "The teacher came as a file: without a clean one there is no gate and no floor."},
      {"no_undefended",
       "The undefended student failed, so nobody knows whether the backdoor reaches it: the ASR is "
       "in no mean."},
      {"no_floor", "The student of the clean teacher failed, so the floor is unknown."},
      {"obvious_trigger",
       "The trigger covers most of an image: anybody would see it, and any model would learn it."}};
  return texts;
}

}  // namespace

std::string FlagText(const std::string& flag) {
  const auto found = FlagTexts().find(flag);
  return found == FlagTexts().end() ? flag : found->second;
}

const std::vector<std::string>& Flags() {
  static const auto flags = [] {
    std::vector<std::string> names;
    for (const auto& [flag, unused] : FlagTexts()) names.push_back(flag);
    return names;
  }();
  return flags;
}

// Asks CountsForAsr of a score that has nothing but the flag, so that the list stands there alone.
bool KeepsOutOfMeans(const std::string& flag) {
  static const auto keepers = [] {
    Score score;
    score.entries["attack"].plugin = "any";
    score.student = StudentScore{.asr = 1.0};
    std::set<std::string> names;
    for (const auto& name : Flags()) {
      score.validity = {name};
      if (!CountsForAsr(score)) names.insert(name);
    }
    return names;
  }();
  return keepers.contains(flag);
}

Averaged CountedOrAll(const std::vector<const Score*>& ended) {
  std::vector<const Score*> counted, others;
  std::partition_copy(ended.begin(), ended.end(), std::back_inserter(counted),
                      std::back_inserter(others),
                      [](const Score* score) { return CountsForAsr(*score); });
  std::set<std::string> flags;
  for (const auto* score : others) {
    std::copy_if(score->validity.begin(), score->validity.end(), std::inserter(flags, flags.end()),
                 KeepsOutOfMeans);
  }
  const auto count = counted.size();
  if (count == 0) counted = ended;
  return {std::move(counted), count, fmt::format("{}", fmt::join(flags, ", "))};
}

Json FlagList(const Score& score) {
  Json flags = Json::array();
  for (const auto& flag : score.validity) {
    flags.push_back({{"flag", flag}, {"meaning", FlagText(flag)}});
  }
  return flags;
}

std::string TrackText(const std::string& track) {
  if (track == "synthesized") return "synthesized images";
  if (track == "out_of_distribution") return "other images";
  if (track == "clean_subset") return "some clean images";
  return track;
}

std::string SideInformationText(const Entry& distiller) {
  std::string text;
  for (const auto& [option, name] :
       {std::pair("extra_data", "extra data"), std::pair("pretrained", "pretrained")}) {
    const auto found = distiller.options.find(option);
    if (found == distiller.options.end() || !found->is_string()) continue;
    const auto& said = found->get_ref<const std::string&>();
    if (said.empty() || said == "none") continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", name, said);
  }
  return text;
}

std::string WhyMissing(const Score& score) {
  if (score.status != Status::kOk) {
    return StatusText(score.status) + ": " + score.reason.value_or("no reason recorded");
  }
  return score.entries.at("attack").plugin == "none" ? "no attack in this cell" : "not recorded";
}

std::string SeedText(const Cell& cell) {
  return fmt::format("{}·{}", cell.teacher_seed, cell.student_seed);
}

std::string NetworkText(const Cell& cell) {
  return cell.teacher_network + " → " + cell.student_network;
}

Json CoordinatesData(const Cell& cell) {
  return {{"defense", cell.defense}, {"attack", cell.attack},         {"distiller", cell.distiller},
          {"dataset", cell.dataset}, {"networks", NetworkText(cell)}, {"seeds", SeedText(cell)}};
}

std::string WithoutScheme(const std::string& url) {
  const auto at = url.find("://");
  return at == url.npos ? url : url.substr(at + 3);
}

}  // namespace dfkd::site
