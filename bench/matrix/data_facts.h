// What the planner must know of the data: fingerprints, looked up before planning and remembered in
// the store.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "bench/matrix/plan.h"

namespace dfkd {

// By data set id. Decodes a data set only if the store does not remember the fingerprint of these
// very files. Throws Error if one is missing: which file, where it was looked for, how to get it;
// if most test images are training images, too, or none would be held out; or if a data set's card
// and its code say different things of its images.
std::map<std::string, DataFacts> LookUpData(const std::map<std::string, ResolvedEntry>& datasets,
                                            const std::filesystem::path& data,
                                            const std::filesystem::path& store);

}  // namespace dfkd
