#include "bench/cli/toy_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "bench/scores/paid_cost.h"

namespace dfkd::cli {
namespace {

std::string Percent(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.1f}", 100 * *fraction) : "-";
}

std::string Line(const std::string& who, const std::string& acc, const std::string& asr,
                 const std::string& seconds) {
  return fmt::format("  {:<24} {:>6} {:>6} {:>6}\n", who, acc, asr, seconds);
}

std::string LineOf(const Score& score) {
  const auto& defense = score.cell.defense;
  if (!score.student) {
    return fmt::format("  {:<24} {}: {}\n", defense, Name(score.status),
                       score.reason.value_or("-"));
  }
  const auto seconds = ComparedSeconds(score);
  return Line(defense, Percent(score.student->acc), Percent(score.student->asr),
              seconds ? fmt::format("{:.1f}", *seconds) : "-");
}

// All but the defence: what the lines below have in common.
auto SharedBy(const Score& score) {
  const auto& cell = score.cell;
  return std::tie(cell.dataset, cell.attack, cell.distiller, cell.student_network,
                  cell.teacher_seed, cell.student_seed);
}

std::string HeadingOf(const Score& score) {
  const auto& cell = score.cell;
  auto text = fmt::format("\n{} on {} of {}, {} (toy data: it works, or it does not)\n",
                          cell.distiller, cell.attack, cell.dataset, cell.student_network);
  text += Line("", "ACC %", "ASR %", "time s");
  if (!score.teacher) return text;
  return text + Line("(teacher)", Percent(score.teacher->acc), Percent(score.teacher->asr), "");
}

}  // namespace

std::string ToyTable(std::vector<Score> scores) {
  std::stable_sort(scores.begin(), scores.end(), [](const Score& a, const Score& b) {
    if (SharedBy(a) != SharedBy(b)) return SharedBy(a) < SharedBy(b);
    return a.cell.defense == "none" && b.cell.defense != "none";
  });
  std::string text;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (i == 0 || SharedBy(scores[i]) != SharedBy(scores[i - 1])) text += HeadingOf(scores[i]);
    text += LineOf(scores[i]);
  }
  return text + (text.empty() ? "" : "\n");
}

}  // namespace dfkd::cli
