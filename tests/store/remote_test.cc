#include "bench/store/remote.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "bench/core/hash.h"
#include "bench/store/manifest.h"
#include "bench/store/work.h"
#include "tests/io/http_server.h"
#include "tests/store/opened_folder.h"
#include "tests/store/shelf.h"

namespace dfkd::remote_test {

using namespace testing;  // NOLINT: the helpers of this folder
using Answer = Remote::Answer;
using Lines = std::vector<std::string>;

struct WithRemote {
  WithRemote() { BOOST_REQUIRE(there.store.Has(there.teacher)); }

  RemoteOptions Options(int attempts = 1) const {
    return {.token = token,
            .download = {.attempts = attempts,
                         .first_wait = std::chrono::milliseconds(5),
                         .connect_seconds = 60,
                         .stall_seconds = 60,
                         .stall_bytes = 10}};
  }
  Remote From(const std::string& mode, int attempts = 1) const {
    return Remote(server.Base(mode) + "/store/", Options(attempts));
  }
  Answer Get(const std::string& mode, int attempts = 1) {
    return From(mode, attempts).Fetch(here, there.teacher);
  }
  // What it is refused for.
  std::string Refusal(const std::string& mode, DownloadFault fault, int attempts = 1) {
    try {
      Get(mode, attempts);
    } catch (const DownloadError& e) {
      BOOST_TEST((e.fault() == fault), e.what());
      BOOST_TEST(!Contains(e.what(), "\n"));
      BOOST_TEST(!here.Has(there.teacher));
      return e.what();
    }
    return "fetched";
  }
  std::string AddressOf(const std::string& mode, const std::string& file) const {
    const auto place = there.store.FolderOf(there.teacher).lexically_relative(there.store.root());
    return server.Base(mode) + "/store/" + place.string() + "/" + file;
  }
  // Another manifest in the place of the teacher's, with a seal that fits.
  void Seal(Json manifest) const {
    manifest["digest"] = Sha256Hex(Canonical(manifest["files"]));
    Reseal(std::move(manifest));
  }
  void Reseal(Json manifest) const {
    manifest["seal"] = store::SealOf(manifest);
    Write(there.store.FolderOf(there.teacher) / "manifest.json", store::ManifestText(manifest));
  }
  Json Manifest() const { return there.store.Manifest(there.teacher).value(); }
  size_t PartsLeft() const {
    size_t parts = 0;
    for (const auto& entry : fs::recursive_directory_iterator(mine.path()))
      parts += entry.is_regular_file() && entry.path().extension() == ".part";
    return parts;
  }

  Scratch served, mine;
  std::string token;
  Shelf there{served / "store"};
  Store here{mine / "store"};
  HttpServer server{served.path()};
};

BOOST_FIXTURE_TEST_SUITE(remote, WithRemote)

BOOST_AUTO_TEST_CASE(an_artifact_arrives_whole_with_its_cost_and_where_it_came_from) {
  BOOST_TEST((Get("normal") == Answer::kFetched));
  const auto artifact = here.Open(there.teacher);
  BOOST_TEST(artifact.digest() == there.store.Open(there.teacher).digest());
  auto facts = FactsOf(here, there.teacher);
  BOOST_TEST(facts["fetched_from"] == server.Base("normal") + "/store");
  facts.erase("fetched_from");
  BOOST_TEST(facts == FactsOf(there.store, there.teacher));
  BOOST_TEST(here.ReadHistory().ExpectedSeconds("teacher a").has_value());
  BOOST_TEST(fs::is_empty(here.root() / "work") == false);  // the guard of the leases
  BOOST_TEST(!fs::exists(WorkFolder(here.root(), ParseRef(there.teacher).key).folder()));
}

// A client of a network file system may remember that it was missing.
BOOST_AUTO_TEST_CASE(who_has_the_lease_asks_the_file_server_whether_another_has_fetched_it) {
  BOOST_TEST((Get("normal") == Answer::kFetched));
  const OpenedFolder kind(here.FolderOf(there.teacher).parent_path().parent_path());
  BOOST_TEST((Get("normal") == Answer::kFetched));
  BOOST_TEST(kind.WasOpened());
  BOOST_TEST(here.ReadHistory().lines().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_remote_does_not_have_is_missing_and_leaves_no_trace) {
  BOOST_TEST(
      (From("normal").Fetch(here, RefOf("teacher", {{"kind", "teacher"}})) == Answer::kMissing));
  BOOST_TEST((Get("noentry") == Answer::kMissing));
  BOOST_TEST(!fs::exists(here.root()));
}

BOOST_AUTO_TEST_CASE(wrong_bytes_are_refused_with_address_expected_and_found_digest) {
  const auto line = Refusal("altered@model.bin", DownloadFault::kWrong);
  BOOST_TEST(Contains(line, AddressOf("altered@model.bin", "model.bin") + ": has SHA-256 "));
  BOOST_TEST(Contains(
      line, "expected is " + Manifest()["files"]["model.bin"]["sha256"].get<std::string>()));
  BOOST_TEST(PartsLeft() == 0U);
  BOOST_TEST((Get("normal") == Answer::kFetched));
}

BOOST_AUTO_TEST_CASE(a_description_that_the_key_is_not_the_hash_of_is_refused) {
  const auto line = Refusal("altered@key.json", DownloadFault::kWrong);
  BOOST_TEST(Contains(line, AddressOf("altered@key.json", "key.json") + ": has SHA-256 "));
  BOOST_TEST(Contains(line, "expected is " + ParseRef(there.teacher).key));
}

BOOST_AUTO_TEST_CASE(the_manifest_of_another_key_or_without_its_seal_is_refused) {
  fs::copy_file(there.store.FolderOf(there.other) / "manifest.json",
                there.store.FolderOf(there.teacher) / "manifest.json",
                fs::copy_options::overwrite_existing);
  BOOST_TEST(Contains(Refusal("normal", DownloadFault::kWrong),
                      "its key " + ParseRef(there.other).key + " is not"));
  BOOST_TEST(Contains(Refusal("altered@manifest.json", DownloadFault::kWrong),
                      AddressOf("altered@manifest.json", "manifest.json")));
}

BOOST_AUTO_TEST_CASE(a_file_longer_or_shorter_than_the_manifest_says_is_refused) {
  BOOST_TEST(
      Contains(Refusal("longer@model.bin", DownloadFault::kWrong), "is 2516 bytes long, not 2506"));
  BOOST_TEST(Contains(Refusal("shorter@model.bin", DownloadFault::kWrong), "is 2496 bytes long"));
  BOOST_TEST(Contains(Refusal("endless@model.bin", DownloadFault::kWrong),
                      "sends more than the 2506 bytes expected"));
  BOOST_TEST(PartsLeft() == 0U);
}

BOOST_AUTO_TEST_CASE(a_cut_line_is_continued_by_the_next_call_where_it_ended) {
  Refusal("cut@model.bin", DownloadFault::kUnreachable);
  BOOST_TEST(PartsLeft() == 1U);
  BOOST_TEST((Get("normal") == Answer::kFetched));
  BOOST_TEST(server.Requests().back().ends_with("model.bin bytes=1000-"));
  here.Open(there.teacher);
}

BOOST_AUTO_TEST_CASE(what_arrived_of_another_manifest_is_not_continued) {
  Refusal("cut@model.bin", DownloadFault::kUnreachable);
  auto manifest = Manifest();
  manifest["created"] = "2024-05-31T12:00:00Z";
  Seal(manifest);
  BOOST_TEST((Get("normal") == Answer::kFetched));
  BOOST_TEST(server.Requests().back().ends_with("model.bin -"));
}

BOOST_AUTO_TEST_CASE(a_remote_that_cannot_resume_is_asked_from_the_start) {
  Refusal("cut@model.bin", DownloadFault::kUnreachable);
  BOOST_TEST((Get("norange", 2) == Answer::kFetched));
  here.Open(there.teacher);
}

BOOST_AUTO_TEST_CASE(an_unwilling_remote_is_out_of_reach_and_no_liar) {
  BOOST_TEST(Contains(Refusal("broken", DownloadFault::kUnreachable), "the server answers 500"));
  BOOST_TEST(Contains(Refusal("private", DownloadFault::kUnreachable), "the server answers 401"));
  BOOST_TEST((Get("flaky@manifest.json", 2) == Answer::kFetched));
}

BOOST_AUTO_TEST_CASE(a_slow_remote_is_given_up) {
  auto options = Options();
  options.download.stall_seconds = 1;
  Remote slow(server.Base("stall@model.bin") + "/store", options);
  BOOST_CHECK_THROW(slow.Fetch(here, there.teacher), DownloadError);
  BOOST_TEST(!here.Has(there.teacher));
}

BOOST_AUTO_TEST_CASE(a_file_that_the_manifest_names_and_the_remote_lacks_is_a_lie) {
  BOOST_TEST(Contains(Refusal("noentry@model.bin", DownloadFault::kWrong), "answers 404"));
  BOOST_TEST(Contains(Refusal("noentry@key.json", DownloadFault::kWrong), "answers 404"));
}

BOOST_AUTO_TEST_CASE(a_redirect_leads_to_no_file_and_to_no_other_machine_without_encryption) {
  Refusal("tofile", DownloadFault::kUnreachable);
  BOOST_TEST(Contains(Refusal("abroad@manifest.json", DownloadFault::kUnreachable),
                      "leads to http://192.0.2.1/"));
  BOOST_TEST(Contains(Refusal("abroad@model.bin", DownloadFault::kUnreachable),
                      "http is spoken to this machine only"));
  BOOST_TEST((Get("redirect") == Answer::kFetched));
}

BOOST_AUTO_TEST_CASE(the_token_goes_to_the_remote_and_not_where_it_redirects_to) {
  token = "sesame";
  BOOST_TEST((Get("private") == Answer::kFetched));
  const Scratch elsewhere;
  const HttpServer other(elsewhere.path());
  const auto port = other.Base("").substr(std::string("http://127.0.0.1:").size());
  const Store second(mine / "second");
  BOOST_TEST((From("port" + port.substr(0, port.find('/'))).Fetch(second, there.teacher) ==
              Answer::kMissing));
  BOOST_TEST(Contains(ReadBytes(served / "tokens.log"), "Bearer sesame"));
  BOOST_TEST(ReadBytes(elsewhere / "tokens.log") == "-\n");
}

const char* const kHostileNames[] = {
    "../../out.bin", "/etc/x",   "a//b",   "a/../b", ".hidden", "a\\b",
    "manifest.json", "key.json", "x.part", "a b",    "",        "a/",
    "%2e%2e/x",      "a?b",      "\n"};

BOOST_DATA_TEST_CASE_F(WithRemote,
                       a_name_that_may_leave_the_folder_is_refused_before_it_is_asked_for,
                       boost::unit_test::data::make(kHostileNames), name) {
  auto manifest = Manifest();
  manifest["files"][name] = manifest["files"]["model.bin"];
  Seal(manifest);
  BOOST_TEST(Contains(Refusal("normal", DownloadFault::kWrong), "a plain name, which is expected"));
  BOOST_TEST(server.Requests().size() == 1U);
}

BOOST_AUTO_TEST_CASE(sizes_are_bounded_before_anything_is_written) {
  auto manifest = Manifest();
  for (const Json& bytes : {Json(uint64_t{1} << 41), Json(-1), Json(2.5), Json("1")}) {
    manifest["files"]["model.bin"]["bytes"] = bytes;
    Seal(manifest);
    Refusal("normal", DownloadFault::kWrong);
  }
  manifest["files"]["model.bin"]["bytes"] = (uint64_t{1} << 40) - 100;
  Seal(manifest);
  BOOST_TEST(Contains(ErrorOf([&] { Get("normal"); }), "model.bin: needs 1099511627676 bytes, "));
  manifest["facts"]["host"] = std::string(5 << 20, 'x');
  Seal(manifest);
  BOOST_TEST(Contains(Refusal("normal", DownloadFault::kWrong), "4194304"));
}

BOOST_AUTO_TEST_CASE(facts_that_a_reader_would_stumble_over_are_refused) {
  const auto good = Manifest();
  const std::pair<const char*, Json> lies[] = {{"/facts/host", 1},
                                               {"/facts/costs", Json::array()},
                                               {"/facts/sources", "x"},
                                               {"/facts/started_from", "../x"},
                                               {"/facts/wall_seconds", "long"},
                                               {"/facts/peak_bytes", -1},
                                               {"/numerics/threads", "two"},
                                               {"/facts/costs/teacher", Json::object()}};
  for (const auto& [where, lie] : lies) {
    auto manifest = good;
    manifest[Json::json_pointer(where)] = lie;
    Reseal(manifest);
    BOOST_TEST(Contains(Refusal("normal", DownloadFault::kWrong), "which is expected"), where);
  }
}

BOOST_AUTO_TEST_CASE(of_two_that_fetch_at_once_one_brings_it_and_the_other_finds_it_busy_or_there) {
  Answer answers[2] = {Answer::kMissing, Answer::kMissing};
  {
    std::thread twin([&] { answers[1] = From("normal").Fetch(here, there.teacher); });
    answers[0] = From("normal").Fetch(here, there.teacher);
    twin.join();
  }
  for (const auto answer : answers) BOOST_TEST((answer != Answer::kMissing));
  BOOST_TEST((answers[0] == Answer::kFetched || answers[1] == Answer::kFetched));
  here.Open(there.teacher);
}

BOOST_AUTO_TEST_CASE(what_somebody_works_on_is_left_to_that_one) {
  const auto lease = TryAcquire(WorkFolder(here.root(), ParseRef(there.teacher).key));
  BOOST_TEST((Get("normal") == Answer::kBusy));
}

BOOST_AUTO_TEST_CASE(an_address_is_encrypted_or_of_this_machine_and_names_no_user) {
  for (const char* good : {"https://example.org/store", "http://localhost:80/x", "http://[::1]:1",
                           "http://127.0.0.1/"})
    BOOST_TEST(ErrorOf([&] { Remote{good}; }) == "");
  for (const char* bad :
       {"http://example.org/store", "http://127.0.0.1.example.org/", "ftp://example.org",
        "file:///store", "https://user:word@example.org/", "https://example.org/?x", "/store", "",
        "https://", "https://example.org/a b", "http://localhost@example.org/"})
    BOOST_TEST(Contains(ErrorOf([&] { Remote{bad}; }), "remote '"), bad);
}

BOOST_AUTO_TEST_CASE(a_token_is_a_line_that_only_its_owner_may_read) {
  const auto file = mine / "token";
  Write(file, "sesame\n");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  BOOST_TEST(ReadToken(file) == "sesame");
  fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
  const auto line = ErrorOf([&] { ReadToken(file); });
  BOOST_TEST(Contains(line, "has mode 640, others may read it; must be 600 or 400"));
  BOOST_TEST(!Contains(line, "sesame"));
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  for (const char* bad : {"", "\n", "two words", "two\nlines"}) {
    Write(file, bad);
    BOOST_TEST(Contains(ErrorOf([&] { ReadToken(file); }), "must be one line"), bad);
  }
  BOOST_TEST(Contains(ErrorOf([&] { ReadToken(mine / "none"); }), "none"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::remote_test
