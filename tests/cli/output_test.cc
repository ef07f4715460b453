// What is told of output that did not get where it was to go.
#include "bench/cli/output.h"

#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>

namespace dfkd::cli::output_test {

// Less than a buffer holds, and more than several.
const std::string kTexts[] = {"a line\n", std::string(1 << 20, 'x')};

// What became of the text, written to the file and closed.
Delivered Written(std::FILE* out, const std::string& text) {
  BOOST_TEST_REQUIRE(out != nullptr);
  std::fwrite(text.data(), 1, text.size(), out);
  auto delivered = Deliver(out);
  std::fclose(out);
  return delivered;
}

BOOST_AUTO_TEST_CASE(what_arrived_is_whole) {
  for (const auto& text : kTexts) BOOST_TEST(Written(std::fopen("output", "w"), text).is_whole);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_noticed_at_the_end_and_in_the_middle) {
  for (const auto& text : kTexts) {
    const auto delivered = Written(std::fopen("/dev/full", "w"), text);
    BOOST_TEST(!delivered.is_whole);
    BOOST_TEST(!delivered.has_no_reader);
    BOOST_TEST(!delivered.why.empty());
  }
  BOOST_TEST(Written(std::fopen("/dev/full", "w"), kTexts[0]).why == "No space left on device");
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_ended_is_told_apart) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  for (const auto& text : kTexts) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
    ::close(ends[0]);
    const auto delivered = Written(::fdopen(ends[1], "w"), text);
    BOOST_TEST(!delivered.is_whole);
    BOOST_TEST(delivered.has_no_reader);
  }
  std::signal(SIGPIPE, before);
}

}  // namespace dfkd::cli::output_test
