#include "leaderboard/standings/support.h"

#include <algorithm>

#include "bench/scores/validity.h"

namespace dfkd {
namespace {

constexpr double kNearly = 0.9;

using Cells = Support::Cells;
using Teacher = std::pair<std::string, int64_t>;  // attack, seed

Teacher TeacherOf(const GroupCell& place) { return {place.attack, place.teacher_seed}; }

// Behind the gate, and under an attack: only such cells say something about a defence.
bool SpeaksOfDefense(const Score& score) {
  return score.entries.at("attack").plugin != "none" && score.status != Status::kAttackFailed &&
         score.status != Status::kNotApplicable;
}

std::map<std::string, Cells> ByDefense(const std::vector<const Score*>& scores) {
  std::map<std::string, Cells> by_defense;
  for (const auto* score : scores) {
    if (SpeaksOfDefense(*score)) by_defense[score->cell.defense][PlaceOf(*score)] = score;
  }
  return by_defense;
}

std::set<Teacher> BehindTheGate(const std::vector<const Score*>& scores) {
  std::set<Teacher> closed;
  for (const auto* score : scores) {
    if (score->status == Status::kAttackFailed) closed.insert(TeacherOf(PlaceOf(*score)));
  }
  return closed;
}

std::set<GroupCell> PlannedPlaces(const std::map<std::string, Cells>& by_defense,
                                  const std::vector<Cell>& cells, const std::set<Teacher>& closed) {
  std::set<GroupCell> planned;
  for (const auto& [unused, scored] : by_defense) {
    for (const auto& [place, score] : scored) planned.insert(place);
  }
  for (const auto& cell : cells) {
    const GroupCell place{cell.attack, cell.teacher_seed, cell.student_seed};
    if (cell.attack != "none" && !closed.contains(TeacherOf(place))) planned.insert(place);
  }
  return planned;
}

// The attacks of which there are fewer teachers here than an interval needs; none, if it is so for
// all.
std::set<std::string> ThinIn(const std::set<GroupCell>& places) {
  std::map<std::string, std::set<int64_t>> teachers;
  for (const auto& place : places) teachers[place.attack].insert(place.teacher_seed);
  std::set<std::string> thin;
  for (const auto& [attack, seeds] : teachers) {
    if (static_cast<int64_t>(seeds.size()) < kFewestTeachers) thin.insert(attack);
  }
  return thin.size() == teachers.size() ? std::set<std::string>() : thin;
}

// One attack with two teachers would leave the others without an interval. Returns who is out.
std::set<std::string> DropThin(std::set<GroupCell>& places) {
  auto thin = ThinIn(places);
  std::erase_if(places, [&](const GroupCell& place) { return thin.contains(place.attack); });
  return thin;
}

size_t FinishedAmong(const Cells& cells, const std::set<GroupCell>& planned) {
  return std::count_if(cells.begin(), cells.end(), [&](const auto& cell) {
    return Finished(*cell.second) && planned.contains(cell.first);
  });
}

bool IsReference(const Cells& cells) {
  return !cells.empty() && IsReference(*cells.begin()->second);
}

// Most cells that a defence finished which is no reference; if there is none, that a reference
// did.
size_t MostFinished(const Support& support, const std::map<std::string, size_t>& finished) {
  size_t most = 0, references = 0;
  for (const auto& [defense, count] : finished) {
    auto& best = IsReference(support.by_defense.at(defense)) ? references : most;
    best = std::max(best, count);
  }
  return most ? most : references;
}

void ShareWith(const Cells& cells, std::set<GroupCell>& places) {
  std::erase_if(places, [&](const GroupCell& place) {
    const auto found = cells.find(place);
    return found == cells.end() || !Finished(*found->second);
  });
}

void FindCompared(Support& support) {
  std::map<std::string, size_t> finished;
  for (const auto& [defense, cells] : support.by_defense) {
    finished[defense] = FinishedAmong(cells, support.planned);
  }
  const auto most = MostFinished(support, finished);
  if (most == 0) return;
  const bool complete = most == support.planned.size();
  support.places = support.planned;
  for (const auto& [defense, count] : finished) {
    const bool nearly = static_cast<double>(count) >= kNearly * static_cast<double>(most);
    if (complete ? count == most : nearly) {
      support.compared.insert(defense);
      ShareWith(support.by_defense.at(defense), support.places);
    } else if (nearly) {
      support.nearly.insert(defense);
    }
  }
}

// A place is out for all defences, so that all are averaged over the same cells.
void FindCounted(Support& support) {
  support.counted = support.places;
  for (const auto& [unused, cells] : support.by_defense) {
    for (const auto& [place, score] : cells) {
      if (Finished(*score) && !CountsForAsr(*score)) support.counted.erase(place);
    }
  }
  DropThin(support.counted);
  for (const auto& place : support.places) support.not_transferred.insert(place.attack);
  for (const auto& place : support.counted) support.not_transferred.erase(place.attack);
}

}  // namespace

GroupCell PlaceOf(const Score& score) {
  return {score.cell.attack, score.cell.teacher_seed, score.cell.student_seed};
}

bool IsControl(const Score& score) { return score.entries.at("defense").plugin == "none"; }

bool IsReference(const Score& score) {
  const auto& defense = score.entries.at("defense");
  return IsControl(score) ||
         (defense.plugin == "temperature" && defense.options.value("temperature", Json()) == 1);
}

bool Finished(const Score& score) {
  return score.status == Status::kOk && score.student && score.student->asr && score.student->acc;
}

Support SupportOf(const std::vector<const Score*>& scores, const std::vector<Cell>& cells) {
  Support support{.by_defense = ByDefense(scores)};
  support.planned = PlannedPlaces(support.by_defense, cells, BehindTheGate(scores));
  support.thin = DropThin(support.planned);
  FindCompared(support);
  // Of a plan of five seeds one may be there: what has an interval is decided by what is there.
  support.thin.merge(DropThin(support.places));
  FindCounted(support);
  return support;
}

std::vector<GroupCell> PlacesOf(const Support& support, const std::string& defense) {
  if (!support.compared.contains(defense) && !support.nearly.contains(defense)) return {};
  const auto& cells = support.by_defense.at(defense);
  std::vector<GroupCell> places;
  for (const auto& place : support.places) {
    const auto found = cells.find(place);
    if (found != cells.end() && Finished(*found->second)) places.push_back(place);
  }
  return places;
}

std::vector<std::string> AttacksOf(const std::vector<GroupCell>& places) {
  std::set<std::string> attacks;
  for (const auto& place : places) attacks.insert(place.attack);
  return {attacks.begin(), attacks.end()};
}

std::vector<Design::Unit> UnitsOf(const std::vector<GroupCell>& places) {
  const auto attacks = AttacksOf(places);
  std::vector<Design::Unit> units;
  for (const auto& place : places) {
    const auto found = std::lower_bound(attacks.begin(), attacks.end(), place.attack);
    units.push_back({static_cast<size_t>(found - attacks.begin()), place.teacher_seed});
  }
  return units;
}

}  // namespace dfkd
