// Whether it is a stage's own fault that it failed to read something.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/store/stage.h"
#include "bench/store/store.h"

namespace dfkd {

// Moves the damaged ones among these artifacts aside, so that they are computed again where they
// are needed; `tell` gets a line for each. False if all are whole, or gone, or cannot be read.
bool MoveDamagedAside(Store& store, const std::vector<std::string>& refs,
                      const std::function<void(const std::string& line)>& tell);

// By its failure: whether somebody took away, or mended, what the stage was reading.
// The next attempt may go well.
bool WasInMotion(const Store& store, const StageOutcome& failed);

}  // namespace dfkd
