// What the tests of parsers share.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "bench/core/error.h"
#include "tests/io/hex.h"
#include "tests/io/scratch_folder.h"

namespace dfkd::testing {

// The one-line message of the Error that `action` throws, "no error" if it throws none.
inline std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace dfkd::testing
