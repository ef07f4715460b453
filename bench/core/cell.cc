#include "bench/core/cell.h"

#include <fmt/format.h>

#include <algorithm>

namespace dfkd {
namespace {

bool IsSafe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

}  // namespace

std::string SafeName(const std::string& component) {
  std::string safe = component;
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return !IsSafe(c); }, '_');
  return safe;
}

std::string CellId(const Cell& cell) {
  return fmt::format("{}-{}-{}-{}-{}-{}-t{}-s{}", SafeName(cell.dataset), SafeName(cell.attack),
                     SafeName(cell.teacher_network), SafeName(cell.student_network),
                     SafeName(cell.distiller), SafeName(cell.defense), cell.teacher_seed,
                     cell.student_seed);
}

}  // namespace dfkd
