// Amounts of data for people.
#pragma once
#include <string>

namespace dfkd::cli {

// "12.3 MB", of bytes.
std::string SizeText(double bytes);

}  // namespace dfkd::cli
