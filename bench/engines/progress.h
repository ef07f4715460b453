// What people see of a run. On a terminal a block at the bottom that is drawn anew; elsewhere one
// line per finished stage and now and then a summary.
#pragma once
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include "bench/engines/scheduler.h"
#include "bench/engines/tally.h"

namespace dfkd {

// "1:02:03" or "2:03"
std::string Duration(double seconds);

class ProgressPrinter : public Observer {
 public:
  // `slots`: how many stages run at a time, for the estimate of what is left.
  ProgressPrinter(std::FILE* out, bool terminal, size_t slots);
  ~ProgressPrinter() override;

  void Begin(const Plan& plan, const Board& board, const History& history) override;
  void Changed(StageId id, const StageView& before) override;
  void Started(StageId id, const Slot& slot) override;
  void Progressed(StageId id, const StageProgress& progress) override;
  void Finished(StageId id, const StageOutcome& outcome) override;
  void Note(const std::string& line) override;
  void Tick() override;

  // Seconds until the run ends, as far as history and progress tell.
  std::optional<double> SecondsLeft();

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    const PlannedStage* stage;
    Clock::time_point since;
    StageProgress progress;
    std::string device;
  };

  // Of stages with this label; `otherwise` if none was measured.
  double SecondsOf(const std::string& label, double otherwise) const;
  double SecondsLeftOf(const Running& running, double otherwise) const;
  std::string Summary();
  std::optional<double> RecentSecondsLeft();
  std::string Describe(const Running& running) const;
  // One that stays.
  void Line(const std::string& text);
  void Draw();
  void Erase();

  std::FILE* const out_;
  const bool terminal_;
  const size_t slots_;
  const Plan* plan_ = nullptr;
  const History* history_ = nullptr;
  std::optional<Tally> tally_;  // from Begin on
  std::map<StageId, Running> running_;
  // By label, of this run.
  struct Measured {
    double seconds = 0;
    size_t stages = 0;
  };
  std::map<std::string, Measured> here_;
  Clock::time_point drawn_, summed_up_, estimated_;
  std::optional<double> seconds_left_;  // as estimated then
  size_t drawn_lines_ = 0;
};

}  // namespace dfkd
