// What is suggested for misspelt names.
#include "bench/core/suggest.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::suggest_test {

const std::vector<std::string> kNames = {"abd",   "badnets_grid", "badnets_sq",
                                         "blend", "clp",          "shuffling_vaccine"};

BOOST_AUTO_TEST_CASE(a_letter_more_less_other_or_swapped_is_forgiven) {
  for (const char* word : {"blends", "blnd", "bland", "belnd"}) {
    BOOST_TEST(Nearest(word, kNames) == "blend", word);
  }
  BOOST_TEST(Nearest("badnets_gird", kNames) == "badnets_grid");
  BOOST_TEST(Nearest("shufling_vacine", kNames) == "shuffling_vaccine");
}

BOOST_AUTO_TEST_CASE(three_letters_are_not) {
  BOOST_TEST(Nearest("bxxxd", kNames) == "");
  BOOST_TEST(Nearest("shflng_vaccine", kNames) == "");
  BOOST_TEST(Nearest("", kNames) == "");
  BOOST_TEST(Nearest("blend", {}) == "");
}

BOOST_AUTO_TEST_CASE(short_words_must_have_something_in_common) {
  BOOST_TEST(Nearest("xy", {"sr", "sv"}) == "");
  BOOST_TEST(Nearest("sb", {"sr", "sv"}) == "sr");  // the first of several
  BOOST_TEST(Nearest("c", {"clp"}) == "");
}

BOOST_AUTO_TEST_CASE(a_beginning_stands_for_the_shortest_that_goes_on) {
  BOOST_TEST(Nearest("badnets", kNames) == "badnets_sq");
  BOOST_TEST(Nearest("shuf", kNames) == "shuffling_vaccine");
  BOOST_TEST(Nearest("s", kNames) == "");  // says too little
}

BOOST_AUTO_TEST_CASE(the_nearest_wins_over_a_beginning) {
  BOOST_TEST(Nearest("plan", {"planning", "play"}) == "play");
}

BOOST_AUTO_TEST_CASE(case_and_dashes_do_not_matter) {
  BOOST_TEST(Nearest("ABD", kNames) == "abd");
  BOOST_TEST(Nearest("BadNets-Grid", kNames) == "badnets_grid");
}

BOOST_AUTO_TEST_CASE(a_guess_is_half_a_sentence_or_nothing) {
  BOOST_TEST(Guess("adb", kNames) == "did you mean abd? ");
  BOOST_TEST(Guess("nothing_like_it", kNames) == "");
}

}  // namespace dfkd::suggest_test
