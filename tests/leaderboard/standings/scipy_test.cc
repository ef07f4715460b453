// The same numbers by an independent implementation; skipped with a message where SciPy is absent.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "bench/core/json.h"
#include "bench/core/rng.h"
#include "leaderboard/standings/distributions.h"
#include "leaderboard/standings/ranking.h"

namespace dfkd::scipy_test {

struct Cells {
  std::vector<Design::Unit> units;
  std::vector<double> values;
  Json nested = Json::array();  // [attack][teacher][student]
};

Cells CellsOf(int64_t attacks, int64_t teachers, int64_t students, Rng& rng) {
  Cells cells;
  std::vector<double> seeds;
  for (int64_t t = 0; t < teachers; ++t) seeds.push_back(0.1 * rng.Uniform());
  for (int64_t a = 0; a < attacks; ++a) {
    Json of_attack = Json::array();
    for (int64_t t = 0; t < teachers; ++t) {
      Json of_teacher = Json::array();
      for (int64_t s = 0; s < students; ++s) {
        const double value = rng.Uniform() * rng.Uniform() + seeds[static_cast<size_t>(t)];
        cells.units.push_back({static_cast<size_t>(a), t});
        cells.values.push_back(value);
        of_teacher.push_back(value);
      }
      of_attack.push_back(std::move(of_teacher));
    }
    cells.nested.push_back(std::move(of_attack));
  }
  return cells;
}

Json MeanCase(Rng& rng) {
  const auto attacks = 1 + rng.Below(5), teachers = 3 + rng.Below(8), students = 1 + rng.Below(3);
  const auto cells = CellsOf(attacks, teachers, students, rng);
  const auto estimate = Design(cells.units).MeanOf(cells.values);
  return {{"values", cells.nested},
          {"mean", estimate.mean},
          {"interval", {estimate.interval->low, estimate.interval->high}},
          {"p", *PValue(estimate)}};
}

Json TableCase(Rng& rng) {
  const auto attacks = 1 + rng.Below(4), teachers = 3 + rng.Below(5);
  std::vector<Column> columns;
  std::vector<Design::Unit> units;
  Json table = {{"entrants", Json::array()}, {"p", Json::array()}, {"holm", Json::array()}};
  for (int64_t e = 2 + rng.Below(4); e > 0; --e) {
    auto cells = CellsOf(attacks, teachers, 2, rng);
    units = cells.units;
    columns.emplace_back(cells.values.begin(), cells.values.end());
    table["entrants"].push_back(std::move(cells.nested));
  }
  for (const auto& pair : AllPairs(units, columns)) {
    table["p"].push_back(*pair.p);
    table["holm"].push_back(*pair.holm);
  }
  return table;
}

BOOST_AUTO_TEST_CASE(intervals_p_values_holm_wilson_and_power_are_those_of_scipy) {
  Json cases = {{"means", Json::array()},
                {"tables", Json::array()},
                {"wilson", Json::array()},
                {"detectable", Json::array()}};
  for (int64_t i = 0; i < 100; ++i) {
    Rng rng = Rng(4).Fork("scipy", i);
    cases["means"].push_back(MeanCase(rng));
    if (i % 4 == 0) cases["tables"].push_back(TableCase(rng));
    const auto of = 1 + rng.Below(9000), hits = rng.Below(of + 1);
    const auto wilson = Wilson(hits, of);
    cases["wilson"].push_back({hits, of, wilson.low, wilson.high});
  }
  for (const int64_t degrees : {2, 4, 9, 30}) {
    for (const double alpha : {0.05, 0.01})
      cases["detectable"].push_back({alpha, 0.8, degrees, DetectableErrors(alpha, 0.8, degrees)});
  }
  std::ofstream("scipy_cases.json") << cases.dump();
  const auto command = std::string("/usr/bin/python3 ") + DFKD_SOURCE_DIR +
                       "/tests/leaderboard/standings/scipy_check.py scipy_cases.json";
  const int status = std::system(command.c_str());
  if (status == 77 * 256 || status == 127 * 256) {
    BOOST_TEST_MESSAGE("skipped: /usr/bin/python3 has no SciPy (package python3-scipy)");
    return;
  }
  BOOST_TEST(status == 0);
}

}  // namespace dfkd::scipy_test
