#include "bench/store/store.h"

#include <sys/resource.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "bench/core/hash.h"
#include "tests/io/obey_permissions.h"
#include "tests/store/opened_folder.h"
#include "tests/store/store_testing.h"

namespace dfkd::store_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct InStore {
  ScratchFolder scratch;
  fs::path root = scratch.path() / "store";
  Store store{root};
  std::string ref = RefTo("a");
  fs::path model = store.FolderOf(ref) / "model.bin";

  void PublishA() { BOOST_REQUIRE(store.Publish(Staged(root, "a")).published); }
  std::string DamageSeenByAFreshProcess() {
    Store fresh(root);
    BOOST_TEST(ThrowsIo([&] { fresh.Open(ref); }));
    return ErrorOf([&] { fresh.Open(ref); });
  }
};

BOOST_FIXTURE_TEST_SUITE(store_suite, InStore)

BOOST_AUTO_TEST_CASE(an_empty_store_has_nothing_and_creates_nothing) {
  BOOST_TEST(!store.Has(ref));
  BOOST_TEST(!store.Find(ref).has_value());
  BOOST_TEST(ThrowsIo([&] { store.Open(ref); }));
  BOOST_TEST(!store.Discard(ref));
  BOOST_TEST(store.ReadHistory().lines().empty());
  BOOST_TEST(!fs::exists(root));
}

BOOST_AUTO_TEST_CASE(what_was_published_is_read_back) {
  const Publication publication = Staged(root, "a");
  const Published result = store.Publish(publication);
  const Artifact artifact = store.Open(ref);
  BOOST_TEST(result.published);
  BOOST_TEST(result.digest == artifact.digest());
  BOOST_TEST(!fs::exists(publication.staged));
  BOOST_TEST(ReadBytes(artifact.File("model.bin")) == "weights");
  BOOST_TEST(ReadBytes(artifact.File("curves/acc.csv")) == "1,2\n");
  BOOST_TEST((artifact.description == DescriptionOf("a")));
  BOOST_TEST(artifact.manifest["facts"]["wall_seconds"] == 2.5);
  BOOST_TEST(artifact.manifest["files"]["model.bin"]["sha256"] == Sha256Hex("weights"));
  BOOST_TEST(Sha256OfFile(artifact.folder / "key.json") == ParseRef(ref).key);
}

BOOST_AUTO_TEST_CASE(a_file_the_artifact_does_not_have_is_an_error_that_lists_its_files) {
  PublishA();
  const std::string message = ErrorOf([&] { store.Open(ref).File("../../x"); });
  BOOST_TEST(Contains(message, "curves/acc.csv, model.bin"));
}

BOOST_AUTO_TEST_CASE(the_digest_depends_on_names_and_bytes_only) {
  Store other(scratch.path() / "other");
  Publication publication = Staged(other.root(), "a");
  publication.facts = {{"host", "elsewhere"}};
  BOOST_TEST(other.Publish(publication).digest == store.Publish(Staged(root, "a")).digest);
  BOOST_TEST(store.Publish(Staged(root, "b", "others")).digest != store.Open(ref).digest());
}

BOOST_AUTO_TEST_CASE(an_equal_twin_is_dropped_quietly) {
  PublishA();
  const Publication twin = Staged(root, "a");
  const Published result = store.Publish(twin);
  BOOST_TEST(!result.published);
  BOOST_TEST(result.digest == store.Open(ref).digest());
  BOOST_TEST(!fs::exists(twin.staged));
  BOOST_TEST(store.ReadHistory().lines().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_different_twin_under_equal_numerics_is_an_error_naming_digests_and_hosts) {
  PublishA();
  Publication twin = Staged(root, "a", "other weights");
  twin.facts["host"] = "there";
  const std::string message = ErrorOf([&] { store.Publish(twin); });
  BOOST_TEST(Contains(message, store.Open(ref).digest()));
  BOOST_TEST(Contains(message, "by host here (stored)"));
  BOOST_TEST(Contains(message, "by host there"));
  BOOST_TEST(ReadBytes(model) == "weights");
}

BOOST_AUTO_TEST_CASE(twins_of_a_gpu_may_differ_unless_they_are_deterministic) {
  for (const bool deterministic : {false, true}) {
    const auto name = deterministic ? "same" : "free";
    const Json numerics = {{"device", "cuda:0"}, {"deterministic", deterministic}};
    Publication first = Staged(root, name), twin = Staged(root, name, "other weights");
    first.numerics = twin.numerics = numerics;
    const auto digest = store.Publish(first).digest;
    if (deterministic) {
      BOOST_TEST(Contains(ErrorOf([&] { store.Publish(twin); }), "two results"));
    } else {
      BOOST_TEST(store.Publish(twin).digest == digest);
    }
  }
}

// Whether a twin that differs under these numerics is an error.
BOOST_AUTO_TEST_CASE(equal_bits_are_promised_by_a_cpu_and_by_others_that_say_yes) {
  const std::vector<std::pair<Json, bool>> promises = {
      {{{"device", "cpu"}}, true},
      {{{"device", "cpu"}, {"deterministic", false}}, true},
      {{{"device", "mps"}}, false},
      {{{"device", "xpu:0"}, {"deterministic", false}}, false},
      {{{"device", "xpu:0"}, {"deterministic", true}}, true}};
  for (const auto& [numerics, promised] : promises) {
    Publication first = Staged(root, numerics.dump()),
                twin = Staged(root, numerics.dump(), "other");
    first.numerics = twin.numerics = numerics;
    store.Publish(first);
    BOOST_TEST(Contains(ErrorOf([&] { store.Publish(twin); }), "two results") == promised,
               numerics.dump());
  }
}

BOOST_AUTO_TEST_CASE(it_does_not_remember_ever_more_artifacts_and_reads_again_what_it_forgot) {
  Store forgetful(root, 2);
  for (const char* name : {"a", "b", "c"}) {
    store.Publish(Staged(root, name));
    forgetful.Open(RefTo(name));
  }
  BOOST_TEST(forgetful.remembered() == 1U);
  BOOST_TEST(forgetful.Open(ref).digest() == store.Open(ref).digest());
  BOOST_TEST(forgetful.remembered() == 2U);
}

// A client of a network file system that looks at a name may answer from memory.
BOOST_AUTO_TEST_CASE(whoever_must_know_it_by_now_makes_the_client_ask_the_file_server) {
  PublishA();
  const auto prefix = store.FolderOf(ref).parent_path();
  const auto missing = "teacher/" + ParseRef(ref).key.substr(0, 2) + std::string(62, '0');
  const OpenedFolder all(root), kind(prefix.parent_path()), these(prefix);
  const auto asked = [&] {
    const bool opened[] = {all.WasOpened(), kind.WasOpened(), these.WasOpened()};
    return opened[0] && opened[1] && opened[2];
  };
  BOOST_TEST((store.Has(ref) && !store.Has(missing)));
  BOOST_TEST(!asked());
  BOOST_TEST(store.HasByNow(ref));
  BOOST_TEST(asked());
  BOOST_TEST(ThrowsIo([&] { store.Open(missing); }));
  BOOST_TEST(asked());
}

BOOST_AUTO_TEST_CASE(a_different_twin_under_other_numerics_leaves_the_first) {
  PublishA();
  Publication twin = Staged(root, "a", "other weights");
  twin.numerics["threads"] = 2;
  const Published result = store.Publish(twin);
  BOOST_TEST(!result.published);
  BOOST_TEST(result.digest == store.Open(ref).digest());
  BOOST_TEST(ReadBytes(model) == "weights");
}

BOOST_AUTO_TEST_CASE(of_threads_that_publish_at_once_exactly_one_wins_and_all_can_read) {
  std::atomic<int> winners = 0, readers = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      winners += store.Publish(Staged(root, "a")).published;
      readers += ReadBytes(store.Open(ref).File("model.bin")) == "weights";
    });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(winners == 1);
  BOOST_TEST(readers == 4);
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_refused_with_the_right_one) {
  Publication publication = Staged(root, "a");
  publication.description["seed"] = 2;
  const std::string right = Sha256Hex(Canonical(publication.description));
  BOOST_TEST(Contains(ErrorOf([&] { store.Publish(publication); }), right));
  BOOST_TEST(!store.Has(ref));
  BOOST_TEST(fs::exists(publication.staged / "model.bin"));
}

BOOST_AUTO_TEST_CASE(a_ref_cannot_leave_the_store) {
  const std::string key(64, 'a');
  const std::vector<std::string> bad = {"",
                                        "teacher",
                                        "teacher/",
                                        "../" + key,
                                        "teacher/../" + key,
                                        "/" + key,
                                        "Teacher/" + key,
                                        "a/b/" + key,
                                        "teacher/" + key + "/..",
                                        "te er/" + key,
                                        "teacher/" + std::string(64, 'A'),
                                        "teacher/" + std::string(64, '.'),
                                        "teacher/" + key + "\n"};
  for (const auto& text : bad) BOOST_TEST(!ErrorOf([&] { store.Has(text); }).empty(), text);
  BOOST_TEST(!store.Has("teacher/" + key));
}

BOOST_AUTO_TEST_CASE(only_files_and_folders_can_be_published) {
  Publication publication = Staged(root, "a");
  fs::create_symlink("/etc/hostname", publication.staged / "link");
  BOOST_TEST(Contains(ErrorOf([&] { store.Publish(publication); }), "regular files"));
  fs::remove(publication.staged / "link");
  Write(publication.staged / "manifest.json", "{}");
  BOOST_TEST(Contains(ErrorOf([&] { store.Publish(publication); }), "belongs to the store"));
  fs::remove_all(publication.staged);
  BOOST_TEST(Contains(ErrorOf([&] { store.Publish(publication); }), "not a folder"));
  fs::create_directories(publication.staged);
  BOOST_TEST(Contains(ErrorOf([&] { store.Publish(publication); }), "empty"));
  BOOST_TEST(!store.Has(ref));
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_is_damage_naming_file_expected_and_found_digest) {
  PublishA();
  Write(model, "wEights");
  const std::string message = DamageSeenByAFreshProcess();
  BOOST_TEST(Contains(message, model.string()));
  BOOST_TEST(Contains(message, "expected SHA-256 " + Sha256Hex("weights")));
  BOOST_TEST(Contains(message, "found " + Sha256Hex("wEights")));
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_anywhere_is_damage) {
  PublishA();
  for (const auto& entry : fs::recursive_directory_iterator(store.FolderOf(ref))) {
    if (!entry.is_regular_file()) continue;
    const std::string intact = ReadBytes(entry.path());
    std::string flipped = intact;
    flipped[intact.size() / 2] ^= 1;
    Write(entry.path(), flipped);
    BOOST_TEST(Contains(DamageSeenByAFreshProcess(), entry.path().filename().string()));
    Write(entry.path(), intact);
  }
  BOOST_TEST(Store(root).Open(ref).digest() == store.Open(ref).digest());
}

BOOST_AUTO_TEST_CASE(a_deleted_file_is_damage) {
  PublishA();
  for (const char* name : {"model.bin", "key.json"}) {
    const std::string intact = ReadBytes(store.FolderOf(ref) / name);
    fs::remove(store.FolderOf(ref) / name);
    const std::string message = DamageSeenByAFreshProcess();
    BOOST_TEST(Contains(message, std::string(name) + ": damaged"));
    BOOST_TEST(Contains(message, "found no file"));
    Write(store.FolderOf(ref) / name, intact);
  }
}

BOOST_AUTO_TEST_CASE(an_added_file_or_link_is_damage) {
  PublishA();
  const fs::path added = store.FolderOf(ref) / "curves" / "more";
  Write(added, "x");
  BOOST_TEST(Contains(DamageSeenByAFreshProcess(), "expected SHA-256 no file"));
  fs::remove(added);
  fs::create_symlink("acc.csv", added);
  BOOST_TEST(Contains(DamageSeenByAFreshProcess(), added.string()));
}

BOOST_AUTO_TEST_CASE(damage_after_the_first_reading_is_noticed_by_size_or_time) {
  PublishA();
  store.Open(ref);
  Write(model, "weights and more");
  BOOST_TEST(ThrowsIo([&] { store.Open(ref); }));
}

BOOST_AUTO_TEST_CASE(a_damaged_artifact_moves_aside_and_is_published_again) {
  PublishA();
  BOOST_TEST(!store.Discard(ref));  // intact
  const std::string digest = store.Open(ref).digest();
  Write(model, "wEights");
  BOOST_TEST(store.Discard(ref));
  BOOST_TEST(!store.Has(ref));
  BOOST_TEST(!store.Discard(ref));
  const auto aside = *fs::directory_iterator(root / "damaged");
  BOOST_TEST(ReadBytes(aside.path() / "model.bin") == "wEights");
  BOOST_TEST(store.Publish(Staged(root, "a")).digest == digest);
  BOOST_TEST(store.Open(ref).digest() == digest);
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_manifest_does_not_block_publication) {
  PublishA();
  fs::remove(store.FolderOf(ref) / "manifest.json");
  BOOST_TEST(!store.Has(ref));
  BOOST_TEST(store.Publish(Staged(root, "a")).published);
  BOOST_TEST(store.Open(ref).digest().size() == 64U);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_is_one_line_of_class_io) {
  Write(root, "a file where the store should be");
  Publication publication = Staged(scratch.path() / "elsewhere", "a");
  BOOST_TEST(ThrowsIo([&] { store.Publish(publication); }));
  BOOST_TEST(Contains(ErrorOf([&] { store.Publish(publication); }), root.string()));
  BOOST_TEST(ReadBytes(publication.staged / "model.bin") == "weights");
  fs::remove(root);
  BOOST_TEST(store.Publish(publication).published);  // the same folder, once there is a place
}

constexpr auto kMayRead = fs::perms::owner_read | fs::perms::owner_exec;

BOOST_AUTO_TEST_CASE(a_read_only_store_can_be_read) {
  PublishA();
  fs::remove(root / "history.jsonl");
  std::vector<fs::path> folders = {root};
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  for (const auto& path : folders) fs::permissions(path, kMayRead);
  {
    const ObeyPermissions obedient;
    BOOST_TEST(Store(root).Open(ref).digest().size() == 64U);
    BOOST_TEST(ThrowsIo([&] { store.Publish(Staged(scratch.path() / "elsewhere", "b")); }));
  }
  for (const auto& path : folders) fs::permissions(path, fs::perms::owner_all);
}

// A limit on the size of files fails like a full disk, in the middle of a write, and needs no
// rights.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

BOOST_AUTO_TEST_CASE(a_full_disk_publishes_nothing_and_the_same_folder_can_be_published_later) {
  Publication publication = Staged(root, "a");
  publication.facts["note"] = std::string(100'000, 'x');
  {
    const FileSizeLimit full(4096);
    BOOST_TEST(ThrowsIo([&] { store.Publish(publication); }));
  }
  BOOST_TEST(!store.Has(ref));
  BOOST_TEST(!fs::exists(publication.staged / "key.json"));
  BOOST_TEST(store.Publish(publication).published);
}

BOOST_AUTO_TEST_CASE(a_history_that_cannot_be_written_does_not_undo_the_publication) {
  fs::create_directories(root / "history.jsonl");
  BOOST_TEST(store.Publish(Staged(root, "a")).published);
  BOOST_TEST(store.Has(ref));
}

BOOST_AUTO_TEST_CASE(a_kind_that_is_no_snake_case_gets_no_ref) {
  BOOST_TEST(RefOfText("transfer_set", "{}") == "transfer_set/" + Sha256Hex("{}"));
  for (const char* kind : {"", "Teacher", "a/b", "1st", "a b"})
    BOOST_TEST(ErrorOf([&] { RefOfText(kind, "{}"); }).find("must be <kind") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::store_test
