// Fuzzing without a fuzzer: seeds, cut at every length and with some hundred deterministic
// mutations each. Under sanitizers this finds most of what a minute of libFuzzer finds.
#pragma once
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "bench/core/rng.h"
#include "tests/fuzz/json_mutation.h"
#include "tests/fuzz/parsers.h"

namespace dfkd::fuzz {

// One to four bytes flipped, set to an edge value, removed or doubled.
inline std::string MutatedBytes(std::string bytes, Rng& rng) {
  for (int64_t left = 1 + rng.Below(4); left > 0 && !bytes.empty(); --left) {
    const auto place = static_cast<size_t>(rng.Below(static_cast<int64_t>(bytes.size())));
    switch (rng.Below(4)) {
      case 0:
        bytes[place] ^= static_cast<char>(1 << rng.Below(8));
        break;
      case 1:
        bytes[place] = "\x00\x7f\x80\xff"[rng.Below(4)];
        break;
      case 2:
        bytes.erase(place, static_cast<size_t>(1 + rng.Below(8)));
        break;
      default:
        bytes.insert(place, bytes.substr(place, static_cast<size_t>(1 + rng.Below(8))));
    }
  }
  return bytes;
}

inline std::string Mutated(const Parser& parser, const std::string& seed, Rng rng) {
  if (parser.grammar == Grammar::kBytes || rng.Below(2) == 0) return MutatedBytes(seed, rng);
  return MutatedJson(
      seed, [&rng](size_t n) { return static_cast<size_t>(rng.Below(static_cast<int64_t>(n))); });
}

inline void RequireSeedsAreTaken(const std::vector<Parser>& parsers) {
  for (const auto& parser : parsers) {
    int accepted = 0;
    for (const std::string& seed : parser.seeds) {
      accepted += testing::MessageOf([&] { parser.parse(seed); }) == "no error";
    }
    BOOST_TEST(accepted > 0, parser.name);
  }
}

inline void RequireErrorsAtWorst(const Parser& parser, const std::string& bytes) {
  BOOST_TEST_INFO(parser.name << ": " << bytes.substr(0, 2000));
  BOOST_REQUIRE_NO_THROW(Feed(parser, bytes));
}

// Every length up to 300 bytes, then every `stride`th.
inline void ReplayCutSeeds(const std::vector<Parser>& parsers, size_t stride) {
  for (const auto& parser : parsers) {
    for (const std::string& seed : parser.seeds) {
      for (size_t size = 0; size < seed.size(); size += size < 300 ? 1 : stride) {
        RequireErrorsAtWorst(parser, seed.substr(0, size));
      }
    }
  }
}

inline void ReplayMutatedSeeds(const std::vector<Parser>& parsers, int mutations) {
  for (const auto& parser : parsers) {
    for (size_t s = 0; s < parser.seeds.size(); ++s) {
      const Rng rng = Rng(1).Fork(parser.name, static_cast<int64_t>(s));
      for (int i = 0; i < mutations; ++i) {
        RequireErrorsAtWorst(parser, Mutated(parser, parser.seeds[s], rng.Fork("m", i)));
      }
    }
  }
}

}  // namespace dfkd::fuzz
