#include "leaderboard/standings/compare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/core/error.h"
#include "bench/core/suggest.h"
#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"

namespace dfkd {
namespace {

using Key = std::pair<std::string, Cell>;  // matrix; cell without its defence
constexpr size_t kMostUnpaired = 12;

std::map<Key, const Score*> ByCell(const std::vector<Score>& scores, const std::string& defense) {
  std::map<Key, const Score*> found;
  for (const auto& score : scores) {
    if (score.cell.defense != defense) continue;
    Key key{score.matrix, score.cell};
    key.second.defense.clear();
    found[key] = &score;
  }
  return found;
}

std::optional<double> Minus(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a - *b;
}

CellDifference DifferenceOf(const Score& a, const Score& b) {
  const auto asr = Minus(a.student->asr, b.student->asr);
  return {a.matrix,
          a.cell,
          Minus(a.student->acc, b.student->acc),
          asr,
          std::string(ComparedDevice(a)) == ComparedDevice(b)
              ? Minus(ComparedSeconds(a), ComparedSeconds(b))
              : std::nullopt,
          Minus(a.cost.wall_seconds, b.cost.wall_seconds),
          !asr || (CountsForAsr(a) && CountsForAsr(b)),
          a.student->acc,
          a.student->asr,
          b.student->acc,
          b.student->asr};
}

const Score* Find(const std::map<Key, const Score*>& scores, const Key& key) {
  const auto found = scores.find(key);
  return found == scores.end() ? nullptr : found->second;
}

bool IsOk(const Score* score) { return score && score->status == Status::kOk && score->student; }

Unpaired UnpairedOf(const Key& key, const std::string& defense, const Score* score) {
  Unpaired unpaired{key.first, key.second, "no score"};
  unpaired.cell.defense = defense;
  if (score) {
    unpaired.reason = fmt::format("{}: {}", Name(score->status), score->reason.value_or("-"));
  }
  return unpaired;
}

std::vector<double> Present(const std::vector<CellDifference>& cells,
                            std::optional<double> CellDifference::*member) {
  std::vector<double> values;
  for (const auto& cell : cells) {
    if (cell.*member) values.push_back(*(cell.*member));
  }
  return values;
}

std::vector<CellDifference> Transferred(const std::vector<CellDifference>& cells) {
  std::vector<CellDifference> kept;
  for (const auto& cell : cells) {
    if (cell.transferred) kept.push_back(cell);
  }
  return kept;
}

// Students of one teacher under one attack say much the same: they are one cluster.
std::optional<Interval> IntervalOf(const std::vector<CellDifference>& cells,
                                   std::optional<double> CellDifference::*member) {
  std::map<Cell, std::vector<double>> by_teacher;
  for (const auto& difference : cells) {
    const auto& cell = difference.cell;
    const Cell teacher{.dataset = cell.dataset,
                       .attack = cell.attack,
                       .teacher_network = cell.teacher_network,
                       .teacher_seed = cell.teacher_seed};
    if (difference.*member) by_teacher[teacher].push_back(*(difference.*member));
  }
  if (by_teacher.size() < kFewestForInterval) return std::nullopt;
  std::vector<std::vector<double>> clusters;
  for (auto& [unused, cluster] : by_teacher) clusters.push_back(std::move(cluster));
  return BootstrapMean(clusters);
}

void FillSummary(Comparison& comparison) {
  const auto transferred = Transferred(comparison.cells);
  comparison.acc = Summarize(Present(comparison.cells, &CellDifference::acc));
  comparison.asr = Summarize(Present(transferred, &CellDifference::asr));
  comparison.seconds = Summarize(Present(comparison.cells, &CellDifference::seconds));
  comparison.wall_seconds = Summarize(Present(comparison.cells, &CellDifference::wall_seconds));
  comparison.acc_interval = IntervalOf(comparison.cells, &CellDifference::acc);
  comparison.asr_interval = IntervalOf(transferred, &CellDifference::asr);
}

void RequireOneMatrix(const std::vector<CellDifference>& cells) {
  std::set<std::string> matrices;
  for (const auto& cell : cells) matrices.insert(cell.matrix);
  if (matrices.size() < 2) return;
  throw MakeError(
      "the two share cells of several matrices, which are different experiments: {}; "
      "choose one with --matrix",
      fmt::join(matrices, ", "));
}

[[noreturn]] void NothingShared(const std::vector<Score>& scores, const std::string& a,
                                const std::string& b) {
  std::set<std::string> defenses;
  for (const auto& score : scores) defenses.insert(score.cell.defense);
  if (defenses.empty()) throw MakeError("defenses '{}' and '{}': there is no score at all", a, b);
  const std::vector<std::string> known(defenses.begin(), defenses.end());
  for (const auto& id : {a, b}) {
    if (defenses.contains(id)) continue;
    throw MakeError("defense '{}': no score is of it; {}there are scores of: {}", id,
                    Guess(id, known), fmt::join(known, ", "));
  }
  throw MakeError("defenses '{}' and '{}' share no cell in which both are ok; there are: {}", a, b,
                  fmt::join(known, ", "));
}

// --- text and JSON ---

std::string Points(std::optional<double> fraction) {
  return fraction ? fmt::format("{:+.1f}", 100 * *fraction) : "-";
}
std::string Percent(std::optional<double> fraction) {
  return fraction ? fmt::format("{:.1f}", 100 * *fraction) : "-";
}
std::string Seconds(std::optional<double> seconds) {
  return seconds ? fmt::format("{:+.1f}", *seconds) : "-";
}

std::string SummaryText(const char* name, const char* unit, double scale,
                        const std::optional<Summary>& summary,
                        const std::optional<Interval>& interval) {
  if (!summary) return fmt::format("{:<5} no pairs\n", name);
  std::string text = fmt::format("{:<5} {:+.1f} {} on average over {} pairs", name,
                                 scale * summary->mean, unit, summary->count);
  if (summary->sd) text += fmt::format(", sd {:.1f}", scale * *summary->sd);
  if (interval) {
    text += fmt::format(", 95 % [{:+.1f}, {:+.1f}]", scale * interval->low, scale * interval->high);
  }
  return text + "\n";
}

std::string NotAveraged(const Comparison& comparison) {
  const auto all = Present(comparison.cells, &CellDifference::asr).size();
  const auto averaged = Present(Transferred(comparison.cells), &CellDifference::asr).size();
  if (all == averaged) return "";
  return fmt::format(
      "      {} of {} pairs (*) are not in it: the attack fails or does not transfer\n",
      all - averaged, all);
}

std::string Both(std::optional<double> a, std::optional<double> b) {
  return fmt::format("({} - {})", Percent(a), Percent(b));
}

std::string UnpairedText(const std::vector<Unpaired>& unpaired) {
  std::string text = unpaired.empty() ? "" : "\nleft out:\n";
  for (size_t i = 0; i < std::min(unpaired.size(), kMostUnpaired); ++i) {
    text += fmt::format("  {}  {}\n", CellId(unpaired[i].cell), unpaired[i].reason);
  }
  if (unpaired.size() > kMostUnpaired) {
    text += fmt::format("  and {} more: --json names all, --matrix chooses\n",
                        unpaired.size() - kMostUnpaired);
  }
  return text;
}

Json SummaryJson(const std::optional<Summary>& summary, const std::optional<Interval>& interval) {
  if (!summary) return nullptr;
  Json json = {{"mean", summary->mean}, {"count", summary->count}, {"sd", nullptr}};
  if (summary->sd) json["sd"] = *summary->sd;
  json["interval"] = interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
  return json;
}

Json Number(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

Comparison CompareDefenses(const std::vector<Score>& scores, const std::string& a,
                           const std::string& b) {
  const auto scores_a = ByCell(scores, a), scores_b = ByCell(scores, b);
  std::map<Key, const Score*> all = scores_a;
  all.insert(scores_b.begin(), scores_b.end());
  Comparison comparison{.a = a, .b = b};
  for (const auto& [key, unused] : all) {
    const Score* const of_a = Find(scores_a, key);
    const Score* const of_b = Find(scores_b, key);
    if (IsOk(of_a) && IsOk(of_b)) {
      comparison.cells.push_back(DifferenceOf(*of_a, *of_b));
      continue;
    }
    if (!IsOk(of_a)) comparison.unpaired.push_back(UnpairedOf(key, a, of_a));
    if (!IsOk(of_b)) comparison.unpaired.push_back(UnpairedOf(key, b, of_b));
  }
  if (comparison.cells.empty()) NothingShared(scores, a, b);
  RequireOneMatrix(comparison.cells);
  FillSummary(comparison);
  return comparison;
}

std::string ToText(const Comparison& comparison) {
  size_t width = 4;
  for (const auto& difference : comparison.cells) {
    width = std::max(width, CellId(difference.cell).size());
  }
  std::string text = fmt::format(
      "{} minus {}: ACC and ASR in points (of which percent), time in seconds of the processor or "
      "device\n\n",
      comparison.a, comparison.b);
  text += fmt::format("{:<{}}  {:>7} {:<14} {:>7} {:<14} {:>9}\n", "cell", width, "ACC", "", "ASR",
                      "", "wall");
  for (const auto& difference : comparison.cells) {
    text += fmt::format("{:<{}}  {:>7} {:<14} {:>7} {:<14} {:>9}{}\n", CellId(difference.cell),
                        width, Points(difference.acc), Both(difference.acc_a, difference.acc_b),
                        Points(difference.asr), Both(difference.asr_a, difference.asr_b),
                        Seconds(difference.seconds), difference.transferred ? "" : "  *");
  }
  text += "\n" + SummaryText("ACC", "points", 100, comparison.acc, comparison.acc_interval);
  text += SummaryText("ASR", "points", 100, comparison.asr, comparison.asr_interval);
  text += NotAveraged(comparison);
  text += SummaryText("time", "s", 1, comparison.seconds, std::nullopt);
  text += SummaryText("wall", "s", 1, comparison.wall_seconds, std::nullopt);
  return text + UnpairedText(comparison.unpaired);
}

Json ToJson(const Comparison& comparison) {
  Json json = {{"a", comparison.a},
               {"b", comparison.b},
               {"acc", SummaryJson(comparison.acc, comparison.acc_interval)},
               {"asr", SummaryJson(comparison.asr, comparison.asr_interval)},
               {"seconds", SummaryJson(comparison.seconds, std::nullopt)},
               {"wall_seconds", SummaryJson(comparison.wall_seconds, std::nullopt)},
               {"cells", Json::array()},
               {"unpaired", Json::array()}};
  for (const auto& difference : comparison.cells) {
    json["cells"].push_back({{"matrix", difference.matrix},
                             {"cell", CellId(difference.cell)},
                             {"acc", Number(difference.acc)},
                             {"asr", Number(difference.asr)},
                             {"acc_a", Number(difference.acc_a)},
                             {"asr_a", Number(difference.asr_a)},
                             {"acc_b", Number(difference.acc_b)},
                             {"asr_b", Number(difference.asr_b)},
                             {"transferred", difference.transferred},
                             {"seconds", Number(difference.seconds)},
                             {"wall_seconds", Number(difference.wall_seconds)}});
  }
  for (const auto& unpaired : comparison.unpaired) {
    json["unpaired"].push_back({{"matrix", unpaired.matrix},
                                {"cell", CellId(unpaired.cell)},
                                {"reason", unpaired.reason}});
  }
  return json;
}

}  // namespace dfkd
