// For people who wait for something that can be counted: how far it is, how fast, how long yet.
#pragma once
#include <chrono>
#include <cstdio>
#include <string>

namespace dfkd::cli {

// Nothing during the first seconds (`quiet`); from then on a line that is drawn anew where
// `redraws` says that this can be seen (MayRedraw), else a line every ten seconds. For one thread.
class CountLine {
 public:
  // `what` opens the line: "stages planned". `out` must outlive it; that nobody reads it is no
  // error.
  CountLine(std::FILE* out, bool redraws, std::string what,
            std::chrono::milliseconds quiet = std::chrono::seconds(2));
  ~CountLine();
  CountLine(const CountLine&) = delete;
  CountLine& operator=(const CountLine&) = delete;

  // `done` of `total` are; cheap enough for a call after each.
  void Show(size_t done, size_t total);

 private:
  using Clock = std::chrono::steady_clock;
  std::FILE* const out_;
  const bool redraws_;
  const std::string what_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point next_;
  size_t width_ = 0;  // of the line that will be drawn anew
};

}  // namespace dfkd::cli
