#include "bench/store/transfer.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "bench/core/hash.h"
#include "bench/store/adopt.h"
#include "bench/store/catalog.h"
#include "bench/store/closure.h"
#include "bench/store/failures.h"
#include "bench/store/manifest.h"
#include "tests/io/archive_writer.h"
#include "tests/store/shelf.h"

namespace dfkd::transfer_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct WithShelf {
  std::vector<std::string> All() const { return RefsOf(shelf.store); }
  static std::vector<std::string> RefsOf(const Store& store) {
    std::vector<std::string> refs;
    ForEachArtifact(store, [&](const std::string& ref) { refs.push_back(ref); });
    return refs;
  }
  // The files of an artifact as they would stand in an archive.
  std::vector<Item> ItemsOf(const std::string& ref) const {
    std::vector<Item> items;
    for (const char* name : {"key.json", "manifest.json", "model.bin", "curves/acc.csv"})
      items.push_back(
          {.name = PlaceOf(ref) + name, .content = ReadBytes(shelf.store.FolderOf(ref) / name)});
    return items;
  }
  std::string PlaceOf(const std::string& ref) const {
    return shelf.store.FolderOf(ref).lexically_relative(shelf.store.root()).string() + "/";
  }
  // Why an archive of these is refused; nothing of it is in the store then.
  std::string Refusal(const std::vector<Item>& items) {
    const auto file = folder.path() / "hostile.tar";
    WriteArchive(file, items);
    const auto line = ErrorOf([&] { ImportArchive(other, file); });
    BOOST_TEST(RefsOf(other).empty());
    BOOST_TEST(!Contains(line, "\n"));
    for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
      BOOST_TEST(entry.path().filename() != "escaped");
    return line;
  }

  ScratchFolder folder;
  Shelf shelf{folder.path() / "store"};
  Store other{folder.path() / "other"};
  const fs::path tar = folder.path() / "a.tar";
};

BOOST_FIXTURE_TEST_SUITE(transfer, WithShelf)

BOOST_AUTO_TEST_CASE(what_was_exported_is_imported_with_its_digest_cost_and_origin) {
  BOOST_TEST(ExportArtifacts(shelf.store, All(), tar).artifacts == 4U);
  const auto done = ImportArchive(other, tar);
  BOOST_TEST(done.artifacts == 4U);
  BOOST_TEST(done.there == 0U);
  for (const auto& ref : All()) {
    BOOST_TEST(other.Open(ref).digest() == shelf.store.Open(ref).digest());
    BOOST_TEST(FactsOf(other, ref)["costs"] == FactsOf(shelf.store, ref)["costs"]);
    BOOST_TEST(FactsOf(other, ref)["fetched_from"] == "a.tar");
  }
  const auto again = ImportArchive(other, tar);
  BOOST_TEST(again.artifacts == 0U);
  BOOST_TEST(again.there == 4U);
  BOOST_TEST(fs::is_empty(other.root() / "work"));
}

BOOST_AUTO_TEST_CASE(failures_stay_where_they_happened_as_another_machine_may_do_better) {
  ExportArtifacts(shelf.store, All(), tar);
  const auto before = ReadBytes(tar);
  const auto key = ParseRef(All().front()).key;
  Failures(shelf.store.root()).Record(key, {FailureClass::kCrash, "it failed", "", "small"});
  BOOST_TEST_REQUIRE(!Failures(shelf.store.root()).ReadAll(key).empty());
  ExportArtifacts(shelf.store, All(), tar);
  BOOST_TEST((ReadBytes(tar) == before));
  ImportArchive(other, tar);
  PushArtifacts(shelf.store, All(), folder.path() / "pushed");
  for (const auto& root : {other.root(), folder.path() / "pushed"})
    BOOST_TEST(Failures(root).ReadAll(key).empty());
}

BOOST_AUTO_TEST_CASE(the_same_artifacts_give_the_same_bytes_whatever_store_and_order) {
  ExportArtifacts(shelf.store, All(), tar);
  ImportArchive(other, tar);
  auto refs = All();
  std::reverse(refs.begin(), refs.end());
  ExportArtifacts(other, refs, folder.path() / "b.tar");
  BOOST_TEST(Sha256OfFile(tar) == Sha256OfFile(folder.path() / "b.tar"));
}

BOOST_AUTO_TEST_CASE(a_damaged_artifact_goes_nowhere) {
  Write(shelf.store.FolderOf(shelf.student) / "model.bin", "studenT");
  BOOST_TEST(Contains(ErrorOf([&] { ExportArtifacts(shelf.store, All(), tar); }), "damaged"));
  BOOST_TEST(!fs::exists(tar));
  BOOST_TEST(Contains(ErrorOf([&] { PushArtifacts(shelf.store, All(), other.root()); }),
                      "model.bin: damaged: expected SHA-256"));
  BOOST_TEST(!other.Has(shelf.student));
}

BOOST_AUTO_TEST_CASE(what_is_there_with_other_content_stays_and_is_told) {
  ExportArtifacts(shelf.store, All(), tar);
  const auto stage = MakeStage("teacher", {{"name", "d"}, {"inputs", Json::object()}});
  Write(folder.path() / "staged" / "model.bin", "mine");
  other.Publish(
      {.ref = stage.ref, .description = stage.description, .staged = folder.path() / "staged"});
  const auto done = ImportArchive(other, tar);
  BOOST_TEST(done.there == 1U);
  BOOST_TEST(done.differing == std::vector<std::string>{shelf.other});
  BOOST_TEST(ReadBytes(other.Open(shelf.other).File("model.bin")) == "mine");
}

BOOST_AUTO_TEST_CASE(an_archive_that_leads_out_or_holds_anything_else_is_refused) {
  auto items = ItemsOf(shelf.teacher);
  const auto with = [&](Item more) {
    auto all = items;
    all.push_back(std::move(more));
    return Refusal(all);
  };
  BOOST_TEST(Contains(with({.name = "../escaped", .content = "x"}), "leads out of the folder"));
  BOOST_TEST(Contains(with({.name = "/tmp/escaped", .content = "x"}), "absolute path"));
  BOOST_TEST(Contains(with({.name = "README", .content = "x"}), "'README' is no artifact"));
  BOOST_TEST(Contains(with({.name = "work/x", .content = "x"}), "'work/x' is no artifact"));
  BOOST_TEST(Contains(with({.name = PlaceOf(shelf.teacher) + "more", .content = "x"}),
                      "more: damaged: expected SHA-256 no file"));
  BOOST_TEST(Contains(with(Link("distill", "teacher")), "'distill' is no artifact"));
  BOOST_TEST(
      Contains(with(Link(PlaceOf(shelf.teacher) + "link", "model.bin")), "files and folders"));
  BOOST_TEST(Contains(with({.name = items[2].name, .hardlink = items[0].name}), "hard link"));
}

BOOST_AUTO_TEST_CASE(an_archive_with_a_changed_file_description_or_manifest_is_refused) {
  for (const size_t changed : {0, 1, 2, 3}) {
    auto items = ItemsOf(shelf.teacher);
    items[changed].content[0] ^= 1;
    const auto line = Refusal(items);
    BOOST_TEST(Contains(line, "hostile.tar: " + items[changed].name), line);
    BOOST_TEST(!Contains(line, ".new-"), line);
  }
}

BOOST_AUTO_TEST_CASE(one_bad_artifact_keeps_the_whole_archive_out) {
  auto items = ItemsOf(shelf.teacher);
  for (auto& item : ItemsOf(shelf.student)) items.push_back(item);
  items.back().content += "x";
  BOOST_TEST(Contains(Refusal(items), "damaged"));
}

BOOST_AUTO_TEST_CASE(an_artifact_under_another_key_or_in_a_folder_of_the_store_is_refused) {
  auto items = ItemsOf(shelf.teacher);
  for (auto& item : items)
    item.name = PlaceOf(shelf.other) + item.name.substr(PlaceOf(shelf.teacher).size());
  BOOST_TEST(Contains(Refusal(items), "has SHA-256 " + ParseRef(shelf.teacher).key));
  const auto stage = MakeStage("work", {{"inputs", Json::object()}});
  const auto key = stage.key();
  const Publication publication{.ref = stage.ref, .facts = {{"host", "x"}}};
  const auto manifest = store::MakeManifest(
      ParseRef(stage.ref), {{"a", {{"bytes", 1}, {"sha256", Sha256Hex("a")}}}}, publication);
  const auto place = "work/" + key.substr(0, 2) + "/" + key + "/";
  BOOST_TEST(
      Contains(Refusal({{.name = place + "key.json", .content = Canonical(stage.description)},
                        {.name = place + "manifest.json", .content = store::ManifestText(manifest)},
                        {.name = place + "a", .content = "a"}}),
               "is no description of a work"));
}

BOOST_AUTO_TEST_CASE(what_was_pushed_is_a_store_that_says_nothing_of_the_way_here) {
  ExportArtifacts(shelf.store, All(), tar);
  ImportArchive(other, tar);
  const auto folder_for_web = folder.path() / "web";
  BOOST_TEST(PushArtifacts(other, All(), folder_for_web).artifacts == 4U);
  const Store web(folder_for_web);
  for (const auto& ref : All()) {
    BOOST_TEST(!FactsOf(web, ref).contains("fetched_from"));
    BOOST_TEST(ReadBytes(web.FolderOf(ref) / "manifest.json") ==
               ReadBytes(shelf.store.FolderOf(ref) / "manifest.json"));
    BOOST_TEST(!store::FindDamage(web.FolderOf(ref), ParseRef(ref).key));
  }
  BOOST_TEST(!fs::exists(folder_for_web / "history.jsonl"));
  BOOST_TEST(!fs::exists(folder_for_web / "work"));
  const auto again = PushArtifacts(other, All(), folder_for_web);
  BOOST_TEST(again.artifacts == 0U);
  BOOST_TEST(again.there == 4U);
}

// A chain that grows: whenever it is looked at, an archive of it holds inputs before users.
BOOST_AUTO_TEST_CASE(what_is_exported_and_pushed_while_a_run_publishes_is_whole) {
  std::atomic<bool> done = false;
  std::string failure;
  std::thread run([&] {
    failure = ErrorOf([&] {
      auto last = shelf.student;
      for (int i = 0; i < 10; ++i)
        last = shelf.Publish(i % 2 == 0 ? "repair" : "distill", std::to_string(i),
                             {{"model", last}}, "weights");
    });
    done = true;
  });
  size_t looks = 0;
  const auto refused = ErrorOf([&] {
    do {
      const auto closed = CloseOver(shelf.store, All());
      if (!closed.missing.empty()) throw MakeError("{} is missing", closed.missing.front());
      ExportArtifacts(shelf.store, closed.refs, tar);
      PushArtifacts(shelf.store, closed.refs, folder.path() / "www");
      const Store fresh(folder.path() / fmt::format("fresh-{}", looks++));
      const auto imported = ImportArchive(fresh, tar);
      if (imported.artifacts != closed.refs.size()) throw MakeError("not all was imported");
      if (!CloseOver(fresh, RefsOf(fresh)).missing.empty()) throw MakeError("without its inputs");
    } while (!done);
  });
  run.join();
  BOOST_TEST(failure == "");
  BOOST_TEST(refused == "");
  const Store www(folder.path() / "www");
  for (const auto& ref : RefsOf(www))
    BOOST_TEST(!store::FindDamage(www.FolderOf(ref), ParseRef(ref).key).has_value(), ref);
}

BOOST_AUTO_TEST_CASE(an_archive_of_which_something_is_removed_meanwhile_is_none) {
  ExportArtifacts(shelf.store, {shelf.other}, tar);
  const auto before = ReadBytes(tar);
  const auto refs = All();
  const auto remove_last = [&](size_t, size_t, uint64_t) {
    store::RemoveTree(shelf.store.FolderOf(refs.back()), shelf.store.root());
  };
  BOOST_TEST(ThrowsIo([&] { ExportArtifacts(shelf.store, refs, tar, remove_last); }));
  BOOST_TEST(ReadBytes(tar) == before);
  for (const auto& entry : fs::directory_iterator(folder.path()))
    BOOST_TEST(entry.path().extension() != ".tmp");
}

BOOST_AUTO_TEST_CASE(of_what_is_removed_while_it_is_pushed_nothing_is_there) {
  const auto refs = All();
  const auto www = folder.path() / "www";
  const auto remove_last = [&](size_t, size_t, uint64_t) {
    store::RemoveTree(shelf.store.FolderOf(refs.back()), shelf.store.root());
  };
  BOOST_TEST(ThrowsIo([&] { PushArtifacts(shelf.store, refs, www, remove_last); }));
  const Store target(www);
  BOOST_TEST(RefsOf(target).size() == 3U);
  BOOST_TEST(!target.Has(refs.back()));
}

BOOST_AUTO_TEST_CASE(a_closure_is_an_artifact_with_all_that_it_was_made_from) {
  using Refs = std::vector<std::string>;
  const auto closed = CloseOver(shelf.store, {shelf.evaluation});
  BOOST_TEST(closed.refs == (Refs{shelf.student, shelf.evaluation, shelf.teacher}));
  BOOST_TEST(closed.missing.empty());
  fs::remove_all(shelf.store.FolderOf(shelf.teacher));
  BOOST_TEST(CloseOver(shelf.store, {shelf.evaluation}).missing == Refs{shelf.teacher});
}

BOOST_AUTO_TEST_CASE(a_changed_description_is_damage_and_not_followed) {
  Write(shelf.store.FolderOf(shelf.evaluation) / "key.json", R"({"inputs":{}})");
  BOOST_TEST(Contains(ErrorOf([&] { CloseOver(shelf.store, {shelf.evaluation}); }),
                      "key.json: damaged: expected SHA-256 "));
}

BOOST_AUTO_TEST_CASE(an_artifact_is_found_by_the_beginning_of_its_key) {
  const auto key = ParseRef(shelf.student).key;
  BOOST_TEST(FindArtifact(shelf.store, key.substr(0, 12)) == shelf.student);
  BOOST_TEST(FindArtifact(shelf.store, key) == shelf.student);
  BOOST_TEST(FindArtifact(shelf.store, shelf.student) == shelf.student);
  for (const auto& wrong : {"teacher/" + key, std::string("0"), std::string("xyz"),
                            std::string(64, '0'), key + "0", std::string("../..")})
    BOOST_TEST(Contains(ErrorOf([&] { FindArtifact(shelf.store, wrong); }), "artifact '"), wrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::transfer_test
