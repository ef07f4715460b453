// The command line of a toy program: what is read, what is refused, what help says.
#include "bench/cli/program.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "bench/core/error.h"

namespace dfkd::cli::program_test {

using Strings = std::vector<std::string>;

// One verb with an argument of every kind.
struct Toy {
  Toy() {
    auto& verb = program.AddVerb("paint", "Paints a wall");
    verb.Add("wall", &wall, "which one").Required().Takes("WALL");
    verb.Add("--coats", &coats, "of paint").Between(1, 3).ShowsDefault();
    verb.Add("--seed", &seed, "of the pattern").NotNegative();
    verb.Add("--layers", &layers, "of plaster");
    verb.Add("--colour", &colour, "of the paint").OneOf({"white", "red"});
    auto& dry = verb.Add("--dry", &is_dry, "without paint");
    verb.Add("--wet", &is_wet, "with water").Excludes(dry);
    verb.Add("--tools", &tools, "to use").SplitsAtCommas().Takes("TOOL");
    verb.Add("--explain", &explained, "why").MayStandAlone(explains).Takes("[WORD]");
    verb.Add("--out", &out, "the picture").Takes("DIR");
    verb.Footer("Example:\n  toy paint north");
    verb.Runs([this] { return ++runs, code; });
  }

  int Run(const Strings& words) {
    said.str(""), refused.str("");
    return program.Run(words, said, refused);
  }

  Program program{"toy", "Paints", "1.2.3"};
  std::string wall, colour = "white";
  int coats = 2, runs = 0, code = 0;
  int64_t seed = 0, layers = 0;
  bool is_dry = false, is_wet = false, explains = false;
  Strings tools, explained;
  std::filesystem::path out = "here";
  std::ostringstream said, refused;
};

BOOST_FIXTURE_TEST_CASE(values_reach_their_variables_and_the_exit_code_comes_back, Toy) {
  code = 7;
  BOOST_TEST(Run({"paint", "north", "--coats", "3", "--seed=5", "--colour", "red", "--dry",
                  "--tools", "brush,roller", "--out", "a b"}) == 7);
  BOOST_TEST(wall == "north");
  BOOST_TEST(coats == 3);
  BOOST_TEST(seed == 5);
  BOOST_TEST(colour == "red");
  BOOST_TEST(is_dry);
  BOOST_TEST(tools == Strings({"brush", "roller"}));
  BOOST_TEST(out.string() == "a b");
  BOOST_TEST(runs == 1);
  BOOST_TEST(refused.str() == "");
}

BOOST_FIXTURE_TEST_CASE(what_is_left_out_keeps_its_default, Toy) {
  BOOST_TEST(Run({"paint", "north"}) == 0);
  BOOST_TEST(coats == 2);
  BOOST_TEST(colour == "white");
  BOOST_TEST(!explains);
  BOOST_TEST(out.string() == "here");
}

BOOST_FIXTURE_TEST_CASE(a_list_may_stand_alone_or_take_a_word, Toy) {
  BOOST_TEST(Run({"paint", "north", "--explain"}) == 0);
  BOOST_TEST(explains);
  BOOST_TEST(Run({"paint", "north", "--explain", "colour"}) == 0);
  BOOST_TEST(explains);
  BOOST_TEST(explained == Strings({"colour"}));
}

BOOST_FIXTURE_TEST_CASE(what_is_not_allowed_is_one_line_with_2_and_nothing_runs, Toy) {
  const std::pair<Strings, std::string> refusals[] = {
      {{"paint"}, "paint: wall is required; see toy paint"},
      {{"paint", "north", "--coats", "4"},
       "paint: --coats: '4' must be a whole number from 1 to 3; see toy paint"},
      {{"paint", "north", "--coats", "2x"},
       "paint: --coats: '2x' must be a whole number from 1 to 3; see toy paint"},
      {{"paint", "north", "--coats"}, "paint: --coats needs a value; see toy paint"},
      {{"paint", "north", "--seed", "-1"},
       "paint: --seed: '-1' must be a whole number, at least 0; see toy paint"},
      {{"paint", "north", "--layers", "many"},
       "paint: --layers: 'many' must be a whole number; see toy paint"},
      {{"paint", "north", "--colour", "blue"},
       "paint: --colour: 'blue' is not allowed; give white, red; see toy paint"},
      {{"paint", "north", "--colour", "rad"},
       "paint: --colour: 'rad' is not allowed; did you mean red? give white, red; see toy paint"},
      {{"paint", ""}, "paint: wall: '' is empty; see toy paint"},
      {{"paint", "north", "--dry", "--wet"}, "paint: --dry excludes --wet; see toy paint"},
      {{"paint", "north", "--varnish"}, "paint: --varnish is no flag of paint; see toy paint"},
      {{"paint", "north", "so\nuth"}, "paint: 'so\\nuth' is one too many; see toy paint"},
      {{}, "no verb is given; see toy"}};
  for (const auto& [words, why] : refusals) {
    BOOST_TEST(Run(words) == 2, why);
    BOOST_TEST(refused.str() == "toy: " + why + " --help\n");
    BOOST_TEST(said.str() == "");
  }
  BOOST_TEST(runs == 0);
}

BOOST_FIXTURE_TEST_CASE(a_number_is_decimal_whatever_it_begins_with, Toy) {
  BOOST_TEST(Run({"paint", "north", "--seed", "010", "--layers=-7"}) == 0);
  BOOST_TEST(seed == 10);
  BOOST_TEST(layers == -7);
  BOOST_TEST(Run({"paint", "north", "--seed", "0x10"}) == 2);
}

// Help as every release of CLI11 says it: its layout differs, and a default stands there as =2 or
// [2].
std::string InOneLine(const std::string& help) {
  std::string words;
  std::istringstream text(help);
  for (std::string word; text >> word;) {
    if (word == "[2]" || word == "[cpu,cuda]") {
      words.back() = '=';
      word = word.substr(1, word.size() - 2);
    }
    words += word + " ";
  }
  return words;
}

BOOST_FIXTURE_TEST_CASE(help_says_types_defaults_and_what_is_allowed, Toy) {
  BOOST_TEST(Run({"paint", "--help"}) == 0);
  const auto help = InOneLine(said.str());
  for (const char* part :
       {"Paints a wall ", "toy paint [OPTIONS] wall ", "wall WALL REQUIRED which one ",
        "-h,--help Print this help message and exit ", "--coats INT:INT in [1 - 3]=2 of paint ",
        "--seed INT:NONNEGATIVE of the pattern ", "--colour TEXT:{white,red} of the paint ",
        "--dry Excludes: --wet without paint ", "--wet Excludes: --dry with water ",
        "--tools TOOL ... to use ", "--explain [WORD] why ", "--out DIR the picture ",
        "Example: toy paint north "}) {
    BOOST_TEST(help.find(part) != help.npos, part << " in: " << help);
  }
  BOOST_TEST(Run({"--version"}) == 0);
  BOOST_TEST(said.str() == "1.2.3\n");
  BOOST_TEST(runs == 0);
}

BOOST_FIXTURE_TEST_CASE(help_shows_the_values_of_a_list_as_they_are_written, Toy) {
  Strings devices = {"cpu", "cuda"};
  auto& verb = program.AddVerb("run", "Runs");
  verb.Add("--device", &devices, "where").SplitsAtCommas().ShowsDefault();
  BOOST_TEST(Run({"run", "--help"}) == 0);
  const auto help = InOneLine(said.str());
  BOOST_TEST(help.find("--device TEXT=cpu,cuda ... where ") != help.npos, help);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_verb_is_an_error_that_lists_the_known, Toy) {
  BOOST_CHECK_EXCEPTION(Run({"dance"}), Error, [](const Error& e) {
    return std::string(e.what()) == "'dance' is no verb; known: paint; see toy --help";
  });
}

BOOST_FIXTURE_TEST_CASE(a_verb_that_is_nearly_one_is_guessed, Toy) {
  BOOST_CHECK_EXCEPTION(Run({"piant"}), Error, [](const Error& e) {
    return std::string(e.what()) ==
           "'piant' is no verb; did you mean paint? known: paint; see toy --help";
  });
}

BOOST_FIXTURE_TEST_CASE(a_flag_that_is_nearly_one_is_guessed_in_the_refusal, Toy) {
  BOOST_TEST(Run({"paint", "north", "--color=red"}) == 2);
  BOOST_TEST(refused.str() ==
             "toy: paint: --color is no flag of paint; did you mean --colour? see toy paint "
             "--help\n");
  BOOST_TEST(Run({"paint", "north", "--zzz"}) == 2);
  BOOST_TEST(refused.str().find("did you mean") == std::string::npos, refused.str());
  BOOST_TEST(Run({"paint", "north", "--coats", "9"}) == 2);  // known, but not with this value
  BOOST_TEST(refused.str().find("did you mean") == std::string::npos, refused.str());
}

BOOST_FIXTURE_TEST_CASE(defence_is_defense_in_flags_and_words_and_nowhere_else, Toy) {
  std::string against, kind, name;
  auto& verb = program.AddVerb("list", "Lists");
  verb.Add("kind", &kind, "of plugin").OneOf({"defenses", "defense"});
  verb.Add("--defenses", &against, "to show");
  verb.Add("--name", &name, "of it");
  verb.Runs([] { return 0; });
  BOOST_TEST(Run({"list", "defences", "--defences", "abd", "--name", "defence"}) == 0);
  BOOST_TEST(kind == "defenses");
  BOOST_TEST(against == "abd");
  BOOST_TEST(name == "defence");
  BOOST_TEST(Run({"list", "defence", "--defences=clp"}) == 0);
  BOOST_TEST(kind == "defense");
  BOOST_TEST(against == "clp");
}

BOOST_FIXTURE_TEST_CASE(what_the_verb_throws_comes_through, Toy) {
  program.AddVerb("fail", "Fails").Runs([]() -> int { throw Error("no paint"); });
  BOOST_CHECK_THROW(Run({"fail"}), Error);
}

BOOST_FIXTURE_TEST_CASE(a_broken_plugin_stops_only_verbs_that_need_plugins, Toy) {
  program.CheckPlugins([] { throw Error("plugins: bad"); });
  BOOST_CHECK_EXCEPTION(Run({"paint", "north"}), Error,
                        [](const Error& e) { return std::string(e.what()) == "plugins: bad"; });
  BOOST_TEST(runs == 0);
  for (const Strings& words : {Strings{"--help"}, {"--version"}, {"paint", "--help"}}) {
    BOOST_TEST(Run(words) == 0);
  }
  BOOST_TEST(Run({"paint", "north", "--coats", "9"}) == 2);  // a wrong command line is that first
  bool rested = false;
  auto& rest = program.AddVerb("rest", "Does nothing");
  rest.NeedsNoPlugins();
  rest.Runs([&] { return rested = true, 0; });
  BOOST_TEST(Run({"rest"}) == 0);
  BOOST_TEST(rested);
}

}  // namespace dfkd::cli::program_test
