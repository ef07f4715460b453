// Results without the work: artifacts as the stages of a plan would have left them, small, sealed
// and whole, written without waiting for the disk.
#pragma once
#include <filesystem>

#include "bench/matrix/plan.h"

namespace dfkd::perf {

// `weights`: bytes of every model file.
void WriteResult(const Plan& plan, StageId id, const std::filesystem::path& store, size_t weights);

// All stages of the plan.
void FillStore(const Plan& plan, const std::filesystem::path& store, size_t weights);

}  // namespace dfkd::perf
