// Bytes of goldens and seeds as text.
#pragma once
#include <string>
#include <string_view>

namespace dfkd::testing {

// Bytes from hexadecimal digits; white space is skipped.
inline std::string FromHex(std::string_view digits) {
  std::string bytes, pair;
  for (const char c : digits) {
    if (c == ' ' || c == '\n') continue;
    pair += c;
    if (pair.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return bytes;
}

}  // namespace dfkd::testing
