#include "bench/scores/clean_defenses.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/scores/matrix_beside.h"
#include "tests/scores/fixtures.h"

namespace dfkd::clean_defenses_test {

using Names = std::set<std::string>;

DefenseCard<NoOptions> CardNamed(const char* name) {
  return {.name = name, .summary = "a defence of this test", .paper = ""};
}

bool Add(const DefenseCard<NoOptions>& card) {
  return Registry::Get().Add(registry_detail::CardOf(card), {}, "", false);
}

bool AddCards() {
  auto clean = CardNamed("clean_defenses_test_clean"), whole = CardNamed("clean_defenses_test_all");
  clean.needs_clean_data = [](const NoOptions&) { return true; };
  whole.parts = [](const NoOptions&) {
    return std::vector<PartRef>{{"clean_defenses_test_clean", Json::object()}};
  };
  return Add(clean) && Add(whole) && Add(CardNamed("clean_defenses_test_free"));
}
const bool kAdded = AddCards();

// Of the matrix file of the fixtures with these defences.
Names CleanAmong(const char* defenses) {
  Json file = ReadJson(FixtureMatrixFile());
  file["blocks"][0]["defenses"] = Json::parse(defenses);
  const auto parsed = ReadMatrix(file, Plugins::kAnyones);
  BOOST_TEST(parsed.problems.empty());
  return CleanDefenses(parsed.matrix);
}

BOOST_AUTO_TEST_CASE(defences_that_need_clean_data_are_named_by_their_ids_alone_and_in_lists) {
  BOOST_TEST(kAdded);
  const auto clean = CleanAmong(R"(["none", "clean_defenses_test_clean", "clean_defenses_test_all",
      "clean_defenses_test_free", {"id": "mine", "parts": ["none", "clean_defenses_test_clean"]},
      ["none", "clean_defenses_test_clean"], {"id": "own", "plugin": "clean_defenses_test_clean"},
      {"id": "free", "parts": ["none", "clean_defenses_test_free"]}, "strangers"])");
  BOOST_TEST((clean == Names{"clean_defenses_test_all", "clean_defenses_test_clean", "mine",
                             "none+clean_defenses_test_clean", "own"}));
}

BOOST_AUTO_TEST_CASE(of_options_that_a_plugin_does_not_have_here_nothing_is_known) {
  const auto clean = CleanAmong(R"([{"plugin": "clean_defenses_test_clean", "id": "strangers",
      "options": {"no_such": 1}}, "clean_defenses_test_clean"])");
  BOOST_TEST((clean == Names{"clean_defenses_test_clean"}));
}

BOOST_AUTO_TEST_CASE(the_matrix_beside_scores_says_which_defences_see_clean_data) {
  Json file = ReadJson(FixtureMatrixFile());
  file["blocks"][0]["defenses"].push_back("clean_defenses_test_clean");
  const std::filesystem::path folder = "clean_defenses";
  WriteFileAtomically(folder / "matrix.json", file.dump());
  const auto beside = ReadMatrixBeside(folder);
  BOOST_TEST_REQUIRE(beside.has_value());
  BOOST_TEST((beside->clean_defenses == Names{"clean_defenses_test_clean"}));
}

}  // namespace dfkd::clean_defenses_test
