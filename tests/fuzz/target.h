// Makes a libFuzzer program of one entry of Parsers() or Documents(). The last line of a target:
// DFKD_FUZZ_TARGET(Parsers, "png").
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>
#include <stdexcept>

#include "tests/fuzz/json_mutation.h"
#include "tests/fuzz/parsers.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace dfkd::fuzz {

inline Parser Named(const std::vector<Parser>& parsers, const char* name) {
  for (const auto& candidate : parsers) {
    if (candidate.name == name) return candidate;
  }
  throw std::logic_error("no such parser");
}

// A document that is still one; 0 if the bytes are none, or it has become too long.
inline size_t MutateDocument(uint8_t* data, size_t size, size_t most, unsigned draw) {
  std::minstd_rand random(draw);
  const auto below = [&](size_t n) { return static_cast<size_t>(random()) % n; };
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string mutated = MutatedJson(bytes, below);
  if (mutated == bytes || mutated.size() > most) return 0;
  std::copy_n(mutated.begin(), mutated.size(), data);
  return mutated.size();
}

// Now and then starts again from a seed, so that no corpus is needed to get past magic numbers.
inline size_t Mutate(const Parser& parser, uint8_t* data, size_t size, size_t most, unsigned draw) {
  if (size <= 1 || draw % 64 == 0) {
    const std::string& seed = parser.seeds[draw / 64 % parser.seeds.size()];
    size = std::min(most, seed.size());
    std::copy_n(seed.begin(), size, data);
  }
  if (parser.grammar == Grammar::kJson && draw % 2 == 0) {
    if (const size_t mutated = MutateDocument(data, size, most, draw); mutated > 0) return mutated;
  }
  return LLVMFuzzerMutate(data, size, most);
}

}  // namespace dfkd::fuzz

#define DFKD_FUZZ_TARGET(parsers, name)                                              \
  static const dfkd::fuzz::Parser& Target() {                                        \
    static const auto parser = dfkd::fuzz::Named(dfkd::fuzz::parsers(), name);       \
    return parser;                                                                   \
  }                                                                                  \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {          \
    dfkd::fuzz::Feed(Target(), {reinterpret_cast<const char*>(data), size});         \
    return 0;                                                                        \
  }                                                                                  \
  extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, \
                                            unsigned draw) {                         \
    return dfkd::fuzz::Mutate(Target(), data, size, most, draw);                     \
  }
