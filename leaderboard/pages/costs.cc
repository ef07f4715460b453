// What the runs of a matrix cost, by defence.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/scores/paid_cost.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

struct Spent {
  int64_t cells = 0, known = 0;
  // Absent: not recorded of any cell.
  std::optional<double> cpu, gpu, clock;  // seconds
  std::optional<int64_t> peak;            // bytes

  void Add(const Score& score) {
    const auto& cost = score.cost;
    ++cells;
    known += cost.wall_seconds || cost.cpu_seconds || cost.gpu_seconds;
    Sum(cost.cpu_seconds, cpu);
    Sum(cost.gpu_seconds, gpu);
    Sum(cost.wall_seconds, clock);
    if (cost.peak_bytes) peak = std::max(peak.value_or(0), *cost.peak_bytes);
  }
  void Add(const Spent& other) {
    cells += other.cells, known += other.known;
    Sum(other.cpu, cpu);
    Sum(other.gpu, gpu);
    Sum(other.clock, clock);
    if (other.peak) peak = std::max(peak.value_or(0), *other.peak);
  }

 private:
  static void Sum(const std::optional<double>& more, std::optional<double>& sum) {
    if (more) sum = sum.value_or(0) + *more;
  }
};

// Of stages that no defender runs, each once however many cells name it: by its key, or by its
// title where the key is gone.
std::optional<double> SharedSeconds(const std::vector<Score>& scores) {
  std::map<std::string, double> stages;
  for (const auto& score : scores) {
    const auto& keys = score.provenance.stages;
    for (const auto& [title, seconds] : score.cost.stages) {
      if (IsPaidByDefender(title.substr(0, title.find(' ')))) continue;
      const auto key = keys.find(title);
      stages[key == keys.end() ? title : key->second] = seconds;
    }
  }
  if (stages.empty()) return std::nullopt;
  double sum = 0;
  for (const auto& [unused, seconds] : stages) sum += seconds;
  return sum;
}

Json HoursOr(const std::optional<double>& seconds, const char* why) {
  if (!seconds) return Missing(why);
  const double hours = *seconds / 3600;
  return Shown(hours < 10 ? fmt::format("{:.2f}", hours) : fmt::format("{:.0f}", hours));
}

Json SpentRow(const std::string& name, const Spent& spent, const char* why) {
  const auto gib = static_cast<double>(spent.peak.value_or(0)) / (1 << 30);
  return {{"name", name},
          {"cells", spent.cells == 0 ? "" : fmt::format("{} of {}", spent.known, spent.cells)},
          {"cpu", HoursOr(spent.cpu, why)},
          {"gpu", HoursOr(spent.gpu, why)},
          {"clock", HoursOr(spent.clock, why)},
          {"peak", spent.peak ? Shown(fmt::format("{:.1f}", gib)) : Missing(why)}};
}

}  // namespace

Json CostRows(const std::vector<Score>& scores) {
  std::map<std::string, Spent> by_defense;
  for (const auto& score : scores) by_defense[score.cell.defense].Add(score);
  Spent all;
  Json rows = Json::array();
  for (const auto& [defense, spent] : by_defense) {
    rows.push_back(SpentRow(defense, spent, "not recorded"));
    all.Add(spent);
  }
  Spent shared;
  shared.clock = SharedSeconds(scores);
  if (all.known == 0 && !shared.clock) return nullptr;
  rows.push_back(SpentRow("Teachers and references, once", shared,
                          shared.clock ? "recorded on the clock alone" : "not recorded"));
  all.Add(shared);
  rows.push_back(SpentRow("All", all, "not recorded"));
  return {{"items", std::move(rows)}};
}

}  // namespace dfkd::site
