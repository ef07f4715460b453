// Where the files of a data set are, and one message for all data sets when they are not.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/error.h"

namespace dfkd {

// The first of `folders` that holds one of `files`. Throws Error, of class io, when none does, and
// when that folder lacks another one: half a data set is never completed from elsewhere. The
// message says which file, where it was looked for, and that `dfkd fetch <dataset>` gets it.
std::filesystem::path FolderWith(const std::string& dataset, const std::vector<std::string>& files,
                                 const std::vector<std::filesystem::path>& folders);

// The same message for a file that was looked for by other means.
Error MissingData(const std::string& dataset, const std::string& file,
                  const std::vector<std::filesystem::path>& folders);

// `files` in the first folder that has one of them, as far as they exist; for Dataset::Sources.
std::vector<std::filesystem::path> ExistingFiles(const std::vector<std::string>& files,
                                                 const std::vector<std::filesystem::path>& folders);

}  // namespace dfkd
