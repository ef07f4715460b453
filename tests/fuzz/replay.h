// Fuzzing without a fuzzer: seeds, cut at every length and with some hundred deterministic
// mutations each. Under sanitizers this finds most of what a minute of libFuzzer finds.
#pragma once
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/rng.h"
#include "bench/io/file.h"
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

inline bool Takes(const Parser& parser, const std::string& bytes) {
  try {
    parser.parse(bytes);
  } catch (const Error&) {
    return false;
  }
  return true;
}

inline void RequireSeedsAreTaken(const std::vector<Parser>& parsers) {
  for (const auto& parser : parsers) {
    int accepted = 0;
    for (const std::string& seed : parser.seeds) accepted += Takes(parser, seed);
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

// What long runs have found: <folder>/<name of the parser>/<any name>. Returns how many files were
// fed.
inline size_t ReplayCorpora(const std::vector<Parser>& parsers,
                            const std::filesystem::path& folder) {
  constexpr size_t kMostFiles = 50;
  constexpr uintmax_t kMostBytes = 100 * 1024;
  size_t fed = 0;
  for (const auto& parser : parsers) {
    if (!std::filesystem::is_directory(folder / parser.name)) continue;
    size_t files = 0;
    uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder / parser.name)) {
      BOOST_TEST_INFO(file.path());
      RequireErrorsAtWorst(parser, ReadBytes(file.path()));
      ++files;
      bytes += file.file_size();
    }
    BOOST_TEST(files <= kMostFiles, parser.name << ": " << files << " files are too many");
    BOOST_TEST(bytes <= kMostBytes, parser.name << ": " << bytes << " bytes are too many");
    fed += files;
  }
  return fed;
}

// The list with its own name: each of its parsers, and nobody else of this list, has a fuzz target.
inline void RequireTargets(const std::vector<Parser>& parsers, const std::string& list) {
  std::set<std::string> expected, found;
  for (const auto& parser : parsers)
    expected.insert(fmt::format("DFKD_FUZZ_TARGET({}, \"{}\")", list, parser.name));
  BOOST_TEST(expected.size() == parsers.size());  // no name twice
  const auto folder = std::filesystem::path(DFKD_SOURCE_DIR) / "tests/fuzz";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const auto name = file.path().filename().string();
    if (!name.ends_with("_fuzz.cc")) continue;
    const auto target = fmt::format("DFKD_FUZZ_TARGET({}, \"{}\")", list,
                                    name.substr(0, name.size() - std::string("_fuzz.cc").size()));
    const auto text = ReadBytes(file.path());
    if (text.find(fmt::format("DFKD_FUZZ_TARGET({}, ", list)) == text.npos) continue;
    BOOST_TEST(text.find(target) != text.npos, name);
    found.insert(target);
  }
  for (const auto& target : expected) BOOST_TEST(found.contains(target), "no file: " << target);
  for (const auto& target : found) BOOST_TEST(expected.contains(target), "no parser: " << target);
}

inline std::filesystem::path ShippedCorpora() {
  return std::filesystem::path(DFKD_SOURCE_DIR) / "tests/fuzz/corpus";
}

}  // namespace dfkd::fuzz
