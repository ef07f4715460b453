// Fingerprints of published data sets that nobody has written down: those of what was unpacked from
// files whose SHA-256 is known.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/image.h"

namespace dfkd {

// Notes in the data folder that the data set, as it was just unpacked from `files`, has this
// fingerprint. Does nothing if the SHA-256 of one of them is not known, or if there are none.
void RememberOfficial(const std::string& plugin, const std::vector<DatasetFile>& files,
                      const std::filesystem::path& data, const std::string& fingerprint);

// The fingerprint that was noted for these very files; "" if there is none.
std::string RememberedOfficial(const std::string& plugin, const std::vector<DatasetFile>& files,
                               const std::filesystem::path& data);

}  // namespace dfkd
