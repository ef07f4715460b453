// What a line of results says beside its score: who computed it again, when it was added, and what
// it shares.
#include <boost/test/unit_test.hpp>

#include "bench/scores/results_file.h"
#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::results_line_test {

CommittedResult ToyResult() {
  CommittedResult result{ReadScore(FixtureScoreFile()), std::string(64, 'a'), "", Verified::kValid,
                         ""};
  result.score.media.clear();
  return result;
}

// What is told of a file of results with this text.
std::vector<std::string> Told(const std::string& text) {
  const testing::ScratchFolder folder;
  const auto file = ResultsPath(folder.path(), "toy", "abd");
  testing::Write(file, text);
  std::vector<std::string> told;
  for (const auto& problem : ReadResultLines(file).problems)
    told.push_back(problem.path + ": " + problem.reason);
  return told;
}

// "" of a sound one.
std::string ToldOf(const std::function<void(CommittedResult&)>& change) {
  auto result = ToyResult();
  change(result);
  const auto told = Told(ToText({result}));
  return told.empty() ? "" : told.front();
}

BOOST_AUTO_TEST_CASE(who_computed_a_result_again_has_a_name) {
  BOOST_TEST(ToldOf([](CommittedResult&) {}) == "");
  for (const char* by : {"", "  "}) {
    const auto told = ToldOf([&](auto& r) { r.verified = Verified::kRerun, r.by = by; });
    BOOST_TEST(told.starts_with("/2/verification/by: "), told);
  }
  BOOST_TEST(ToldOf([](auto& r) { r.verified = Verified::kElsewhere, r.by = "b"; }) == "");
}

// The fixture was computed at noon of 2024-05-31. Clocks of two machines may be a day apart.
BOOST_AUTO_TEST_CASE(a_result_is_not_added_before_it_is_computed) {
  for (const char* added : {"2024-05-30T11:00:00Z", "2024-05-31T12:00:00Z", "2025-01-01T00:00:00Z"})
    BOOST_TEST(ToldOf([&](auto& r) { r.added = added; }) == "", added);
  for (const char* added : {"2024-05-30T10:59:59Z", "2023-12-31T00:00:00Z"}) {
    const auto told = ToldOf([&](auto& r) { r.added = added; });
    BOOST_TEST(told.starts_with(std::string("/2/added: ") + added + " is before "), told);
  }
}

BOOST_AUTO_TEST_CASE(a_context_that_no_result_names_and_one_that_stands_twice_are_told) {
  auto other = ToyResult();
  other.score.preset = "another";
  const auto sound = ToText({ToyResult()}), others = ToText({other});
  const auto unused = others.substr(0, others.find('\n') + 1);
  const auto lines = Told(unused + sound);
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0].starts_with("/1: no result names this context, "), lines[0]);
  const auto again = Told(sound.substr(0, sound.find('\n') + 1) + sound);
  BOOST_TEST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0] == "/2: line 1 says the same");
  // Beside a line that cannot be read nobody knows.
  const auto wrong = Told(unused + sound + "broken\n");
  BOOST_TEST_REQUIRE(wrong.size() == 1U);
  BOOST_TEST(wrong[0].starts_with("/4: "), wrong[0]);
}

}  // namespace dfkd::results_line_test
