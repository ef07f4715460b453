// Which commit this program was built from; the text is made by cmake/Commit.cmake.
#pragma once

namespace dfkd::cli {

// As of the last build, with "-dirty" behind it where files differed from it; "" outside a clone.
const char* Commit();

}  // namespace dfkd::cli
