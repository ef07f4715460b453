// A plan as `dfkd plan --json` prints it (docs/json.md), piece by piece: as one Json, that of ten
// thousand cells would take a gigabyte and most of a minute.
#pragma once
#include <cstddef>
#include <cstdio>
#include <functional>

#include "bench/engines/forecast.h"
#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// One cell, and one stage, a line. `written` is told after each how many lines of how many are.
// Throws what fmt::print throws if `out` takes no more, Error (io) if the store cannot be read.
void PrintPlanJson(const Plan& plan, const Forecast& forecast, const Store& store, std::FILE* out,
                   const std::function<void(size_t done, size_t total)>& written);

}  // namespace dfkd::cli
