// Text of strangers on its way to a terminal and into JSON.
#include "bench/core/printable.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "bench/core/json.h"

namespace dfkd::printable_test {

BOOST_AUTO_TEST_CASE(what_is_visible_stays_in_every_language) {
  for (const std::string text : {"", "plain 'text' ~", "Müll", "数据", "данные", "🙂", "a\\b"}) {
    BOOST_TEST(Printable(text) == text);
    BOOST_TEST(IsUtf8(text));
  }
}

BOOST_AUTO_TEST_CASE(what_a_terminal_would_obey_is_shown_as_an_escape) {
  BOOST_TEST(Printable("\x1b[2Ja\nb\r\t\x7f") == R"(\x1b[2Ja\nb\r\t\x7f)");
  BOOST_TEST(Printable(std::string("a\0b", 3)) == R"(a\x00b)");
  BOOST_TEST(Printable("\u009b31m") == R"(\u009b31m)");  // the control that is ESC [ in one
  BOOST_TEST(Printable("gpj.\u202eexe\u2066\u200b\u2028") == R"(gpj.\u202eexe\u2066\u200b\u2028)");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_shown_one_by_one) {
  BOOST_TEST(Printable("M\xfcll") == R"(M\xfcll)");
  // Cut, overlong, a surrogate, above the last plane, a stray continuation.
  for (const std::string text : {"\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                 "\xf4\x90\x80\x80", "\x80", "\xff"}) {
    BOOST_TEST(!IsUtf8(text));
    BOOST_TEST(IsUtf8(Printable(text)));
    BOOST_TEST(Printable(text).size() == 4 * text.size());
  }
}

BOOST_AUTO_TEST_CASE(every_byte_string_becomes_what_json_can_hold) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      BOOST_REQUIRE_NO_THROW(Canonical(Json(Printable(text))));
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_of_a_message_stay_and_forged_ones_do_not) {
  BOOST_TEST(PrintableLines("2 do not fit:\n  'a'\n  'b'") == "2 do not fit:\n  'a'\n  'b'");
  BOOST_TEST(PrintableLines("x\ndfkd: all is well") == R"(x\ndfkd: all is well)");
  BOOST_TEST(Printable("a\x1b\nb\n", "\n") == "a\\x1b\nb\n");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_cut_and_the_next_one_is_not) {
  const std::string endless(1 << 20, 'x');
  BOOST_TEST(Printable(endless).size() < 21000U);
  BOOST_TEST(Printable(endless).ends_with("x…"));
  BOOST_TEST(Printable(endless + "\nnext\n", "\n").ends_with("x…\nnext\n"));
  BOOST_TEST(Printable(std::string(4096, '\xfc')).size() == 4U * 4096);  // a path
}

BOOST_AUTO_TEST_CASE(a_path_that_json_cannot_hold_is_named_with_its_bytes) {
  RequireUtf8("Müll", "--out");
  BOOST_CHECK_EXCEPTION(RequireUtf8("M\xfcll", "--out"), Error, [](const Error& e) {
    return std::string(e.what()) == R"(--out: the name M\xfcll is not UTF-8; rename it)";
  });
}

}  // namespace dfkd::printable_test
