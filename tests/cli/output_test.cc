// What is told of output that did not get where it was to go.
#include "bench/cli/output.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <vector>

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

// The exit code of a process in which these were closed before.
int CodeOfChild(const std::vector<int>& closed) {
  const auto child = ::fork();
  if (child == 0) {
    for (const int place : closed) ::close(place);
    FillStandardStreams();
    const bool apart = ::open("/dev/null", O_RDONLY) > STDERR_FILENO;
    const bool told = ::write(STDERR_FILENO, "\n", 1) == 1;
    const bool arrives = ::write(STDOUT_FILENO, "\n", 1) == 1;
    ::_exit((apart ? 1 : 0) + (told ? 2 : 0) + (arrives ? 4 : 0));
  }
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST_REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

BOOST_AUTO_TEST_CASE(no_file_gets_the_place_of_a_closed_stream_and_lost_output_stays_lost) {
  BOOST_TEST(CodeOfChild({STDERR_FILENO}) == 7);
  BOOST_TEST(CodeOfChild({STDIN_FILENO, STDERR_FILENO}) == 7);
  BOOST_TEST(CodeOfChild({STDOUT_FILENO}) == 3);
  BOOST_TEST(CodeOfChild({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) == 3);
}

}  // namespace dfkd::cli::output_test
