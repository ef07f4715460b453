// What a matrix asked beside its cells: detectors of its teachers, reactivation of its students.
#include <fmt/format.h>

#include <map>
#include <tuple>

#include "bench/scores/detector_table.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// Of one defence in one group after one number of images, over cells with something to defend
// against.
struct Reactivated {
  int64_t cells = 0, comparable = 0;
  double acc = 0, asr = 0, floor_asr = 0, kappa = 0;
};

using ReactivatedKey = std::tuple<Group, std::string, int64_t>;

void Add(const ReactivationScore& tried, Reactivated& sum) {
  if (!tried.acc || !tried.asr || !tried.floor_asr) return;
  ++sum.cells;
  sum.acc += *tried.acc;
  sum.asr += *tried.asr;
  sum.floor_asr += *tried.floor_asr;
  if (!tried.kappa) return;
  ++sum.comparable;
  sum.kappa += *tried.kappa;
}

Json KappaOf(const Reactivated& sum) {
  if (sum.comparable == 0) return Missing("no clean teacher's student came to any ASR");
  const auto note = sum.comparable < sum.cells ? Plural(sum.comparable, "cell") : std::string();
  return Shown(fmt::format("{:.2f}", sum.kappa / static_cast<double>(sum.comparable)), note);
}

Json RowOf(const ReactivatedKey& key, const Reactivated& sum) {
  const auto& [group, defense, images] = key;
  const auto cells = static_cast<double>(sum.cells);
  Json row = GroupNames(group);
  row.update({{"defense", defense},
              {"images", images},
              {"cells", sum.cells},
              {"acc", PercentOr(sum.acc / cells)},
              {"asr", PercentOr(sum.asr / cells)},
              {"floor_asr", PercentOr(sum.floor_asr / cells)},
              {"kappa", KappaOf(sum)}});
  return row;
}

}  // namespace

Json DetectorRows(const std::vector<Score>& scores) {
  Json rows = Json::array();
  for (const auto& row : DetectorTable(scores)) {
    const auto auroc = row.auroc ? Shown(fmt::format("{:.3f}", *row.auroc))
                                 : Missing("takes poisoned and clean teachers");
    rows.push_back({{"dataset", row.dataset},
                    {"teacher_network", row.teacher_network},
                    {"attack", row.attack},
                    {"detector", row.detector},
                    {"poisoned", row.poisoned},
                    {"clean", row.clean},
                    {"auroc", auroc},
                    {"refused", PercentOr(row.refused, "no poisoned teacher")},
                    {"refused_clean", PercentOr(row.refused_clean, "no clean teacher")},
                    {"found", PercentOr(row.target_found, "no single target, or no teacher")}});
  }
  return ListOrNull(std::move(rows));
}

Json ReactivationRows(const std::vector<Score>& scores) {
  std::map<ReactivatedKey, Reactivated> sums;
  for (const auto& score : scores) {
    if (!CountsForAsr(score)) continue;
    for (const auto& tried : score.reactivation)
      Add(tried, sums[{GroupOf(score), score.cell.defense, tried.images}]);
  }
  std::erase_if(sums, [](const auto& entry) { return entry.second.cells == 0; });
  Json rows = Json::array();
  for (const auto& [key, sum] : sums) rows.push_back(RowOf(key, sum));
  return ListOrNull(std::move(rows));
}

}  // namespace dfkd::site
