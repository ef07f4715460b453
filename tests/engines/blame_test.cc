#include "bench/engines/blame.h"

#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::blame_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Shelf {
  Shelf() {
    for (const std::string name : {"whole", "damaged"}) store.Publish(Staged(store.root(), name));
    Write(store.FolderOf(RefTo("damaged")) / "model.bin", "others");
  }
  ScratchFolder scratch;
  Store store{scratch.path() / "store"};
};

BOOST_FIXTURE_TEST_SUITE(blame, Shelf)

BOOST_AUTO_TEST_CASE(what_is_damaged_is_moved_aside_and_told) {
  std::string told;
  const auto tell = [&](const std::string& line) { told += line + "\n"; };
  const std::vector<std::string> refs = {RefTo("whole"), RefTo("damaged"), RefTo("gone")};
  BOOST_TEST(MoveDamagedAside(store, refs, tell));
  BOOST_TEST(told.starts_with(RefTo("damaged") + " is damaged: moved to "), told);
  BOOST_TEST(store.Has(RefTo("whole")));
  BOOST_TEST(!store.Has(RefTo("damaged")));
  BOOST_TEST(!MoveDamagedAside(store, refs, tell));
}

BOOST_AUTO_TEST_CASE(what_was_gone_or_damaged_in_the_store_was_in_motion) {
  const auto in_motion = [&](const std::string& message) {
    return WasInMotion(store, {.failure = FailureClass::kIo, .message = message});
  };
  for (const auto& name : {"damaged", "gone"})
    BOOST_TEST(in_motion(ErrorOf([&] { store.Open(RefTo(name)); })), name);
  BOOST_TEST(!in_motion("/elsewhere/model: not in the store"));
  BOOST_TEST(!in_motion(store.root().string() + "/x: Input/output error"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::blame_test
