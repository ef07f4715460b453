// What has no part in a comparison, and is listed.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "leaderboard/standings/compare.h"
#include "tests/scores/fixtures.h"

namespace dfkd::compare_left_out_test {

// The toy scores; of abd's student under blend_0.1 one number is left out.
Comparison WithoutBlendOfAbd(std::optional<double> StudentScore::*number) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.attack == "blend_0.1" && score.cell.defense == "abd")
      ((*score.student).*number).reset();
  }
  return CompareDefenses(scores, "abd", "none");
}

std::vector<std::string> ReasonsOfAbd(const Comparison& comparison) {
  std::vector<std::string> reasons;
  for (const auto& one : comparison.unpaired) {
    if (one.cell.attack == "blend_0.1" && one.cell.defense == "abd") reasons.push_back(one.reason);
  }
  return reasons;
}

BOOST_AUTO_TEST_CASE(an_attacked_cell_that_lacks_its_asr_is_left_out_with_its_acc_and_listed) {
  const auto comparison = WithoutBlendOfAbd(&StudentScore::asr);
  BOOST_TEST((ReasonsOfAbd(comparison) == std::vector<std::string>{"ok: without ASR"}));
  BOOST_TEST(comparison.cells.size() == 3U);
  BOOST_TEST(comparison.acc->difference.cells == 2);
  BOOST_TEST(comparison.asr->difference.cells == 2);
  const auto text = ToText(comparison);
  BOOST_TEST(Contains(text, "ok: without ASR"), text);
}

BOOST_AUTO_TEST_CASE(a_cell_that_lacks_its_acc_is_left_out_and_listed) {
  const auto comparison = WithoutBlendOfAbd(&StudentScore::acc);
  BOOST_TEST((ReasonsOfAbd(comparison) == std::vector<std::string>{"ok: without ACC"}));
  BOOST_TEST(comparison.asr->difference.cells == 2);
}

BOOST_AUTO_TEST_CASE(a_cell_without_an_attack_needs_no_asr) {
  const auto comparison = CompareDefenses(ReadScores(Fixtures() / "valid"), "abd", "none");
  const bool paired =
      std::any_of(comparison.cells.begin(), comparison.cells.end(),
                  [](const auto& difference) { return difference.cell.attack == "none"; });
  BOOST_TEST(paired);
}

}  // namespace dfkd::compare_left_out_test
