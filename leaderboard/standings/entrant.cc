// The numbers of one defence.
#include "leaderboard/standings/entrant.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"

namespace dfkd {
namespace {

std::optional<double> AboveFloor(const GroupCell&, const Score& score) {
  if (!score.floor || !score.floor->asr) return std::nullopt;
  return *score.student->asr - *score.floor->asr;
}

std::optional<double> TransferOf(const GroupCell&, const Score& score) {
  if (!score.teacher || !score.teacher->asr) return std::nullopt;
  return TransferRatio(*score.student->asr, *score.teacher->asr);
}

// The undefended student of the same place; null if it did not finish.
const Score* Undefended(const Support::Cells* control, const GroupCell& place) {
  if (!control) return nullptr;
  const auto found = control->find(place);
  return found != control->end() && Finished(*found->second) ? found->second : nullptr;
}

// Over those of the places where the measure is known.
std::optional<Estimate> MeanOver(const Entrant& entrant, const std::vector<GroupCell>& places,
                                 const Measure& measure, double low, double high) {
  std::vector<GroupCell> known;
  std::vector<double> values;
  for (const auto& place : places) {
    const auto value = measure(place, entrant.At(place));
    if (!value) continue;
    known.push_back(place);
    values.push_back(*value);
  }
  if (known.empty()) return std::nullopt;
  auto estimate = Design(UnitsOf(known)).MeanOf(values);
  if (estimate.interval) estimate.interval = Within(*estimate.interval, low, high);
  return estimate;
}

void FillWorst(const Entrant& entrant, Standing& row) {
  const auto worst =
      Design(UnitsOf(entrant.places)).WorstOf(ValuesOf(entrant, entrant.places, AsrOf));
  row.worst = worst.mean;
  row.worst_attack = AttacksOf(entrant.places).at(worst.stratum);
  if (worst.interval) row.worst_interval = Within(*worst.interval, 0, 1);
}

void FillRowCost(const Entrant& entrant, const Support::Cells* control, Standing& row) {
  std::vector<double> wall, seconds, relative;
  std::set<std::string> devices;
  for (const auto& place : entrant.places) {
    const auto& score = entrant.At(place);
    devices.insert(ComparedDevice(score));
    if (score.cost.wall_seconds) wall.push_back(*score.cost.wall_seconds);
    const auto compared = ComparedSeconds(score);
    if (compared) seconds.push_back(*compared);
    const auto* before = Undefended(control, place);
    const auto times = before ? RelativeSeconds(score, *before) : std::nullopt;
    if (times) relative.push_back(*times);
  }
  if (wall.size() == entrant.places.size()) row.wall_seconds = Summarize(wall)->mean;
  if (const auto mean = Summarize(relative)) row.relative_seconds = mean->mean;
  row.relative_cells = std::ssize(relative);
  if (devices.size() != 1) return;
  row.device = *devices.begin();
  if (const auto mean = Summarize(seconds)) row.seconds = mean->mean;
  row.cost_cells = std::ssize(seconds);
}

void FillNumbers(const Entrant& entrant, const Support::Cells* control, Standing& row) {
  row.cells = static_cast<int64_t>(entrant.places.size());
  if (entrant.places.empty()) return;
  row.acc = MeanOver(entrant, entrant.places, AccOf, 0, 1);
  row.asr = MeanOver(entrant, entrant.counted, AsrOf, 0, 1);
  row.above_floor = MeanOver(entrant, entrant.counted, AboveFloor, -1, 1);
  row.transfer = MeanOver(entrant, entrant.counted, TransferOf, 0, HUGE_VAL);
  const auto der = [&](const GroupCell& place, const Score& score) -> std::optional<double> {
    const auto* before = Undefended(control, place);
    if (!before) return std::nullopt;
    const auto &a = *before->student, &b = *score.student;
    return DefenseEffectiveness(*a.asr, *b.asr, *a.acc, *b.acc);
  };
  row.der = MeanOver(entrant, entrant.counted, der, 0, 1);
  // Of the control it is a half by definition: there is nothing to be uncertain of.
  if (row.der && row.control) row.der->error.reset(), row.der->interval.reset();
  FillWorst(entrant, row);
  FillRowCost(entrant, control, row);
  for (const auto& place : entrant.places) {
    const auto& student = *entrant.At(place).student;
    row.singles.emplace_back(*student.asr, *student.acc);
  }
}

}  // namespace

std::optional<double> AsrOf(const GroupCell&, const Score& score) { return score.student->asr; }
std::optional<double> AccOf(const GroupCell&, const Score& score) { return score.student->acc; }
std::optional<double> SecondsOf(const GroupCell&, const Score& score) {
  return ComparedSeconds(score);
}

Entrant EntrantOf(const Support& support, const std::string& defense) {
  Entrant entrant{defense, &support.by_defense.at(defense), PlacesOf(support, defense), {}};
  std::copy_if(entrant.places.begin(), entrant.places.end(), std::back_inserter(entrant.counted),
               [&](const GroupCell& place) { return support.counted.contains(place); });
  return entrant;
}

std::vector<double> ValuesOf(const Entrant& entrant, const std::vector<GroupCell>& places,
                             const Measure& measure) {
  std::vector<double> values;
  for (const auto& place : places) values.push_back(*measure(place, entrant.At(place)));
  return values;
}

Standing StandingOf(const Entrant& entrant, const Support& support, const Support::Cells* control) {
  Standing row{.defense = entrant.defense, .planned = static_cast<int64_t>(support.planned.size())};
  for (const auto& [place, score] : *entrant.cells) {
    row.control |= IsControl(*score);
    row.reference |= IsReference(*score) && !IsControl(*score);
    row.attack_aware |= score->entries.at("defense").attack_aware;
    if (!Finished(*score) || !support.planned.contains(place)) continue;
    ++row.finished;
    row.collapsed += HasFlag(*score, "utility_collapse");
  }
  FillNumbers(entrant, control, row);
  return row;
}

}  // namespace dfkd
