#include "bench/scores/detector_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace dfkd {
namespace {

using TeacherKind = std::tuple<std::string, std::string, std::string>;  // matrix, data set, network
using RowKey = std::tuple<TeacherKind, std::string, std::string>;       // attack, detector
using TeacherKey = std::tuple<std::string, int64_t>;  // recipe, seed; or the artifact's digest

struct Asked {
  std::map<TeacherKey, DetectionScore> teachers;
  std::optional<int64_t> target;
};

// Scores do not say what the artifact of a clean one is.
TeacherKey CleanTeacherOf(const Score& score) {
  return {score.teacher_recipe.dump(), score.cell.teacher_seed};
}

TeacherKey PoisonedTeacherOf(const Score& score) {
  const auto& cell = score.cell;
  const auto title = fmt::format("teacher {} {} {} seed {}", cell.dataset, cell.attack,
                                 cell.teacher_network, cell.teacher_seed);
  const auto digest = score.provenance.artifacts.find(title);
  if (digest == score.provenance.artifacts.end()) return CleanTeacherOf(score);
  return {digest->second, 0};
}

// Of an attack that has one for all classes.
std::optional<int64_t> TargetOf(const Score& score) {
  const auto attack = score.entries.find("attack");
  if (attack == score.entries.end()) return std::nullopt;
  const auto& options = attack->second.options;
  // Whatever type a stranger's plugin gave them.
  if (options.value("labels", Json()) == "all_to_all") return std::nullopt;
  const Json target = options.value("target", Json());
  return target.is_number_integer() ? std::optional(target.get<int64_t>()) : std::nullopt;
}

bool TookHold(const Score& score) { return score.teacher && score.teacher->gate == "passed"; }
// Trained here and without poison: of a teacher from a file nobody knows.
bool IsClean(const Score& score) {
  return score.teacher && !score.teacher->asr && score.teacher->clean_acc;
}

double Auroc(const Asked& poisoned, const Asked& clean) {
  double higher = 0;
  for (const auto& [p, with] : poisoned.teachers) {
    for (const auto& [c, without] : clean.teachers) {
      if (with.statistic > without.statistic) higher += 1;
      if (with.statistic == without.statistic) higher += 0.5;
    }
  }
  return higher / static_cast<double>(poisoned.teachers.size() * clean.teachers.size());
}

template <class Predicate>
std::optional<double> ShareOf(const Asked& asked, Predicate holds) {
  if (asked.teachers.empty()) return std::nullopt;
  const auto count = std::count_if(asked.teachers.begin(), asked.teachers.end(),
                                   [&](const auto& teacher) { return holds(teacher.second); });
  return static_cast<double>(count) / static_cast<double>(asked.teachers.size());
}

bool IsSuspicious(const DetectionScore& detection) { return detection.suspicious; }

DetectorRow RowOf(const RowKey& key, const Asked& poisoned, const Asked& clean) {
  const auto& [where, attack, detector] = key;
  DetectorRow row{.matrix = std::get<0>(where),
                  .dataset = std::get<1>(where),
                  .teacher_network = std::get<2>(where),
                  .attack = attack,
                  .detector = detector,
                  .poisoned = static_cast<int64_t>(poisoned.teachers.size()),
                  .clean = static_cast<int64_t>(clean.teachers.size())};
  if (row.poisoned > 0 && row.clean > 0) row.auroc = Auroc(poisoned, clean);
  row.refused = ShareOf(poisoned, IsSuspicious);
  row.refused_clean = ShareOf(clean, IsSuspicious);
  if (const auto target = poisoned.target) {
    row.target_found =
        ShareOf(poisoned, [&](const DetectionScore& found) { return found.target == *target; });
  }
  return row;
}

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::string Percent(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", 100 * *value) : "-";
}

}  // namespace

std::vector<DetectorRow> DetectorTable(const std::vector<Score>& scores) {
  std::map<RowKey, Asked> poisoned;
  std::map<std::tuple<TeacherKind, std::string>, Asked> clean;
  for (const auto& score : scores) {
    const TeacherKind where = {score.matrix, score.cell.dataset, score.cell.teacher_network};
    for (const auto& [id, said] : score.detectors) {
      auto& without = clean[{where, id}].teachers;
      if (said.clean_teacher) without.emplace(CleanTeacherOf(score), *said.clean_teacher);
      if (said.teacher && IsClean(score)) without.emplace(CleanTeacherOf(score), *said.teacher);
      if (!score.teacher || !score.teacher->gate) continue;
      auto& with = poisoned[{where, score.cell.attack, id}];
      with.target = TargetOf(score);
      if (said.teacher && TookHold(score))
        with.teachers.emplace(PoisonedTeacherOf(score), *said.teacher);
    }
  }
  std::vector<DetectorRow> rows;
  for (const auto& [key, asked] : poisoned)
    rows.push_back(RowOf(key, asked, clean[{std::get<0>(key), std::get<2>(key)}]));
  return rows;
}

Json ToJson(const std::vector<DetectorRow>& rows) {
  Json list = Json::array();
  for (const auto& row : rows) {
    list.push_back({{"matrix", row.matrix},
                    {"dataset", row.dataset},
                    {"teacher_network", row.teacher_network},
                    {"attack", row.attack},
                    {"detector", row.detector},
                    {"poisoned", row.poisoned},
                    {"clean", row.clean},
                    {"auroc", OrNull(row.auroc)},
                    {"refused", OrNull(row.refused)},
                    {"refused_clean", OrNull(row.refused_clean)},
                    {"target_found", OrNull(row.target_found)}});
  }
  return list;
}

std::string ToText(const std::vector<DetectorRow>& rows) {
  const auto line = [](const auto&... cells) {
    return fmt::format("{:<16} {:<14} {:<14} {:<16} {:<12} {:>9} {:>7} {:>8} {:>7} {:>7}\n",
                       cells...);
  };
  auto text = line("matrix", "data set", "teacher", "attack", "detector", "teachers", "AUROC",
                   "refused", "clean", "target");
  for (const auto& row : rows) {
    text += line(row.matrix, row.dataset, row.teacher_network, row.attack, row.detector,
                 fmt::format("{}+{}", row.poisoned, row.clean),
                 row.auroc ? fmt::format("{:.3f}", *row.auroc) : "-", Percent(row.refused),
                 Percent(row.refused_clean), Percent(row.target_found));
  }
  return text +
         "teachers: poisoned + clean. refused: poisoned ones that a gate stops, %. clean: its "
         "price,\nclean ones that it stops, %. target: poisoned ones of which the target stands "
         "out, %.\n";
}

}  // namespace dfkd
