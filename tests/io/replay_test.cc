// Fuzzing without a fuzzer: the seeds of tests/fuzz, cut at every length and with some hundred
// deterministic mutations each. Under sanitizers this finds most of what a minute of libFuzzer
// finds.
#include <boost/test/unit_test.hpp>

#include "bench/core/rng.h"
#include "tests/fuzz/parsers.h"

namespace dfkd::replay_test {

constexpr int kMutations = 400;

// One to four bytes flipped, set to an edge value, removed or doubled.
std::string Mutated(std::string bytes, Rng rng) {
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

BOOST_AUTO_TEST_CASE(every_parser_takes_its_seeds) {
  for (const auto& parser : fuzz::Parsers()) {
    int accepted = 0;
    for (const std::string& seed : parser.seeds) {
      accepted += testing::MessageOf([&] { parser.parse(seed); }) == "no error";
    }
    BOOST_TEST(accepted > 0, parser.name);
  }
}

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_cut_seeds) {
  for (const auto& parser : fuzz::Parsers()) {
    BOOST_TEST_INFO(parser.name);
    for (const std::string& seed : parser.seeds) {
      for (size_t size = 0; size < seed.size(); ++size) {
        BOOST_REQUIRE_NO_THROW(fuzz::Feed(parser, std::string_view(seed).substr(0, size)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_mutated_seeds) {
  for (const auto& parser : fuzz::Parsers()) {
    for (size_t s = 0; s < parser.seeds.size(); ++s) {
      const Rng rng = Rng(1).Fork(parser.name, static_cast<int64_t>(s));
      for (int i = 0; i < kMutations; ++i) {
        BOOST_TEST_INFO(parser.name << " seed " << s << " mutation " << i);
        BOOST_REQUIRE_NO_THROW(fuzz::Feed(parser, Mutated(parser.seeds[s], rng.Fork("m", i))));
      }
    }
  }
}

}  // namespace dfkd::replay_test
