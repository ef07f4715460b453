#include "bench/store/waste.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "bench/store/catalog.h"
#include "bench/store/lease_record.h"
#include "bench/store/work.h"
#include "tests/store/store_testing.h"

namespace dfkd::waste_test {

using namespace testing;  // NOLINT: the helpers of this folder

// state 10 -> state 20 -> evaluation, and a student of nobody.
struct Shelf {
  std::string Publish(const std::string& kind, const Json& description,
                      const Json& facts = Json::object()) {
    const auto ref = RefOf(kind, description);
    const auto staged = folder.path() / "staged";
    Write(staged / "out.bin", std::string(100, 'x'));
    store.Publish({.ref = ref, .description = description, .staged = staged, .facts = facts});
    return ref;
  }
  // Of the last rule: everything is old enough.
  std::map<std::string, std::string> Find(WasteRules rules = {}) const {
    rules.recent = {};
    std::map<std::string, std::string> why;
    for (const auto& waste : FindWaste(store, rules))
      why[waste.path.lexically_relative(store.root()).string()] = waste.why;
    return why;
  }
  fs::path Folder(const std::string& ref) const { return store.FolderOf(ref); }
  std::string PlaceOf(const std::string& ref) const {
    return store.FolderOf(ref).lexically_relative(store.root()).string();
  }

  ScratchFolder folder;
  Store store{folder.path() / "store"};
  const std::string early = Publish("distill", {{"round", 10}, {"inputs", Json::object()}});
  const std::string late =
      Publish("distill", {{"round", 20}, {"inputs", Json::object()}}, {{"started_from", early}});
  const std::string evaluation = Publish("evaluate", {{"inputs", {{"model", late}}}});
  const std::string other = Publish("distill", {{"round", 30}, {"inputs", Json::object()}});
};

BOOST_FIXTURE_TEST_SUITE(waste, Shelf)

BOOST_AUTO_TEST_CASE(a_store_in_order_has_none) { BOOST_TEST(Find().empty()); }

BOOST_AUTO_TEST_CASE(what_died_processes_left_and_what_was_damaged_is_waste) {
  Write(store.root() / "work" / ".trash-1" / "x", "x");
  Write(store.root() / "failures" / std::string(64, 'a') / ".new-2", "x");
  Write(store.root() / "damaged" / "distill-x" / "out.bin", "x");
  const auto found = Find();
  BOOST_TEST(found.size() == 3U);
  BOOST_TEST(found.at("work/.trash-1") == "left over");
  BOOST_TEST(found.at("damaged/distill-x") == "damaged");
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_search_is_told_how_far_it_is) {
  std::map<WasteSearch, std::vector<std::pair<size_t, size_t>>> told;
  WasteRules rules{.superseded = true, .recent = {}};
  FindWaste(store, rules,
            [&](WasteSearch what, size_t done, size_t all) { told[what].emplace_back(done, all); });
  using Told = std::vector<std::pair<size_t, size_t>>;
  BOOST_TEST((told[WasteSearch::kListing] == Told{{1, 0}, {2, 0}, {3, 0}, {4, 0}}));
  BOOST_TEST((told[WasteSearch::kReading] == Told{{1, 4}, {2, 4}, {3, 4}, {4, 4}}));
  BOOST_TEST((told[WasteSearch::kMeasuring] == Told{{1, 0}}));  // the state `early`
}

BOOST_AUTO_TEST_CASE(work_on_what_is_done_is_waste_unless_somebody_holds_it) {
  const auto key = ParseRef(late).key;
  Write(store.root() / "work" / key / "checkpoint", "x");
  Write(store.root() / "work" / std::string(64, 'a') / "checkpoint", "x");
  BOOST_TEST(Find().size() == 1U);
  const auto lease = TryAcquire(WorkFolder(store.root(), key));
  BOOST_TEST(Find().empty());
}

BOOST_AUTO_TEST_CASE(a_state_is_superseded_if_a_later_one_was_continued_from_it) {
  const auto found = Find({.superseded = true});
  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found.at(PlaceOf(early)) == "superseded");
}

BOOST_AUTO_TEST_CASE(a_superseded_state_that_something_reads_stays) {
  Publish("repair", {{"inputs", {{"student", early}}}});
  BOOST_TEST(Find({.superseded = true}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_kept_stays_with_what_it_was_made_from) {
  const std::set<std::string> keep = {ParseRef(evaluation).key};
  const auto found = Find({.keep = keep});
  BOOST_TEST(found.size() == 2U);
  BOOST_TEST(found.contains(PlaceOf(early)));
  BOOST_TEST(found.contains(PlaceOf(other)));
}

BOOST_AUTO_TEST_CASE(if_what_is_to_be_kept_is_not_there_nothing_is_called_waste) {
  const std::set<std::string> keep = {std::string(64, 'f')};
  BOOST_TEST(Contains(ErrorOf([&] { Find({.keep = keep}); }), "nothing is removed"));
}

// An artifact of somebody who can write into the store, or whose archive was unpacked over it.
BOOST_AUTO_TEST_CASE(a_description_that_its_key_is_not_the_hash_of_lets_nothing_go) {
  Write(store.FolderOf(evaluation) / "key.json", R"({"inputs":{}})");
  const auto keep = std::set<std::string>{ParseRef(evaluation).key};
  const auto message = ErrorOf([&] { Find({.keep = keep}); });
  BOOST_TEST(Contains(message, "key.json: damaged: expected SHA-256 "));
  BOOST_TEST(Contains(message, "nothing is removed"));
}

BOOST_AUTO_TEST_CASE(an_artifact_of_another_kind_under_the_same_key_takes_nothing_away) {
  const auto key = ParseRef(evaluation).key;
  fs::create_directories(store.root() / "a_kind" / key.substr(0, 2));
  fs::copy(store.FolderOf(evaluation), store.FolderOf("a_kind/" + key),
           fs::copy_options::recursive);
  const auto waste = Find({.keep = std::set<std::string>{key}});
  BOOST_TEST(!waste.contains(PlaceOf(evaluation)));
  BOOST_TEST(!waste.contains(PlaceOf(late)));
}

BOOST_AUTO_TEST_CASE(a_fact_supersedes_no_state_of_another_distillation) {
  Publish("distill", {{"round", 40}, {"seed", 1}, {"inputs", Json::object()}},
          {{"started_from", other}});
  BOOST_TEST(!Find({.superseded = true}).contains(PlaceOf(other)));
}

BOOST_AUTO_TEST_CASE(what_a_running_stage_reads_stays_with_what_that_was_made_from) {
  const std::set<std::string> keep = {ParseRef(other).key};
  const WorkFolder work(store.root(), std::string(64, 'a'));
  {
    const auto lease = TryAcquire(work);
    Reserve(work, {early, evaluation, "distill/" + std::string(64, 'b')});
    BOOST_TEST(Find({.superseded = true}).empty());
    BOOST_TEST(Find({.keep = keep}).empty());
  }
  BOOST_TEST(Find({.superseded = true}).contains(PlaceOf(early)));  // it has ended
  BOOST_TEST(Find({.keep = keep}).size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_a_node_read_that_died_long_ago_is_kept_for_nobody) {
  const WorkFolder work(store.root(), std::string(64, 'a'));
  auto record = store::OwnRecord();
  record.host = "node17";
  const auto lease = work.folder() / "lease";
  Write(lease, store::ToText(record));
  Reserve(work, {early});
  BOOST_TEST(Find({.superseded = true}).empty());
  fs::last_write_time(lease, fs::last_write_time(lease) - std::chrono::hours(1));
  BOOST_TEST(Find({.superseded = true}).contains(PlaceOf(early)));
}

BOOST_AUTO_TEST_CASE(what_is_kept_if_it_is_there_may_be_gone) {
  const std::set<std::string> keep = {ParseRef(evaluation).key};
  const std::set<std::string> more = {ParseRef(other).key, std::string(64, 'f')};
  const auto found = Find({.keep = keep, .keep_if_there = more});
  BOOST_TEST(!found.contains(PlaceOf(other)));
  BOOST_TEST(found.contains(PlaceOf(early)));
}

// Between the search and the removal: a store of many artifacts takes minutes.
BOOST_AUTO_TEST_CASE(what_a_stage_reads_that_began_since_is_not_removed) {
  WasteRules rules{.keep = std::set<std::string>{ParseRef(other).key}};
  rules.recent = {};
  const auto found = FindWaste(store, rules);
  BOOST_TEST_REQUIRE(found.size() == 3U);
  {
    const WorkFolder work(store.root(), std::string(64, 'a'));
    const auto lease = TryAcquire(work);
    Reserve(work, {late});
    for (const auto& one : found) BOOST_TEST(RemoveWaste(store, one) == (one.path != Folder(late)));
    BOOST_TEST(store.Has(late));
    BOOST_TEST(!store.Has(early));
  }
  for (const auto& one : found) BOOST_TEST(RemoveWaste(store, one));
  BOOST_TEST(!store.Has(late));
}

BOOST_AUTO_TEST_CASE(work_that_somebody_has_taken_up_since_is_not_removed) {
  const WorkFolder work(store.root(), ParseRef(late).key);
  Write(work.folder() / "checkpoint", "x");
  WasteRules rules;
  rules.recent = {};
  const auto found = FindWaste(store, rules);
  BOOST_TEST_REQUIRE(found.size() == 1U);
  {
    const auto lease = TryAcquire(work);
    BOOST_TEST(!RemoveWaste(store, found.front()));
    BOOST_TEST(lease->Held());
  }
  BOOST_TEST(RemoveWaste(store, found.front()));
  BOOST_TEST(!fs::exists(work.folder()));
}

BOOST_AUTO_TEST_CASE(a_copy_that_takes_longer_than_an_hour_is_not_left_over) {
  const auto copy = store.root() / "work" / ".new-1";
  Write(copy / "distill" / "model.bin", "x");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(2);
  fs::last_write_time(copy, long_ago);
  BOOST_TEST(FindWaste(store, {}).empty());
  for (const auto* inside : {"distill", "distill/model.bin"})
    fs::last_write_time(copy / inside, long_ago);
  BOOST_TEST(FindWaste(store, {}).size() == 1U);
}

// Publishes one state after another; each stage reads the one before, which nothing else keeps.
struct Chain {
  explicit Chain(Store& of) : store(of) {
    for (int i = 0; i < 30; ++i) {
      descriptions.push_back({{"step", i}, {"inputs", Json::object()}});
      refs.push_back(RefOf("distill", descriptions.back()));
    }
  }
  WorkFolder WorkOn(size_t i) const { return {store.root(), ParseRef(refs[i]).key}; }

  void Make(size_t i) const {
    const auto staged = WorkOn(i).NewStaging();
    Write(staged / "out.bin", "x");
    store.Publish({.ref = refs[i], .description = descriptions[i], .staged = staged});
    Age(store.FolderOf(refs[i]));
  }

  // Throws Error if a stage misses what it reads, or its lease.
  void Run() const {
    auto lease = TryAcquire(WorkOn(0));
    for (size_t i = 0; i < refs.size(); ++i) {
      if (i > 0) Store(store.root()).Open(refs[i - 1]);
      std::optional<Lease> next;
      if (i + 1 < refs.size()) {
        next = TryAcquire(WorkOn(i + 1));
        Reserve(WorkOn(i + 1), {refs[i]});
      }
      Make(i);
      if (!lease->Held()) throw MakeError("stage {} has lost its lease", i);
      lease->RemoveWork();
      lease = std::move(next);
    }
  }

  static void Age(const fs::path& folder) {
    fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::hours(2));
  }

  Store& store;
  std::vector<Json> descriptions;
  std::vector<std::string> refs;
};

BOOST_AUTO_TEST_CASE(a_run_beside_it_loses_nothing_that_it_reads) {
  const Chain chain(store);
  for (const auto& ref : {early, late, evaluation, other}) Chain::Age(Folder(ref));
  std::string failure;
  std::atomic<bool> done = false;
  std::thread run([&] {
    failure = ErrorOf([&] { chain.Run(); });
    done = true;
  });
  const WasteRules rules{.keep = std::set<std::string>{ParseRef(evaluation).key}};
  size_t removed = 0;
  const auto refused = ErrorOf([&] {
    do {
      for (const auto& waste : FindWaste(store, rules))
        removed += RemoveWaste(store, waste) ? 1 : 0;
    } while (!done);
  });
  run.join();
  BOOST_TEST(failure == "");
  BOOST_TEST(refused == "");
  BOOST_TEST(removed >= 2U);  // nobody reads `early` and `other`
  BOOST_TEST(!store.Open(evaluation).digest().empty());
}

BOOST_AUTO_TEST_CASE(what_was_touched_a_moment_ago_is_left_alone) {
  Write(store.root() / "damaged" / "distill-x" / "out.bin", "x");
  BOOST_TEST(FindWaste(store, {.superseded = true}).empty());
}

BOOST_AUTO_TEST_CASE(waste_is_gone_when_it_was_removed_and_the_rest_is_whole) {
  WasteRules rules{.superseded = true};
  rules.recent = {};
  for (const auto& one : FindWaste(store, rules)) {
    BOOST_TEST(one.bytes > 100U);
    RemoveWaste(store, one);
    RemoveWaste(store, one);  // another process was faster
  }
  BOOST_TEST(!store.Has(early));
  std::vector<std::string> left;
  ForEachArtifact(store, [&](const std::string& ref) { left.push_back(ref); });
  BOOST_TEST(left.size() == 3U);
  for (const auto& ref : left) BOOST_TEST(!store.Open(ref).digest().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::waste_test
