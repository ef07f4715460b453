#include "bench/io/fetch.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/hash.h"
#include "tests/io/archive_writer.h"
#include "tests/io/http_server.h"
#include "tests/io/line_of.h"

namespace dfkd::fetch_test {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HttpServer;
using testing::LineOf;
using testing::Scratch;
using Lines = std::vector<std::string>;

// A data set of a plain file and an archive, published on a server that counts requests.
struct Fixture {
  Scratch served, root;
  HttpServer server{served.path()};
  DatasetFile plain, packed;

  Fixture() {
    WriteFileAtomically(served / "labels.csv", "1,2,3\n");
    testing::WriteArchive(served / "images.tar.gz",
                          {{"set/one.ppm", "one"}, {"set/two.ppm", "two"}});
    plain = Describe("labels.csv", "toy/labels.csv", "");
    packed = Describe("images.tar.gz", "toy/pictures.tar.gz", "tar");
  }

  DatasetFile Describe(const std::string& name, const std::string& path,
                       const std::string& unpack) {
    return {.path = path,
            .url = server.Url("normal", name),
            .sha256 = Sha256OfFile(served / name),
            .bytes = fs::file_size(served / name),
            .unpack = unpack};
  }
  std::vector<FetchedFile> Fetch(const FetchOptions& options = {}) {
    return FetchDataset({plain, packed}, root.path(), options);
  }
};

BOOST_FIXTURE_TEST_SUITE(fetch, Fixture)

BOOST_AUTO_TEST_CASE(files_arrive_and_archives_are_unpacked_beside_themselves) {
  const auto fetched = Fetch();
  BOOST_TEST(ReadBytes(root / "toy/labels.csv") == "1,2,3\n");
  BOOST_TEST(ReadBytes(root / "toy/set/two.ppm") == "two");
  BOOST_TEST(root.Names("toy") ==
             (Lines{"labels.csv", "pictures.tar.gz", "pictures.tar.gz.unpacked", "set"}));
  BOOST_TEST((fetched[0].downloaded && fetched[1].downloaded));
  BOOST_TEST((fetched[0].fresh && fetched[1].fresh));
  BOOST_TEST(fetched[1].sha256 == packed.sha256);
  BOOST_TEST(fetched[1].bytes == packed.bytes);
  BOOST_TEST(fetched[1].unpacked == Lines{"set"});
}

BOOST_AUTO_TEST_CASE(what_is_there_is_neither_downloaded_nor_unpacked_again) {
  Fetch();
  WriteFileAtomically(root / "toy/set/three.ppm", "added by hand");
  const auto again = Fetch();
  BOOST_TEST(server.Requests().size() == 2u);
  BOOST_TEST(root.Names("toy/set").size() == 3u);
  BOOST_TEST((!again[0].downloaded && !again[1].downloaded));
  BOOST_TEST((!again[0].fresh && !again[1].fresh));
  BOOST_TEST(again[1].unpacked == Lines{"set"});
}

BOOST_AUTO_TEST_CASE(an_archive_may_be_deleted_once_it_is_unpacked) {
  Fetch();
  fs::remove(root / packed.path);
  const auto again = Fetch();
  BOOST_TEST(server.Requests().size() == 2u);
  BOOST_TEST(again[1].sha256 == packed.sha256);
}

BOOST_AUTO_TEST_CASE(a_deleted_folder_is_unpacked_again_without_a_download) {
  Fetch();
  fs::remove_all(root / "toy/set");
  Fetch();
  BOOST_TEST(ReadBytes(root / "toy/set/one.ppm") == "one");
  BOOST_TEST(server.Requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_damaged_memory_of_the_unpacking_is_repaired) {
  Fetch();
  WriteFileAtomically(root / "toy/pictures.tar.gz.unpacked", "{");
  fs::remove_all(root / "toy/set");
  Fetch();
  BOOST_TEST(ReadBytes(root / "toy/set/one.ppm") == "one");
}

BOOST_AUTO_TEST_CASE(a_file_of_the_wrong_digest_is_replaced) {
  WriteFileAtomically(root / "toy/labels.csv", "9,9,9\n");
  Fetch();
  BOOST_TEST(ReadBytes(root / "toy/labels.csv") == "1,2,3\n");
}

BOOST_AUTO_TEST_CASE(a_newer_release_is_downloaded_and_unpacked_over_the_older_one) {
  Fetch();
  testing::WriteArchive(served / "images.tar.gz", {{"set/three.ppm", "three"}});
  packed = Describe("images.tar.gz", packed.path, "tar");
  Fetch();
  BOOST_TEST(root.Names("toy/set") == Lines{"three.ppm"});
}

BOOST_AUTO_TEST_CASE(an_altered_file_is_an_error_and_earlier_files_stay) {
  packed.url = server.Url("altered", "images.tar.gz");
  BOOST_TEST(Contains(LineOf([&] { Fetch(); }), "has SHA-256"));
  BOOST_TEST(root.Names("toy") == Lines{"labels.csv"});
}

BOOST_AUTO_TEST_CASE(a_mirror_over_http_takes_the_last_component_of_the_address) {
  plain.url = "http://127.0.0.1:1/gone/labels.csv?download=1#top";
  packed.url = "http://127.0.0.1:1/gone/images.tar.gz";
  const auto fetched = Fetch({.mirror = server.Base("normal")});
  BOOST_TEST(fetched[0].url == server.Url("normal", "labels.csv"));
  BOOST_TEST(ReadBytes(root / "toy/set/one.ppm") == "one");
}

BOOST_AUTO_TEST_CASE(a_mirror_may_be_a_local_folder) {
  for (const char* slash : {"", "/"}) {
    Fetch({.mirror = testing::FileUrl(served.path()) + slash});
    BOOST_TEST(ReadBytes(root / "toy/set/one.ppm") == "one");
    fs::remove_all(root / "toy");
  }
  BOOST_TEST(server.Requests().empty());
}

BOOST_AUTO_TEST_CASE(a_mirror_of_another_kind_is_refused_by_name) {
  BOOST_TEST(LineOf([&] { Fetch({.mirror = "/mnt/mirror"}); }) ==
             "mirror '/mnt/mirror' must start with http://, https:// or file://");
}

BOOST_AUTO_TEST_CASE(an_unknown_digest_needs_trust_and_is_then_reported) {
  const auto digest = plain.sha256;
  plain.sha256 = "";
  BOOST_TEST(Contains(LineOf([&] { Fetch(); }), "toy/labels.csv: its SHA-256 is not known"));
  BOOST_TEST(server.Requests().empty());
  BOOST_TEST(Fetch({.trust = true})[0].sha256 == digest);
}

BOOST_AUTO_TEST_CASE(an_ill_formed_digest_is_refused_before_any_download) {
  for (const auto& digest : {std::string("abc"), std::string(64, 'A'), std::string(64, 'g')}) {
    plain.sha256 = digest;
    BOOST_TEST(Contains(LineOf([&] { Fetch(); }), "must be 64 lower-case hexadecimal digits"));
  }
  BOOST_TEST(server.Requests().empty());
}

BOOST_AUTO_TEST_CASE(a_data_folder_that_cannot_be_made_is_named) {
  WriteFileAtomically(root / "toy", "a file in the way");
  BOOST_TEST(Contains(LineOf([&] { Fetch(); }), (root / "toy").string()));
}

BOOST_AUTO_TEST_CASE(a_description_that_leaves_the_data_folder_is_refused) {
  for (const char* path : {"", "/etc/x", "../x", "a/../../x", "a/"}) {
    plain.path = path;
    BOOST_TEST(Contains(LineOf([&] { Fetch(); }), "must be a file below the data folder"), path);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_of_archive_is_refused_before_any_download) {
  packed.unpack = "rar";
  BOOST_TEST(Contains(LineOf([&] { Fetch(); }), "unpack = \"rar\" must be one of"));
  BOOST_TEST(server.Requests().empty());
}

BOOST_AUTO_TEST_CASE(progress_names_the_file_and_the_step) {
  std::vector<std::string> seen;
  FetchDataset({packed}, root.path(), {},
               [&](FetchStep step, const std::string& path, uint64_t, uint64_t) {
                 const auto line = path + (step == FetchStep::kDownload ? " download" : " unpack");
                 if (seen.empty() || seen.back() != line) seen.push_back(line);
               });
  BOOST_TEST(seen == (Lines{"toy/pictures.tar.gz download", "toy/pictures.tar.gz unpack"}));
}

BOOST_AUTO_TEST_CASE(a_data_set_without_files_is_no_work) {
  BOOST_TEST(FetchDataset({}, root.path()).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::fetch_test
