// The matrices behind the numbers in READMEs and docs: what nobody runs in the suite must at least
// still be planned.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench/core/json.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::evidence_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_AUTO_TEST_CASE(the_matrices_behind_the_numbers_of_the_docs_have_cells) {
  int planned = 0;
  const std::filesystem::path folder = DFKD_SOURCE_DIR "/tests/attacks";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("small") || entry.path().extension() != ".json") continue;
    const auto json = ReadJson(entry.path());
    BOOST_TEST(json.at("name") == entry.path().stem().string());
    const auto plan = PlanOf(json);
    BOOST_TEST(!plan.cells.empty(), name);
    for (const auto& cell : plan.cells) BOOST_TEST(cell.not_applicable.empty(), cell.id);
    ++planned;
  }
  BOOST_TEST(planned > 5);
}

}  // namespace dfkd::evidence_test
