// Where stages run. An engine has slots; each runs one stage at a time. What to run, in which order
// and what to do about failures is the scheduler's.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/store/stage.h"

namespace dfkd {

struct Slot {
  std::string device = "cpu";
  int threads = 1;
};

// Slot i is on device i modulo their number. `jobs` 0: one slot per entry of the list, so that
// "cpu,cpu" gives two. Throws Error if `devices` has an empty name or nothing, or a number is
// negative.
std::vector<Slot> MakeSlots(const std::vector<std::string>& devices, int jobs, int threads);

// Progress of the stage in `slot`, or, if there is an outcome, its end: the slot is free again.
struct EngineEvent {
  size_t slot = 0;
  StageProgress progress;
  std::optional<StageOutcome> outcome;
  std::string log_tail;  // with an outcome: the last that the stage wrote to its log, if known
};

// Used from one thread. The destructor ends what still runs.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const std::vector<Slot>& slots() const = 0;
  // The slot must be free. Its device and threads replace those of the request. Whatever becomes of
  // the stage arrives by Wait; throws Error (io) only if no stage can run here at all.
  virtual void Submit(size_t slot, StageRequest request) = 0;
  // The next event; nullopt after `timeout` without one, or earlier if a signal came.
  virtual std::optional<EngineEvent> Wait(std::chrono::milliseconds timeout) = 0;
  // Asks all running stages to write a checkpoint and end; their outcomes still arrive. Nothing may
  // be submitted after this.
  virtual void Stop() = 0;
  // Ends them now, where that is possible, without a checkpoint. Outcomes still arrive.
  virtual void Kill() = 0;
};

}  // namespace dfkd
