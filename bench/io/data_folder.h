// Where data sets lie on this machine.
#pragma once
#include <filesystem>
#include <string>

namespace dfkd {

// The data folder of every verb: `given` (the value of --data) if not empty, else $DFKD_DATA, else
// ~/.local/share/dfkd/data. It need not exist. Throws Error if there is no home folder either.
std::filesystem::path DataFolder(const std::string& given);

}  // namespace dfkd
