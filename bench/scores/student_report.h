// What `dfkd distill` leaves behind: the student's file, and a JSON beside it.
#pragma once
#include <filesystem>
#include <string>

#include "bench/matrix/load_plan.h"
#include "bench/store/store.h"

namespace dfkd {

// By which program a student was made.
struct ProgramVersion {
  std::string version, commit;
};

// Copies the student of the plan's only cell to `out` (atomically, with metadata), writes what is
// known of it to `out` with the ending .json, and returns that.
Json WriteStudent(const LoadedPlan& loaded, const ProgramVersion& program, Store& store,
                  const std::filesystem::path& out);

}  // namespace dfkd
