// A gate before distillation: detectors are asked about the teacher alone, and whoever trusts them
// distils nothing from one that they suspect.
#pragma once
#include <map>
#include <string>

#include "bench/matrix/plan.h"
#include "bench/scores/score.h"
#include "bench/store/store.h"

namespace dfkd {

// What the detectors of the plan's cells need, and nothing else: its cells end with their
// detections.
Plan DetectionsFirst(Plan plan);

// What each detector says of the teacher of the plan's first cell, by id. Throws Error (io) if an
// answer is damaged; answers that are not there are left out.
std::map<std::string, DetectionScore> SaidOfTeacher(const Plan& plan, Store& store);

// {"mm_bd": {"statistic", "suspicious", "target"}}.
Json ToJson(const std::map<std::string, DetectionScore>& said);

// One line that names who suspects the teacher and what stands out; "" if nobody does.
std::string Suspicion(const std::map<std::string, DetectionScore>& said);

}  // namespace dfkd
