// What is offered while a command line of a toy program is typed, and its manual pages.
#include "bench/cli/completion.h"

#include <boost/test/unit_test.hpp>

#include "bench/cli/manual.h"

namespace dfkd::cli::completion_test {

using Strings = std::vector<std::string>;
using Files = Completion::Files;

struct Toy {
  Toy() {
    auto& verb = program.AddVerb("paint", "Paints a wall");
    verb.Add("wall", &wall, "which one").Required().Takes("MATRIX").Offers([](const Strings&) {
      return Strings{"north", "south"};
    });
    verb.Add("--colour", &colour, "of the paint").OneOf({"white", "red"}).ShowsDefault();
    verb.Add("--dry", &is_dry, "without paint");
    verb.Add("--tools", &tools, "to use").SplitsAtCommas().Offers([](const Strings& positionals) {
      return Strings{"brush", "roller", "ladder_of_" + positionals.at(0)};
    });
    verb.Add("--explain", &explained, "why").MayStandAlone(explains).Takes("[WORD]");
    verb.Add("--coats", &coats, "of paint").Between(1, 3);
    verb.Add("--out", &out, "the picture").Takes("DIR");
    verb.Footer("Example:\n  .hidden 'quoted' back\\slash");
    auto& look = program.AddVerb("look", "Looks");
    look.Add("files", &files, "at these").Takes("FILE");
  }

  Strings Offered(const Strings& words) {
    Strings texts;
    for (const auto& word : Complete(program, words).words) texts.push_back(word.text);
    return texts;
  }
  Files FilesAt(const Strings& words) { return Complete(program, words).files; }

  Program program{"toy", "Paints", "1.2.3"};
  std::string wall, colour = "white";
  bool is_dry = false, explains = false;
  Strings tools, explained;
  int coats = 1;
  std::filesystem::path out;
  std::vector<std::filesystem::path> files;
};

BOOST_FIXTURE_TEST_CASE(the_first_word_is_a_verb_with_its_summary, Toy) {
  BOOST_TEST(Offered({}) == Strings({"paint", "look"}));
  BOOST_TEST(Offered({"l"}) == Strings({"look"}));
  BOOST_TEST(Offered({"--v"}) == Strings({"--version"}));
  BOOST_TEST(Complete(program, {"l"}).words[0].meaning == "Looks");
  BOOST_TEST(Offered({"nonsense", ""}).empty());
}

BOOST_FIXTURE_TEST_CASE(flags_are_those_of_the_verb_that_are_not_there_yet, Toy) {
  BOOST_TEST(Offered({"paint", "--d"}) == Strings({"--dry"}));
  BOOST_TEST(Offered({"paint", "--dry", "--d"}).empty());
  BOOST_TEST(Offered({"paint", "--tools", "brush", "--t"}) == Strings({"--tools"}));  // a list
  BOOST_TEST(Offered({"look", "-"}) == Strings({"--help"}));
}

BOOST_FIXTURE_TEST_CASE(a_value_is_what_is_allowed_or_offered_or_a_file, Toy) {
  BOOST_TEST(Offered({"paint", "--colour", ""}) == Strings({"white", "red"}));
  BOOST_TEST(Offered({"paint", "--colour=r"}) == Strings({"red"}));
  BOOST_TEST(Offered({"paint", "--colour", "="}) == Strings({"white", "red"}));
  BOOST_TEST(Offered({"paint", "--colour", "=", "r"}) == Strings({"red"}));
  BOOST_TEST(Offered({"paint", "--coats", ""}).empty());
  BOOST_TEST((FilesAt({"paint", "--out", ""}) == Files::kFolders));
  BOOST_TEST((FilesAt({"paint", "--colour", ""}) == Files::kNone));
}

BOOST_FIXTURE_TEST_CASE(positionals_are_counted_without_flags_and_their_values, Toy) {
  BOOST_TEST(Offered({"paint", "--dry", "--colour", "red", "n"}) == Strings({"north"}));
  BOOST_TEST((FilesAt({"paint", ""}) == Files::kAny));
  BOOST_TEST(Offered({"paint", "north", ""}).empty());
  BOOST_TEST((FilesAt({"paint", "north", ""}) == Files::kNone));
  BOOST_TEST((FilesAt({"look", "a", "b", ""}) == Files::kAny));  // a list
}

BOOST_FIXTURE_TEST_CASE(a_list_goes_on_after_a_comma_with_what_it_has_not_yet, Toy) {
  BOOST_TEST(Offered({"paint", "north", "--tools", "brush,"}) ==
             Strings({"brush,roller", "brush,ladder_of_north"}));
  BOOST_TEST(Offered({"paint", "north", "--tools", "brush,ro"}) == Strings({"brush,roller"}));
}

BOOST_FIXTURE_TEST_CASE(an_offer_that_cannot_be_made_offers_nothing, Toy) {
  BOOST_TEST(Offered({"paint", "--tools", ""}).empty());
}

BOOST_FIXTURE_TEST_CASE(after_a_flag_that_may_stand_alone_a_flag_may_follow, Toy) {
  BOOST_TEST(Offered({"paint", "--explain", "--co"}) == Strings({"--colour", "--coats"}));
}

BOOST_FIXTURE_TEST_CASE(a_manual_page_has_every_argument_and_no_stray_request, Toy) {
  const auto page = ManualPage(program, program.Find("paint"));
  BOOST_TEST(page.find("\\fB\\-\\-colour\\fR \\fITEXT\\fR\nof the paint [one of white, red; "
                       "default: white]\n") != std::string::npos);
  BOOST_TEST(page.find("of paint [1 to 3]") != std::string::npos);
  BOOST_TEST(page.find("which one [required]") != std::string::npos);
  BOOST_TEST(page.find("  .hidden 'quoted' back\\eslash") != std::string::npos);
  const auto all = ManualPage(program);
  BOOST_TEST(all.find("\\fBpaint\\fR\nPaints a wall") != std::string::npos);
}

}  // namespace dfkd::cli::completion_test
