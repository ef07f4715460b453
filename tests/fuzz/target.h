// Makes a libFuzzer program of one entry of Parsers(). The last line of a target:
// DFKD_FUZZ_TARGET("png").
#pragma once
#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "tests/fuzz/parsers.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace dfkd::fuzz {

inline const Parser& Named(const char* name) {
  static const Parser parser = [name] {
    for (auto& candidate : Parsers()) {
      if (candidate.name == name) return candidate;
    }
    throw std::logic_error("no such parser");
  }();
  return parser;
}

// Now and then starts again from a seed, so that no corpus is needed to get past magic numbers.
inline size_t Mutate(const Parser& parser, uint8_t* data, size_t size, size_t most, unsigned draw) {
  if (size <= 1 || draw % 64 == 0) {
    const std::string& seed = parser.seeds[draw / 64 % parser.seeds.size()];
    size = std::min(most, seed.size());
    std::copy_n(seed.begin(), size, data);
  }
  return LLVMFuzzerMutate(data, size, most);
}

}  // namespace dfkd::fuzz

#define DFKD_FUZZ_TARGET(name)                                                       \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {          \
    using namespace dfkd::fuzz;                                                      \
    Feed(Named(name), {reinterpret_cast<const char*>(data), size});                  \
    return 0;                                                                        \
  }                                                                                  \
  extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, \
                                            unsigned draw) {                         \
    return dfkd::fuzz::Mutate(dfkd::fuzz::Named(name), data, size, most, draw);      \
  }
