// The fictional scores of tests/scores/fixtures/valid/toy, and small helpers.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "bench/core/error.h"
#include "bench/scores/score.h"

namespace dfkd {

inline std::filesystem::path Fixtures() {
  return std::filesystem::path(DFKD_SOURCE_DIR) / "tests/scores/fixtures";
}

inline std::filesystem::path FixtureScoreFile() {
  return Fixtures() / "valid/toy/toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json";
}

inline std::filesystem::path FixtureMatrixFile() { return Fixtures() / "valid/toy/matrix.json"; }

inline std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace dfkd
