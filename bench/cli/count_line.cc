#include "bench/cli/count_line.h"

#include <algorithm>
#include <utility>

#include "bench/engines/progress.h"

namespace dfkd::cli {

CountLine::CountLine(std::FILE* out, bool redraws, std::string what,
                     std::chrono::milliseconds quiet)
    : out_(out), redraws_(redraws), what_(std::move(what)), next_(begun_ + quiet) {}

CountLine::~CountLine() {
  if (width_ > 0) std::fputc('\n', out_);
}

void CountLine::Show(size_t done, size_t total) {
  const auto now = Clock::now();
  if (now < next_ || done == 0) return;
  next_ = now + (redraws_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10));
  const double seconds = std::max(1e-3, std::chrono::duration<double>(now - begun_).count());
  const double rate = static_cast<double>(done) / seconds;
  const double left = static_cast<double>(total - std::min(done, total)) / rate;
  auto line = fmt::format("{}: {} of {}, {:.0f}/s, {} left", what_, done, total, rate,
                          dfkd::Duration(left));
  const size_t width = line.size();
  if (redraws_) line = "\r" + line + std::string(width_ - std::min(width, width_), ' ');
  std::fputs((redraws_ ? line : line + "\n").c_str(), out_);
  std::fflush(out_);
  width_ = redraws_ ? width : 0;
}

}  // namespace dfkd::cli
