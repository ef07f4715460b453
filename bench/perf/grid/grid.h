// Matrices of the size of a field.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "bench/matrix/plan.h"

namespace dfkd::perf {

struct GridSize {
  int attacks = 20, distillers = 5, defenses = 20, datasets = 1;
  int64_t teacher_seeds = 1, student_seeds = 1;
};

// 243,000 cells: every attack, distiller and defence that a survey of the field would name.
inline constexpr GridSize kFullGrid{30, 15, 20, 3, 3, 3};

struct Grid {
  Matrix matrix;
  std::map<std::string, DataFacts> data;

  Plan MakePlan() const { return dfkd::MakePlan(matrix, {}, data); }
};

Grid GridOf(const GridSize& size);
// 20 attacks, 5 distillers, 20 defences, and as many student seeds as it takes.
Grid GridOfCells(int64_t cells);

// A new folder below $TMPDIR, removed with all in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The largest amount of memory that the process held since ForgetPeak, in bytes.
double PeakBytes();
void ForgetPeak();

}  // namespace dfkd::perf
