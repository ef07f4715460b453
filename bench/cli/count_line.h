// For people who wait for something that can be counted: how far it is, how fast, how long yet.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace dfkd::cli {

struct CountStyle {
  bool bytes = false;  // what is counted is bytes, and written as an amount of data
  uint64_t from = 0;   // done before, by somebody else: no part of the rate
  std::chrono::milliseconds quiet = std::chrono::seconds(2);
};

// Nothing during the first moments (`quiet`); from then on a line that is drawn anew where
// `redraws` says that this can be seen (MayRedraw), else a line every ten seconds. For one thread.
class CountLine {
 public:
  // `what` opens the line: "stages planned". `out` must outlive it; that nobody reads it is no
  // error.
  CountLine(std::FILE* out, bool redraws, std::string what, CountStyle style = {});
  ~CountLine();
  CountLine(const CountLine&) = delete;
  CountLine& operator=(const CountLine&) = delete;

  // `done` of `total` are, 0 where nobody knows how many there are; cheap enough for a call after
  // each. `bytes`: of what is done, where that tells more of the speed than their number.
  void Show(uint64_t done, uint64_t total, uint64_t bytes = 0);

  // Ends a line that is drawn, so that others can write.
  void Break();

 private:
  using Clock = std::chrono::steady_clock;

  std::string Text(uint64_t done, uint64_t total, uint64_t bytes, double seconds) const;

  std::FILE* const out_;
  const bool redraws_;
  const std::string what_;
  const CountStyle style_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point next_;
  size_t width_ = 0;  // of the line that will be drawn anew
};

}  // namespace dfkd::cli
