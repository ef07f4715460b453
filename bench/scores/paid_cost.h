// What a defender pays for a student: the stages that he runs, however often they were resumed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "bench/core/json.h"
#include "bench/scores/score.h"

namespace dfkd {

// Whether a stage is the defender's: sanitising, transfer set, synthesis, distillation, samples,
// repair. The teacher is received, with what the attacker crafted for it.
bool IsPaidByDefender(const std::string& ref);

struct PaidCost {
  double wall_seconds = 0, cpu_seconds = 0;
  // For which stages held a device that is no CPU; absent if none did.
  std::optional<double> gpu_seconds;
  // The highest of all.
  int64_t peak_bytes = 0;
};

// Of the costs recorded with a student: by ref {"wall_seconds", "cpu_seconds", "peak_bytes",
// "device"}.
PaidCost PaidCostOf(const Json& costs);

// The one number by which cells are compared, because nobody else's work is in it: CPU-seconds
// where the device is a CPU, else seconds of the device. Absent where it was not measured.
std::optional<double> ComparedSeconds(const Score& score);

// "CPU" or "GPU": of what ComparedSeconds are.
const char* ComparedDevice(const Score& score);

// The ComparedSeconds of a score in relation to those of another one of the same place. Absent
// unless both were measured, on the same kind of device, and the other took any time. What the time
// of a defence is in relation to another's is the mean of these over their cells, everywhere.
std::optional<double> RelativeSeconds(const Score& score, const Score& other);

}  // namespace dfkd
