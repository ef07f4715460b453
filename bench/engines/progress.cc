#include "bench/engines/progress.h"

#include <sys/ioctl.h>

#include <algorithm>

namespace dfkd {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr auto kSummary = std::chrono::seconds(30);

size_t ColumnsOf(std::FILE* out) {
  winsize size{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
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
  plan_ = &plan, board_ = &board, history_ = &history;
  summed_up_ = Clock::now();
  Line(Summary());
}

void ProgressPrinter::Started(const PlannedStage& stage, const Slot& slot) {
  running_[stage.stage.ref] = {&stage, Clock::now(), {}, slot.device};
}

void ProgressPrinter::Progressed(const PlannedStage& stage, const StageProgress& progress) {
  const auto found = running_.find(stage.stage.ref);
  if (found != running_.end()) found->second.progress = progress;
}

void ProgressPrinter::Finished(const PlannedStage& stage, const StageOutcome& outcome) {
  running_.erase(stage.stage.ref);
  if (outcome.status == StageStatus::kBusy) return;  // again every second: no news
  if (outcome.status == StageStatus::kDone) here_[stage.label].push_back(outcome.seconds);
  Line(fmt::format("{}  {}  {}", stage.title, Duration(outcome.seconds), Ending(outcome)));
}

void ProgressPrinter::Note(const std::string& line) { Line(line); }

void ProgressPrinter::Tick() {
  const auto now = Clock::now();
  if (terminal_ && now - drawn_ >= kRedraw) {
    Erase();
    Draw();
  }
  if (!terminal_ && now - summed_up_ >= kSummary) {
    summed_up_ = now;
    Line(Summary());
  }
}

// This run on this machine tells more than what others measured.
double ProgressPrinter::SecondsOf(const PlannedStage& stage, double otherwise) const {
  const auto here = here_.find(stage.label);
  if (here != here_.end()) return Mean(here->second);
  return ExpectedSeconds(stage, *history_).value_or(otherwise);
}

double ProgressPrinter::SecondsLeftOf(const Running& running, double otherwise) const {
  const double elapsed = Since(running.since);
  const auto& [done, total] = running.progress;
  if (done > 0 && total > 0) return elapsed * static_cast<double>(total - done) / done;
  return std::max(0.0, SecondsOf(*running.stage, otherwise) - elapsed);
}

std::optional<double> ProgressPrinter::SecondsLeft() const {
  std::vector<double> known;
  std::vector<const PlannedStage*> waiting;
  for (const auto& ref : NeededStages(
           *plan_, [this](const auto& r) { return board_->at(r).state == StageState::kDone; })) {
    const auto& stage = plan_->At(ref);
    if (const double seconds = SecondsOf(stage, -1); seconds >= 0) known.push_back(seconds);
    if (board_->at(ref).state == StageState::kWaiting) waiting.push_back(&stage);
  }
  if (known.empty()) return std::nullopt;
  const double otherwise = Mean(known);
  double sum = 0, longest = 0;
  for (const auto* stage : waiting) sum += SecondsOf(*stage, otherwise);
  for (const auto& [ref, running] : running_) {
    const double left = SecondsLeftOf(running, otherwise);
    sum += left;
    longest = std::max(longest, left);
  }
  return std::max(sum / static_cast<double>(slots_), longest);
}

std::string ProgressPrinter::Summary() const {
  size_t cells = 0, failed = 0, stages = 0;
  for (const auto& cell : plan_->cells) {
    const auto state = ViewOf(cell, *board_).state;
    cells += state != CellState::kRunning && state != CellState::kWaiting;
    failed += state == CellState::kFailed;
  }
  for (const auto& [ref, view] : *board_) stages += view.state == StageState::kDone;
  auto text = fmt::format("cells {}/{}", cells, plan_->cells.size());
  if (failed > 0) text += fmt::format(" ({} failed)", failed);
  text += fmt::format(", stages {}/{}", stages, plan_->stages.size());
  if (!running_.empty()) text += fmt::format(", {} running", running_.size());
  if (const auto left = SecondsLeft()) text += fmt::format(", about {} left", Duration(*left));
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
  fmt::print(out_, "{}\n", text);
  std::fflush(out_);
  if (terminal_) Draw();
}

void ProgressPrinter::Draw() {
  if (plan_ == nullptr) return;
  const size_t columns = ColumnsOf(out_) - 1;  // a line that wraps could not be erased
  std::string block = Summary().substr(0, columns) + "\n";
  drawn_lines_ = 1;
  for (const auto& [ref, running] : running_) {
    block += Describe(running).substr(0, columns) + "\n";
    ++drawn_lines_;
  }
  fmt::print(out_, "{}", block);
  std::fflush(out_);
  drawn_ = Clock::now();
}

void ProgressPrinter::Erase() {
  if (drawn_lines_ == 0) return;
  fmt::print(out_, "\x1b[{}A\x1b[J", drawn_lines_);
  std::fflush(out_);
  drawn_lines_ = 0;
}

}  // namespace dfkd
