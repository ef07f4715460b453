// Which of our scores are a paper's cells.
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "leaderboard/standings/reference.h"

namespace dfkd {
namespace {

using Scores = std::vector<const Score*>;

const std::string& PluginOf(const Score& score, const char* axis) {
  static const std::string none;
  const auto found = score.entries.find(axis);
  return found == score.entries.end() ? none : found->second.plugin;
}

// By data set, attack and network: of many scores few have the teacher of a row.
using ByTeacher = std::map<std::tuple<std::string, std::string, std::string>, Scores>;

ByTeacher GroupByTeacher(const Scores& scores) {
  ByTeacher groups;
  for (const auto* score : scores) {
    groups[{PluginOf(*score, "dataset"), PluginOf(*score, "attack"), score->cell.teacher_network}]
        .push_back(score);
  }
  return groups;
}

// Of a score with the teacher of the row.
bool IsColumn(const PrintedRow& row, const std::string& column, const Score& score) {
  if (column == "teacher") return true;
  static const std::map<std::string, std::string> defenses = {{"none", "none"},
                                                              {"sv", "shuffling_vaccine"},
                                                              {"sr", "self_retrospection"},
                                                              {"abd", "abd"},
                                                              {"clean_kd", "none"}};
  const auto distiller = column == "clean_kd" ? "clean_kd" : row.distiller;
  return score.cell.student_network == row.student_network &&
         PluginOf(score, "distiller") == distiller &&
         PluginOf(score, "defense") == defenses.at(column);
}

struct Values {
  std::vector<double> acc, asr;
  std::vector<Cell> cells;
  void Add(const Cell& cell, std::optional<double> a, std::optional<double> s) {
    if (a) acc.push_back(*a);
    if (s) asr.push_back(*s);
    if (a || s) cells.push_back(cell);
  }
};

// A teacher is one for all the students distilled from it.
Values TeacherValues(const Scores& scores) {
  std::map<int64_t, const Score*> by_seed;
  for (const auto* score : scores) {
    if (score->teacher) by_seed[score->cell.teacher_seed] = score;
  }
  Values values;
  for (const auto& [seed, score] : by_seed)
    values.Add(score->cell, score->teacher->acc, score->teacher->asr);
  return values;
}

std::string WhyMissing(const Scores& scores) {
  if (scores.empty()) return "not in this matrix";
  std::set<std::string> reasons;
  for (const auto* score : scores) {
    if (score->status != Status::kOk)
      reasons.insert(fmt::format("{}: {}", Name(score->status), score->reason.value_or("-")));
  }
  return reasons.empty() ? "no number" : fmt::format("{}", fmt::join(reasons, "; "));
}

Rerun RerunOf(const std::string& column, const Scores& scores) {
  Values values;
  if (column == "teacher") {
    values = TeacherValues(scores);
  } else {
    for (const auto* score : scores) {
      if (score->status == Status::kOk && score->student)
        values.Add(score->cell, score->student->acc, score->student->asr);
    }
  }
  Rerun rerun{Summarize(values.acc), Summarize(values.asr), "", std::move(values.cells)};
  if (!rerun.acc) rerun.missing = WhyMissing(scores);
  return rerun;
}

ComparedRow Compare(const Reference& reference, const PrintedRow& row, const ByTeacher& teachers) {
  static const Scores none;
  ComparedRow compared{&row, {}, {}};
  const auto found = teachers.find({row.dataset, row.attack, row.teacher_network});
  const auto& of_teacher = found == teachers.end() ? none : found->second;
  for (const auto& [column, unused] : row.values) {
    Scores fitting;
    std::copy_if(of_teacher.begin(), of_teacher.end(), std::back_inserter(fitting),
                 [&, &name = column](const auto* score) { return IsColumn(row, name, *score); });
    compared.reruns[column] = RerunOf(column, fitting);
    if (!compared.reruns[column].acc) continue;
    for (const auto* score : fitting)
      compared.differences.merge(DifferencesFrom(reference, row, column, *score));
  }
  return compared;
}

ReferenceComparison CompareMatrix(const Reference& reference, const Scores& scores) {
  ReferenceComparison comparison{scores.front()->matrix, scores.front()->preset, 0, 0, {}};
  const auto teachers = GroupByTeacher(scores);
  for (const auto& table : reference.tables) {
    comparison.tables.push_back({&table, {}});
    for (const auto& row : table.rows) {
      comparison.tables.back().rows.push_back(Compare(reference, row, teachers));
      for (const auto& [column, rerun] : comparison.tables.back().rows.back().reruns) {
        ++comparison.printed;
        comparison.found += rerun.acc.has_value();
      }
    }
  }
  return comparison;
}

}  // namespace

std::vector<ReferenceComparison> CompareWithReference(const Reference& reference,
                                                      const std::vector<Score>& scores) {
  std::map<std::pair<std::string, std::string>, Scores> by_matrix;
  for (const auto& score : scores) by_matrix[{score.matrix, score.preset}].push_back(&score);
  std::vector<ReferenceComparison> comparisons;
  for (const auto& [unused, of_matrix] : by_matrix) {
    auto comparison = CompareMatrix(reference, of_matrix);
    if (comparison.found > 0) comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

}  // namespace dfkd
