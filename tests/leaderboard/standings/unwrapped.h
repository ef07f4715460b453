// What a screen breaks into lines, for tests that look for sentences.
#pragma once
#include <string>

namespace dfkd {

// With the lines that Wrapped broke whole again.
inline std::string Unwrapped(std::string text) {
  const std::string broken = "\n  ";
  for (auto at = text.find(broken); at != text.npos; at = text.find(broken, at))
    text.replace(at, broken.size(), " ");
  return text;
}

}  // namespace dfkd
