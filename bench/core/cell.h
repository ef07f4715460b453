// The name of a result: what is planned, scored and shown under it. Low down, because planner and
// scores both speak of cells and neither of the other.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace dfkd {

// The eight coordinates of a result. Names are entry ids of the matrix, not plugin names.
struct Cell {
  std::string dataset, attack, teacher_network, student_network, distiller, defense;
  int64_t teacher_seed = 0, student_seed = 0;
  auto operator<=>(const Cell&) const = default;
};

// "dataset-attack-teacher-student-distiller-defense-t0-s0": the file name of the score. Characters
// outside [A-Za-z0-9_.] of a component become '_'.
std::string CellId(const Cell& cell);
std::string SafeName(const std::string& component);

}  // namespace dfkd
