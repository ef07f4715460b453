// A score that is made again from a store which has lost a part of what it was made from.
#pragma once
#include <filesystem>
#include <set>
#include <string>

#include "bench/scores/score.h"

namespace dfkd {

// `score` was read from a store, `known` is what `folder` holds of the same cell. If both are of
// one evaluation of the student (its key), and of the same bits, `score` takes over what only
// `known` says: key and digest of stages whose keys are in `gone`, and with them hashes of code;
// pictures, curves and the log that still lie in `folder`; costs, and the device that they were
// paid on, where the store records none. Otherwise `score` stays as it is.
void KeepWhatIsKnown(const Score& known, const std::string& evaluation,
                     const std::set<std::string>& gone, const std::filesystem::path& folder,
                     Score& score);

}  // namespace dfkd
