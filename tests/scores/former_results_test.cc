// What the results that a newer one replaced leave for the history of a cell.
#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/results_file.h"
#include "tests/scores/fixtures.h"

namespace dfkd::former_results_test {

namespace fs = std::filesystem;

// A result of the cell of the fixtures, from keys of its own.
CommittedResult ResultAt(char plan, const std::string& created, const std::string& added = "") {
  CommittedResult result{ReadScore(FixtureScoreFile()), std::string(64, plan), "", Verified::kValid,
                         "somebody"};
  result.score.media.clear();
  result.score.provenance.created = created;
  result.added = added;
  return result;
}

LoadedScores Load(const std::vector<CommittedResult>& results) {
  fs::remove_all("former");
  const auto& first = results.front().score;
  WriteFileAtomically(ResultsPath("former", first.matrix, first.cell.defense), ToText(results));
  return LoadScores({"former"});
}

BOOST_AUTO_TEST_CASE(the_newest_result_of_a_cell_knows_those_that_it_replaced_oldest_first) {
  auto oldest = ResultAt('a', "2024-05-31T12:00:00Z");
  auto lost = ResultAt('b', "2024-06-02T12:00:00Z", "2024-06-03T12:00:00Z");
  lost.score.validity = {"not_transferred"};
  // Computed before the second, and added after it.
  const auto newest = ResultAt('c', "2024-06-01T12:00:00Z", "2024-06-04T12:00:00Z");
  const auto loaded = Load({lost, newest, oldest});
  BOOST_TEST_REQUIRE(loaded.scores.size() == 1U);
  const auto& score = loaded.scores.front();
  BOOST_TEST(score.added == "2024-06-04T12:00:00Z");
  BOOST_TEST_REQUIRE(score.former.size() == 2U);
  BOOST_TEST(score.former[0].since == "2024-05-31T12:00:00Z");
  BOOST_TEST(score.former[0].track == score.track);
  BOOST_TEST(score.former[0].acc.value() == oldest.score.student->acc.value());
  BOOST_TEST(score.former[0].asr.value() == oldest.score.student->asr.value());
  BOOST_TEST(score.former[0].counts);
  BOOST_TEST(score.former[1].since == "2024-06-03T12:00:00Z");
  BOOST_TEST(!score.former[1].counts);
  BOOST_TEST(Digest(score) == Digest(newest.score));
}

BOOST_AUTO_TEST_CASE(a_cell_of_one_result_replaced_nothing) {
  const auto loaded = Load({ResultAt('a', "2024-05-31T12:00:00Z")});
  BOOST_TEST_REQUIRE(loaded.scores.size() == 1U);
  BOOST_TEST(loaded.scores.front().former.empty());
  BOOST_TEST(loaded.scores.front().added == "");
}

}  // namespace dfkd::former_results_test
