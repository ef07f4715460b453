// Which program this is; the text is made by cmake/Version.cmake.
#pragma once

namespace dfkd::cli {

// "0.1.0"
const char* Version();

// As of the last build, with "-dirty" behind it where files differed from it; "" outside a clone.
const char* Commit();

}  // namespace dfkd::cli
