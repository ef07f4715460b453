#include "bench/store/inventory.h"

#include <boost/test/unit_test.hpp>

#include "bench/store/failures.h"
#include "bench/store/work.h"
#include "tests/store/store_testing.h"

namespace dfkd::inventory_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Shelf {
  std::string Publish(int seed) {
    const Json description = {{"seed", seed}};
    const auto ref = RefOf("fake", description);
    const auto staged = folder.path() / "staged";
    Write(staged / "out.txt", "out");
    store.Publish({.ref = ref, .description = description, .staged = staged});
    return ref;
  }
  static std::string Absent(int seed) { return RefOf("fake", {{"absent", seed}}); }

  ScratchFolder folder;
  Store store{folder.path() / "store"};
};

BOOST_FIXTURE_TEST_SUITE(inventory, Shelf)

BOOST_AUTO_TEST_CASE(it_has_what_the_store_has) {
  const auto ref = Publish(1), broken = Publish(2);
  fs::remove(store.FolderOf(broken) / "manifest.json");
  Inventory there(store);
  BOOST_TEST(there.Has(ref));
  BOOST_TEST(!there.Has(broken));
  BOOST_TEST(!there.Has(Absent(1)));
}

BOOST_AUTO_TEST_CASE(what_was_listed_stays_listed_and_is_no_longer_there) {
  const auto ref = Publish(1);
  Inventory there(store);
  BOOST_TEST(there.Lists(ref));
  BOOST_TEST(!there.Lists(Absent(1)));
  fs::remove_all(store.FolderOf(ref));
  BOOST_TEST(there.Lists(ref));
  BOOST_TEST(!there.Has(ref));
}

BOOST_AUTO_TEST_CASE(what_is_no_ref_is_refused_and_no_folder_listed_for_it) {
  Inventory there(store);
  for (const std::string ref : {"", "/", "fake", "fake/", "fake/ab", "../store/ab", "fake/../../x"})
    BOOST_CHECK_THROW(there.Has(ref), Error);
  BOOST_TEST(there.listings() == 0U);
}

BOOST_AUTO_TEST_CASE(a_store_that_does_not_exist_holds_nothing) {
  Inventory there(store);
  BOOST_TEST(!there.Has(Absent(1)));
  BOOST_TEST(!there.HasWork(std::string(64, '0')));
  BOOST_TEST(!there.HasFailures(std::string(64, '0')));
}

BOOST_AUTO_TEST_CASE(ten_thousand_questions_list_no_folder_twice) {
  Publish(1);
  Inventory there(store);
  for (int i = 0; i < 10'000; ++i) there.Has(Absent(i));
  BOOST_TEST(there.listings() <= 256U);
}

BOOST_AUTO_TEST_CASE(work_and_failures_are_seen_by_key) {
  const std::string key(64, 'a'), other(64, 'b');
  const auto lease = TryAcquire(WorkFolder(store.root(), key));
  Failures(store.root()).Record(other, {.message = "no"});
  Inventory there(store);
  BOOST_TEST(there.HasWork(key));
  BOOST_TEST(!there.HasWork(other));
  BOOST_TEST(there.HasFailures(other));
  BOOST_TEST(!there.HasFailures(key));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::inventory_test
