// What is said of results that older code left under the same revision.
#include "bench/engines/changed_sources.h"

#include <boost/test/unit_test.hpp>

#include "bench/store/stage_sources.h"
#include "bench/store/work.h"
#include "tests/store/store_testing.h"

namespace dfkd::changed_sources_test {

using namespace testing;  // NOLINT: the helpers of the store's tests

const std::string kOld(64, 'a'), kNew(64, 'b');

// A plan of three stages and a store.
struct Bench {
  Bench() {
    for (const char* name : {"first", "second", "third"}) {
      plan.Add("distill", {{"name", name}});
    }
  }
  void Publish(StageId i, const Json& facts) {
    const auto& stage = plan.At(i).stage;
    const auto staged = folder.path() / "work" / "staged";
    Write(staged / "student.bin", "bytes");
    store.Publish(
        {.ref = stage.ref, .description = stage.description(), .staged = staged, .facts = facts});
  }
  void Checkpoint(StageId i, const Json& progress) {
    const WorkFolder work(store.root(), plan.At(i).stage.key());
    work.WriteCheckpoint(
        kCheckpoint, [&](const fs::path& at) { Write(at / kCheckpointProgress, progress.dump()); });
  }
  std::vector<ChangedSource> Find() const { return FindChangedSources(plan, store, now); }

  ScratchFolder folder;
  Store store{folder.path()};
  Plan plan;
  CurrentSources now = {{"defense mine", {.revision = 3, .sha256 = kNew, .folder = "/my/mine"}}};
};

Json By(const std::string& hash) {
  return {{kSources, {{"defense mine", hash}, {"attack of_another_program", kOld}}}};
}

BOOST_FIXTURE_TEST_CASE(results_and_checkpoints_of_older_code_are_counted_by_plugin, Bench) {
  Publish(0, By(kOld)), Publish(1, By(kNew)), Checkpoint(2, By(kOld));
  const auto changed = Find();
  BOOST_TEST_REQUIRE(changed.size() == 1U);
  BOOST_TEST(changed[0].stages == 1U);
  BOOST_TEST(changed[0].checkpoints == 1U);
  const auto text = ToText(changed[0]);
  BOOST_TEST(Contains(text, "defense mine: its code has changed, its revision 3 has not"), text);
  BOOST_TEST(Contains(text, "1 cached stage and 1 checkpoint of the older code"), text);
  BOOST_TEST(Contains(text, "raise .revision in /my/mine"), text);
}

BOOST_FIXTURE_TEST_CASE(the_same_code_and_what_does_not_say_by_which_are_silent, Bench) {
  Publish(0, By(kNew)), Publish(1, Json::object()), Checkpoint(2, {{"seconds", 1}});
  BOOST_TEST(Find().empty());
}

}  // namespace dfkd::changed_sources_test
