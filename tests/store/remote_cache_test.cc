#include "bench/store/remote_cache.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/io/http_server.h"
#include "tests/store/shelf.h"

namespace dfkd::remote_cache_test {

using namespace testing;  // NOLINT: the helpers of this folder
using std::chrono::milliseconds;

struct WithServer {
  RemoteCache From(const std::vector<std::string>& modes,
                   RemoteCache::Timing timing = {milliseconds(1), milliseconds(1)}) {
    std::vector<Remote> remotes;
    const RemoteOptions options{.download = {.attempts = 1, .stall_seconds = 60}};
    for (const auto& mode : modes) remotes.emplace_back(server.Base(mode) + "/store", options);
    return RemoteCache(here, std::move(remotes), timing);
  }
  size_t Fetch(RemoteCache& cache) { return Fetch(cache, all); }
  size_t Fetch(RemoteCache& cache, const std::vector<std::string>& refs) {
    return cache.Fetch(refs, [](const SourceProgress&) { return true; });
  }

  // An artifact with a file that no other has: unlucky.bin.
  std::string PublishUnlucky() {
    const auto stage = MakeStage("teacher", {{"name", "unlucky"}});
    Write(served / "staged" / "unlucky.bin", "x");
    there.store.Publish(
        {.ref = stage.ref, .description = stage.description, .staged = served / "staged"});
    return stage.ref;
  }

  Scratch served, mine;
  Shelf there{served / "store"};
  Store here{mine / "store"};
  HttpServer server{served.path()};
  const std::vector<std::string> all = {there.teacher, there.student, there.evaluation,
                                        there.other};
};

BOOST_FIXTURE_TEST_SUITE(remote_cache, WithServer)

BOOST_AUTO_TEST_CASE(all_that_a_remote_has_is_brought) {
  auto cache = From({"normal"});
  BOOST_TEST(Fetch(cache) == 4U);
  for (const auto& ref : all) BOOST_TEST(here.Open(ref).digest() == there.store.Open(ref).digest());
  BOOST_TEST(!cache.AskAgain());
}

BOOST_AUTO_TEST_CASE(what_one_remote_lacks_or_lies_about_the_next_is_asked_for) {
  auto cache = From({"noentry", "altered@model.bin", "normal"});
  BOOST_TEST(Fetch(cache) == 4U);
  BOOST_TEST(cache.Outstanding().empty());
  BOOST_TEST(!cache.AskAgain());
}

BOOST_AUTO_TEST_CASE(what_others_are_at_is_outstanding_until_it_is_there) {
  auto cache = From({"normal"});
  {
    const auto lease = TryAcquire(WorkFolder(here.root(), ParseRef(there.student).key));
    BOOST_TEST(Fetch(cache) == 3U);
  }
  BOOST_TEST(cache.Outstanding() == std::vector<std::string>{there.student});
  BOOST_TEST(Fetch(cache, {there.student}) == 1U);
  BOOST_TEST(cache.Outstanding().empty());
}

BOOST_AUTO_TEST_CASE(what_our_own_disk_did_not_take_is_outstanding) {
  auto cache = From({"normal"});
  Write(here.root() / "work", "a file where a folder should be");
  BOOST_TEST(Fetch(cache, {there.student}) == 0U);
  BOOST_TEST(cache.Outstanding() == std::vector<std::string>{there.student});
  fs::remove(here.root() / "work");
  BOOST_TEST(Fetch(cache, {there.student}) == 1U);
  BOOST_TEST(cache.Outstanding().empty());
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_asked_for_twice) {
  auto cache = From({"noentry"});
  Fetch(cache);
  const auto asked = server.Requests().size();
  BOOST_TEST(asked == all.size());
  Fetch(cache);
  BOOST_TEST(server.Requests().size() == asked);
}

BOOST_AUTO_TEST_CASE(a_remote_that_does_not_answer_is_left_alone_and_asked_again_later) {
  auto patient = From({"broken"}, {std::chrono::hours(1), std::chrono::hours(1)});
  BOOST_TEST(Fetch(patient) == 0U);
  const auto asked = server.Requests().size();
  BOOST_TEST((patient.AskAgain() > std::chrono::steady_clock::now()));
  BOOST_TEST(Fetch(patient) == 0U);
  BOOST_TEST(server.Requests().size() == asked);

  auto cache = From({"flaky@manifest.json"});  // every manifest is refused once
  size_t fetched = 0;
  auto missing = all;
  for (int i = 0; i < 100 && !missing.empty(); ++i) {
    fetched += Fetch(cache, missing);
    std::erase_if(missing, [&](const auto& ref) { return here.Has(ref); });
    std::this_thread::sleep_for(milliseconds(2));
  }
  BOOST_TEST(missing.empty());
  BOOST_TEST(fetched == all.size());
}

BOOST_AUTO_TEST_CASE(who_falls_silent_after_it_has_given_owes_the_rest) {
  const auto unlucky = PublishUnlucky();
  auto cache = From({"broken@unlucky.bin"}, {std::chrono::hours(1), std::chrono::hours(1)});
  for (const auto& ref : {there.teacher, unlucky, there.student}) Fetch(cache, {ref});
  BOOST_TEST(!here.Has(there.student));  // it was left alone by then
  BOOST_TEST(cache.Outstanding() == (std::vector<std::string>{there.student, unlucky}),
             boost::test_tools::per_element());

  auto silent = From({"broken"}, {std::chrono::hours(1), std::chrono::hours(1)});
  Fetch(silent);
  BOOST_TEST(silent.Outstanding().empty());  // nobody knows that it has anything
}

BOOST_AUTO_TEST_CASE(an_artifact_that_never_comes_does_not_keep_others_waiting) {
  const auto unlucky = PublishUnlucky();
  std::vector<std::string> refs = {unlucky};
  refs.insert(refs.end(), all.begin(), all.end());
  auto cache = From({"broken@unlucky.bin"});
  for (int i = 0; i < 100 && (i == 0 || cache.AskAgain()); ++i) {
    cache.Fetch(refs, [](const SourceProgress&) { return true; });
    std::this_thread::sleep_for(milliseconds(2));
  }
  BOOST_TEST(!cache.AskAgain());
  BOOST_TEST(!here.Has(unlucky));
  for (const auto& ref : all) BOOST_TEST(here.Has(ref), ref);
}

BOOST_AUTO_TEST_CASE(a_liar_is_not_asked_for_ever) {
  std::vector<std::string> refs;
  for (int i = 0; i < 40; ++i)
    refs.push_back(there.Publish("teacher", std::to_string(i), Json::object(), "x"));
  auto cache = From({"altered@key.json"});
  BOOST_TEST(cache.Fetch(refs, [](const SourceProgress&) { return true; }) == 0U);
  BOOST_TEST(cache.Outstanding().size() >= static_cast<size_t>(RemoteCache::kMostWrong));
  BOOST_TEST(server.Requests().size() < 2U * (RemoteCache::kMostWrong + 8));
  BOOST_TEST(!cache.AskAgain());
}

BOOST_AUTO_TEST_CASE(who_is_told_to_stop_begins_nothing_more_and_ends_what_hangs) {
  auto cache = From({"stall@model.bin"});
  BOOST_TEST(cache.Fetch({there.teacher}, [](const SourceProgress&) { return false; }) == 0U);
  BOOST_TEST(!here.Has(there.teacher));
  auto later = From({"normal"});
  BOOST_TEST(Fetch(later) == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::remote_cache_test
