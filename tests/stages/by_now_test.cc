// Whether a stage is done already is asked of those who know.
#include <boost/test/unit_test.hpp>

#include "tests/stages/stages_testing.h"
#include "tests/store/opened_folder.h"

namespace dfkd::by_now_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_AUTO_TEST_SUITE(by_now)

// A client of a network file system may remember that it was not, and it would be computed twice.
// Of a kind that is not computed nothing else opens the folder.
BOOST_AUTO_TEST_CASE(who_has_the_lease_asks_the_file_server_whether_another_has_finished_it) {
  Laboratory laboratory;
  const auto stage = MakeStage("nonsense", {{"inputs", Json::object()}, {"profile", "fp32"}});
  const auto prefix = laboratory.store().FolderOf(stage.ref).parent_path();
  fs::create_directories(prefix);
  const OpenedFolder kind(prefix.parent_path());
  BOOST_TEST((laboratory.Run(stage).status == StageStatus::kFailed));
  BOOST_TEST(kind.WasOpened());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::by_now_test
