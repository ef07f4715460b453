// What `dfkd distill` leaves behind: the student's file, and a JSON beside it.
#pragma once
#include <filesystem>
#include <string>

#include "bench/cli/matrix_flags.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// Copies the student of the plan's only cell to `out` (atomically, with metadata), writes what is
// known of it to `out` with the ending .json, and returns that.
Json WriteStudent(const LoadedPlan& loaded, Store& store, const std::filesystem::path& out);

// Some lines for people.
std::string Told(const Json& result);

}  // namespace dfkd::cli
