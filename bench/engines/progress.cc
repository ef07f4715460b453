#include "bench/engines/progress.h"

#include <fmt/ranges.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace dfkd {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(200);
// Between two drawings where lines come faster than anybody reads: each would draw the block anew.
constexpr auto kSoonest = std::chrono::milliseconds(50);
constexpr auto kEstimate = std::chrono::seconds(1);
constexpr auto kSummary = std::chrono::seconds(30);

size_t ColumnsOf(std::FILE* out) {
  winsize size{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A terminal may be gone, a disk full: that nobody sees it ends no run, and fmt::print would throw.
void Show(std::FILE* out, const std::string& text) noexcept {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

std::string Ending(const StageOutcome& outcome) {
  if (outcome.status != StageStatus::kFailed) return Name(outcome.status);
  return fmt::format("failed ({}): {}", Name(outcome.failure), outcome.message);
}

}  // namespace

std::string Duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::max(0.0, seconds) + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

ProgressPrinter::ProgressPrinter(std::FILE* out, bool terminal, size_t slots)
    : out_(out), terminal_(terminal), slots_(std::max<size_t>(1, slots)) {}

ProgressPrinter::~ProgressPrinter() { Erase(); }

void ProgressPrinter::Begin(const Plan& plan, const Board& board, const History& history) {
  plan_ = &plan, history_ = &history;
  tally_.emplace(plan, board);
  summed_up_ = Clock::now();
  Line(Summary());
}

void ProgressPrinter::Changed(StageId id, const StageView& before) {
  if (tally_) tally_->Changed(id, before);
}

void ProgressPrinter::Started(StageId id, const Slot& slot) {
  running_[id] = {&plan_->At(id), Clock::now(), {}, slot.device};
}

void ProgressPrinter::Progressed(StageId id, const StageProgress& progress) {
  const auto found = running_.find(id);
  if (found != running_.end()) found->second.progress = progress;
}

void ProgressPrinter::Finished(StageId id, const StageOutcome& outcome) {
  running_.erase(id);
  if (outcome.status == StageStatus::kBusy) return;  // again every second: no news
  const auto& stage = plan_->At(id);
  if (outcome.status == StageStatus::kDone) {
    auto& measured = here_[stage.label];
    measured.seconds += outcome.seconds;
    ++measured.stages;
  }
  Line(fmt::format("{}  {}  {}", stage.title, Duration(outcome.seconds), Ending(outcome)));
}

void ProgressPrinter::Note(const std::string& line) { Line(line); }

void ProgressPrinter::Tick() {
  const auto now = Clock::now();
  const auto pause = drawn_lines_ > 0 ? kRedraw : kSoonest;
  if (terminal_ && now - drawn_ >= pause) {
    Erase();
    Draw();
  }
  if (!terminal_ && now - summed_up_ >= kSummary) {
    summed_up_ = now;
    Line(Summary());
  }
}

// This run on this machine tells more than what others measured.
double ProgressPrinter::SecondsOf(const std::string& label, double otherwise) const {
  const auto here = here_.find(label);
  if (here != here_.end()) return here->second.seconds / static_cast<double>(here->second.stages);
  return history_->ExpectedSeconds(label).value_or(otherwise);
}

double ProgressPrinter::SecondsLeftOf(const Running& running, double otherwise) const {
  const double elapsed = Since(running.since);
  const auto& [done, total] = running.progress;
  if (done > 0 && total > 0) return elapsed * static_cast<double>(total - done) / done;
  return std::max(0.0, SecondsOf(running.stage->label, otherwise) - elapsed);
}

std::optional<double> ProgressPrinter::SecondsLeft() {
  double known = 0, measured = 0;
  for (const auto& work : tally_->Work()) {
    const double seconds = SecondsOf(work.label, -1);
    if (work.open == 0 || seconds < 0) continue;
    known += seconds * static_cast<double>(work.open);
    measured += static_cast<double>(work.open);
  }
  if (measured == 0) return std::nullopt;
  const double otherwise = known / measured;
  double sum = 0, longest = 0;
  for (const auto& work : tally_->Work())
    sum += SecondsOf(work.label, otherwise) * static_cast<double>(work.waiting);
  for (const auto& [id, running] : running_) {
    const double left = SecondsLeftOf(running, otherwise);
    sum += left;
    longest = std::max(longest, left);
  }
  return std::max(sum / static_cast<double>(slots_), longest);
}

// The estimate looks at every kind of stage; a block may be drawn thousands of times a second.
std::optional<double> ProgressPrinter::RecentSecondsLeft() {
  const auto now = Clock::now();
  if (now - estimated_ >= kEstimate) {
    estimated_ = now;
    seconds_left_ = SecondsLeft();
  }
  return seconds_left_;
}

std::string ProgressPrinter::Summary() {
  auto text = fmt::format("cells {}/{}", tally_->CellsEnded(), plan_->cells.size());
  std::vector<std::string> bad;
  for (const auto state : {CellState::kFailed, CellState::kDiverged, CellState::kTimedOut}) {
    if (const auto count = tally_->CellsIn(state); count > 0)
      bad.push_back(fmt::format("{} {}", count, Name(state)));
  }
  if (!bad.empty()) text += fmt::format(" ({})", fmt::join(bad, ", "));
  text += fmt::format(", stages {}/{}", tally_->stages_done(), plan_->stages.size());
  if (!running_.empty()) text += fmt::format(", {} running", running_.size());
  if (const auto left = RecentSecondsLeft())
    text += fmt::format(", about {} left", Duration(*left));
  return text;
}

std::string ProgressPrinter::Describe(const Running& running) const {
  const double elapsed = Since(running.since);
  const auto& [done, total] = running.progress;
  auto text = fmt::format("  {}  {}", running.stage->title, Duration(elapsed));
  if (done > 0) text += fmt::format("  {}/{}, {:.1f}/s", done, total, done / elapsed);
  const double left = SecondsLeftOf(running, -1);
  if (left > 0) text += fmt::format(", {} left", Duration(left));
  return running.device == "cpu" ? text : text + "  " + running.device;
}

void ProgressPrinter::Line(const std::string& text) {
  Erase();
  Show(out_, text + "\n");
  if (terminal_ && Clock::now() - drawn_ >= kSoonest) Draw();
}

void ProgressPrinter::Draw() {
  if (plan_ == nullptr) return;
  const size_t columns = ColumnsOf(out_) - 1;  // a line that wraps could not be erased
  std::string block = Summary().substr(0, columns) + "\n";
  drawn_lines_ = 1;
  for (const auto& [id, running] : running_) {
    block += Describe(running).substr(0, columns) + "\n";
    ++drawn_lines_;
  }
  Show(out_, block);
  drawn_ = Clock::now();
}

void ProgressPrinter::Erase() {
  if (drawn_lines_ == 0) return;
  Show(out_, fmt::format("\x1b[{}A\x1b[J", drawn_lines_));
  drawn_lines_ = 0;
}

}  // namespace dfkd
