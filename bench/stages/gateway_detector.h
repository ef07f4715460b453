// The one way by which stages reach detectors, as bench/stages/gateway.h is for the other plugins:
// exceptions are named by plugin and hook, the verdict lies in the ranges of the contract
// (bench/core/detector.h), the teacher is as it was to the byte, and nothing was drawn from a
// global random generator. A breach is thrown as HookError, in one line. The checks change no
// result.
#pragma once
#include <memory>
#include <string>

#include "bench/core/detector.h"
#include "bench/core/json.h"

namespace dfkd {

// A new instance of the registered detector, from resolved options. Throws Error if there is none
// of that name.
std::unique_ptr<Detector> MakeCheckedDetector(const std::string& plugin, const Json& resolved);

// The checks around an instance; `name` is its name in messages.
std::unique_ptr<Detector> Checked(const std::string& name, std::unique_ptr<Detector> plugin);

// What a detector says of a teacher, which must be frozen. `detector` is of ResolveDetector. What
// `progress` throws ends it.
Detection Detect(const Json& detector, const Classifier& teacher, const Rng& rng,
                 Progress& progress);

}  // namespace dfkd
