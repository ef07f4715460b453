#include "bench/cli/count_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/cli/size.h"
#include "bench/engines/progress.h"

namespace dfkd::cli {

CountLine::CountLine(std::FILE* out, bool redraws, std::string what, CountStyle style)
    : out_(out),
      redraws_(redraws),
      what_(std::move(what)),
      style_(style),
      next_(begun_ + style.quiet) {}

CountLine::~CountLine() { Break(); }

void CountLine::Break() {
  if (width_ > 0) std::fputc('\n', out_);
  width_ = 0;
}

std::string CountLine::Text(uint64_t done, uint64_t total, uint64_t bytes, double seconds) const {
  const auto amount = [this](uint64_t count) {
    return style_.bytes ? SizeText(static_cast<double>(count)) : std::to_string(count);
  };
  auto line = fmt::format("{}: {}", what_, amount(done));
  if (total > 0) line += " of " + amount(total);
  const double rate = static_cast<double>(done - std::min(done, style_.from)) / seconds;
  if (bytes > 0) {
    const auto moved = static_cast<double>(bytes);
    line += fmt::format(", {} at {}/s", SizeText(moved), SizeText(moved / seconds));
  } else if (rate > 0) {
    line += fmt::format(", {}/s", style_.bytes ? SizeText(rate) : fmt::format("{:.0f}", rate));
  }
  if (rate > 0 && total > 0) {
    const auto left = static_cast<double>(total - std::min(done, total)) / rate;
    line += fmt::format(", {} left", dfkd::Duration(left));
  }
  return line;
}

void CountLine::Show(uint64_t done, uint64_t total, uint64_t bytes) {
  const auto now = Clock::now();
  if (now < next_ || done == 0) return;
  next_ = now + (redraws_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10));
  const double seconds = std::max(1e-3, std::chrono::duration<double>(now - begun_).count());
  auto line = Text(done, total, bytes, seconds);
  const size_t width = line.size();
  if (redraws_) line = "\r" + line + std::string(width_ - std::min(width, width_), ' ');
  std::fputs((redraws_ ? line : line + "\n").c_str(), out_);
  std::fflush(out_);
  width_ = redraws_ ? width : 0;
}

}  // namespace dfkd::cli
