// Folders named after what strangers may have named.
#pragma once
#include <string>

namespace dfkd {

// The name itself if it is made of letters, digits, '-', '_' and '.', does not begin with '.' and
// is not long; else what of it is, and a hash. So it is one folder, never "." or "..", and another
// for each name.
std::string FolderName(const std::string& name);

}  // namespace dfkd
