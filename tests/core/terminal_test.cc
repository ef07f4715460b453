// When escape sequences may be written: never into files, nor where the user or the terminal says
// no.
#include "bench/core/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>

namespace dfkd::terminal_test {

// A terminal of its own, and an environment that is put back.
struct Terminal {
  Terminal() {
    Set("TERM", "xterm-256color"), Set("NO_COLOR", nullptr);
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return;
    const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
    if (slave >= 0) out = ::fdopen(slave, "w");
  }
  ~Terminal() {
    if (out != nullptr) std::fclose(out);
    if (master >= 0) ::close(master);
    Set("TERM", term.empty() ? nullptr : term.c_str());
    Set("NO_COLOR", no_color.empty() ? nullptr : no_color.c_str());
  }
  static void Set(const char* name, const char* value) {
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, /*overwrite=*/1);
  }
  static std::string Get(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }
  // A sandbox may have no terminals to give.
  bool IsMissing() const {
    if (out == nullptr) BOOST_TEST_MESSAGE("no terminal can be opened here: left out");
    return out == nullptr;
  }

  const std::string term = Get("TERM"), no_color = Get("NO_COLOR");
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  std::FILE* out = nullptr;
};

BOOST_FIXTURE_TEST_SUITE(terminal, Terminal)

BOOST_AUTO_TEST_CASE(a_file_gets_text_alone) {
  std::FILE* file = std::fopen("terminal", "w");
  BOOST_TEST_REQUIRE(file != nullptr);
  BOOST_TEST(!MayRedraw(file));
  BOOST_TEST(!MayColour(file));
  std::fclose(file);
}

BOOST_AUTO_TEST_CASE(a_terminal_may_be_drawn_on_in_colour) {
  if (IsMissing()) return;
  BOOST_TEST(MayRedraw(out));
  BOOST_TEST(MayColour(out));
}

BOOST_AUTO_TEST_CASE(who_wants_no_colour_still_sees_lines_redrawn) {
  if (IsMissing()) return;
  Set("NO_COLOR", "1");
  BOOST_TEST(MayRedraw(out));
  BOOST_TEST(!MayColour(out));
  Set("NO_COLOR", "");  // as if it were not set
  BOOST_TEST(MayColour(out));
}

BOOST_AUTO_TEST_CASE(a_dumb_terminal_gets_text_alone) {
  if (IsMissing()) return;
  for (const char* kind : {"dumb", ""}) {
    Set("TERM", kind);
    BOOST_TEST(!MayRedraw(out), kind);
    BOOST_TEST(!MayColour(out), kind);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::terminal_test
