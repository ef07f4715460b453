// What this process spends.
#pragma once
#include <cstdint>

namespace dfkd {

// Seconds on the clock, and of all processors together; the highest resident memory.
struct Spent {
  double wall_seconds = 0, cpu_seconds = 0;
  int64_t peak_bytes = 0;
};

// Since it was made. One at a time in a process: the peak is the process's.
class Meter {
 public:
  Meter();
  Spent Read() const;
  // The same of the clock alone: cheap.
  double WallSeconds() const;

 private:
  Spent start_;
};

// Of work in several attempts: times add, of peaks the higher counts.
Spent operator+(const Spent& a, const Spent& b);

}  // namespace dfkd
