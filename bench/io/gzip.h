// Inflates gzip (RFC 1952) with a limit on what comes out.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dfkd {

// By its two magic bytes.
bool IsGzip(std::string_view bytes);

// All members, concatenated. Throws Error if the data is corrupt or cut, or inflates to more than
// `limit` bytes.
std::string Gunzip(std::string_view bytes, uint64_t limit, const std::string& origin);

}  // namespace dfkd
