#include "bench/io/download.h"

#include <fcntl.h>
#include <sys/file.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "bench/core/hash.h"
#include "bench/io/data_folder.h"
#include "tests/io/http_server.h"
#include "tests/io/line_of.h"

namespace dfkd::download_test {

using testing::Contains;
using testing::HttpServer;
using testing::LineOf;
using testing::Scratch;
using Lines = std::vector<std::string>;

// 2500 bytes: three answers of a server that cuts after 1000.
struct Fixture {
  Scratch served, folder;
  std::string content = Content();
  ExpectedFile expected{.sha256 = Sha256Hex(content), .bytes = content.size()};
  std::filesystem::path target = folder / "file.bin", part = folder / "file.bin.part";
  HttpServer server{served.path()};

  Fixture() { WriteFileAtomically(served / "file.bin", content); }

  static std::string Content() {
    std::string content;
    for (int i = 0; i < 2500; ++i) content += static_cast<char>(i * 7 + i / 256);
    return content;
  }
  static DownloadPolicy Policy(int attempts = 4) {
    return {.attempts = attempts,
            .first_wait = std::chrono::milliseconds(5),
            .connect_seconds = 60,
            .stall_seconds = 60,
            .stall_bytes = 10,
            .most_bytes = 100'000};
  }
  std::string Get(const std::string& mode, const ExpectedFile& what, int attempts = 4) {
    return Download(server.Url(mode, "file.bin"), target, what, {}, Policy(attempts));
  }
  std::string Get(const std::string& mode) { return Get(mode, expected); }
  bool Arrived() const {
    return ReadBytes(target) == content && folder.Names() == Lines{"file.bin"};
  }
};

BOOST_FIXTURE_TEST_SUITE(download, Fixture)

BOOST_AUTO_TEST_CASE(a_file_arrives_with_its_digest_and_nothing_else_is_left) {
  BOOST_TEST(Get("normal") == expected.sha256);
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(file_addresses_work_and_resume) {
  WriteFileAtomically(part, content.substr(0, 700));
  Download(testing::FileUrl(served / "file.bin"), target, expected);
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(a_part_file_is_continued_where_it_ends) {
  WriteFileAtomically(part, content.substr(0, 1200));
  Get("normal");
  BOOST_TEST(Arrived());
  BOOST_TEST(server.Requests() == Lines{"normal file.bin bytes=1200-"});
}

BOOST_AUTO_TEST_CASE(a_complete_part_file_costs_no_request) {
  WriteFileAtomically(part, content);
  Get("normal");
  BOOST_TEST(Arrived());
  BOOST_TEST(server.Requests().empty());
}

BOOST_AUTO_TEST_CASE(a_server_without_range_makes_it_start_over) {
  WriteFileAtomically(part, content.substr(0, 1200));
  Get("norange");
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(a_part_of_another_file_is_thrown_away_and_fetched_anew) {
  WriteFileAtomically(part, std::string(1200, 'x'));
  Get("normal");
  BOOST_TEST(Arrived());
  BOOST_TEST(server.Requests() == (Lines{"normal file.bin bytes=1200-", "normal file.bin -"}));
}

BOOST_AUTO_TEST_CASE(a_part_longer_than_the_file_is_thrown_away) {
  WriteFileAtomically(part, std::string(9000, 'x'));
  Get("normal");
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(a_part_as_long_as_a_file_of_unknown_size_ends_in_the_right_file) {
  WriteFileAtomically(part, content);
  Get("normal", {.sha256 = expected.sha256});
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(a_cut_connection_is_resumed) {
  Get("cut");
  BOOST_TEST(Arrived());
  BOOST_TEST(server.Requests() ==
             (Lines{"cut file.bin -", "cut file.bin bytes=1000-", "cut file.bin bytes=2000-"}));
}

BOOST_AUTO_TEST_CASE(an_answer_that_only_looks_complete_is_resumed) {
  Get("end");
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(the_number_of_attempts_is_bounded_and_what_arrived_is_kept) {
  const auto message = LineOf([&] { Get("cut", expected, 2); });
  BOOST_TEST(Contains(message, server.Url("cut", "file.bin") + ": "));
  BOOST_TEST(Contains(message, "(attempt 2 of 2)"));
  BOOST_TEST(!std::filesystem::exists(target));
  BOOST_TEST(ReadBytes(part) == content.substr(0, 2000));
  Get("normal");
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(an_altered_file_never_becomes_the_target_and_its_part_is_deleted) {
  const auto message = LineOf([&] { Get("altered"); });
  BOOST_TEST(Contains(message, "has SHA-256 "));
  BOOST_TEST(Contains(message, "expected is " + expected.sha256));
  BOOST_TEST(folder.Names().empty());
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_an_earlier_target_alone) {
  WriteFileAtomically(target, "earlier");
  LineOf([&] { Get("altered"); });
  BOOST_TEST(ReadBytes(target) == "earlier");
}

BOOST_AUTO_TEST_CASE(a_wrong_length_is_refused_before_a_byte_is_written) {
  BOOST_TEST(Contains(LineOf([&] { Get("longer"); }), "is 2510 bytes long, not 2500"));
  BOOST_TEST(Contains(LineOf([&] { Get("shorter"); }), "is 2490 bytes long, not 2500"));
  BOOST_TEST(server.Requests().size() == 2u);
  BOOST_TEST(folder.Names().empty());  // nor is an empty part
}

BOOST_AUTO_TEST_CASE(a_lie_about_the_length_is_noticed_without_a_known_size) {
  const ExpectedFile digest_only{.sha256 = expected.sha256};
  BOOST_TEST(Contains(LineOf([&] { Get("longer", digest_only, 2); }), "attempt 2 of 2"));
  std::filesystem::remove(part);
  BOOST_TEST(Contains(LineOf([&] { Get("shorter", digest_only); }), "has SHA-256"));
  BOOST_TEST(folder.Names().empty());
}

BOOST_AUTO_TEST_CASE(more_bytes_than_expected_end_the_download) {
  BOOST_TEST(Contains(LineOf([&] { Get("endless"); }), "sends more than the 2500 bytes expected"));
  BOOST_TEST(folder.Names().empty());
}

BOOST_AUTO_TEST_CASE(the_cap_holds_for_files_of_unknown_size) {
  BOOST_TEST(
      Contains(LineOf([&] { Get("endless", {}); }), "sends more than the 100000 bytes allowed"));
  DownloadPolicy small = Policy();
  small.most_bytes = 2000;
  const auto action = [&] { Download(server.Url("normal", "file.bin"), target, {}, {}, small); };
  BOOST_TEST(Contains(LineOf(action), "is 2500 bytes long, at most 2000 are allowed"));
  BOOST_TEST(!std::filesystem::exists(target));
}

BOOST_AUTO_TEST_CASE(an_unknown_digest_is_returned_and_nothing_is_resumed) {
  WriteFileAtomically(part, "some other beginning");
  BOOST_TEST(Get("chunked", {}) == expected.sha256);
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(a_stalled_connection_is_given_up) {
  WriteFileAtomically(part, content.substr(0, 700));
  DownloadPolicy impatient = Policy(1);  // the server would go on long after that
  impatient.stall_seconds = 2;
  const auto message =
      LineOf([&] { Download(server.Url("stall", "file.bin"), target, expected, {}, impatient); });
  BOOST_TEST(Contains(message, "too slow"));
  const auto kept = ReadBytes(part);  // with the next 100 bytes, unless they came too late
  BOOST_TEST((kept.size() == 700U || kept.size() == 800U));
  BOOST_TEST(content.starts_with(kept));
}

BOOST_AUTO_TEST_CASE(a_server_error_is_tried_again_but_not_for_ever) {
  Get("flaky");
  BOOST_TEST(Arrived());
  BOOST_TEST(Contains(LineOf([&] { Get("broken", expected, 3); }), "answers 500 (attempt 3 of 3)"));
  BOOST_TEST(server.Requests().size() == 2u + 3u);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_not_tried_again) {
  BOOST_TEST(Contains(LineOf([&] { Get("noentry"); }), "the server answers 404"));
  BOOST_TEST(server.Requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_followed_but_never_to_a_local_file) {
  Get("redirect");
  BOOST_TEST(Arrived());
  std::filesystem::remove(target);
  const auto message = LineOf([&] { Get("tofile", {}); });
  BOOST_TEST_MESSAGE(message);
  BOOST_TEST(Contains(message, "rotocol"));
  BOOST_TEST(!std::filesystem::exists(target));
}

BOOST_AUTO_TEST_CASE(other_protocols_are_refused_by_name) {
  const auto message = LineOf([&] { Download("ftp://127.0.0.1/a", target, expected); });
  BOOST_TEST(message == "ftp://127.0.0.1/a: must start with http://, https:// or file://");
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_one_line_with_the_address) {
  const auto action = [&] { Download("http://127.0.0.1:1/a", target, expected, {}, Policy(2)); };
  BOOST_TEST(Contains(LineOf(action), "http://127.0.0.1:1/a: "));
}

BOOST_AUTO_TEST_CASE(a_killed_download_is_resumed) {
  const pid_t child = ::fork();
  if (child == 0) {
    LineOf([&] { Get("stall"); });
    ::_exit(0);
  }
  std::error_code not_yet;
  const auto arrived = [&] { return std::filesystem::file_size(part, not_yet); };
  for (int i = 0; i < 5'000 && (arrived() != 100 || not_yet); ++i) ::usleep(10'000);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  Get("normal");
  BOOST_TEST(Arrived());
  BOOST_TEST(server.Requests().back() == "normal file.bin bytes=100-");
}

BOOST_AUTO_TEST_CASE(two_processes_do_not_write_one_part_file) {
  const int fd = ::open(part.c_str(), O_RDWR | O_CREAT, 0644);
  BOOST_REQUIRE(::flock(fd, LOCK_EX) == 0);
  BOOST_TEST(Contains(LineOf([&] { Get("normal"); }), "another process is downloading it"));
  ::close(fd);
  Get("normal");
  BOOST_TEST(Arrived());
}

BOOST_AUTO_TEST_CASE(progress_ends_at_the_total_and_its_exception_stops_the_download) {
  uint64_t last = 0, total = 0;
  const auto watch = [&](uint64_t done, uint64_t all) { last = done, total = all; };
  Download(server.Url("cut", "file.bin"), target, expected, watch, Policy());
  BOOST_TEST(last == 2500u);
  BOOST_TEST(total == 2500u);
  const auto stop = [](uint64_t, uint64_t) { throw Error("enough"); };
  const auto action = [&] { Download(server.Url("normal", "file.bin"), target, expected, stop); };
  BOOST_TEST(LineOf(action) == "enough");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_data_folder_is_the_flag_then_the_variable_then_below_home) {
  ::setenv("DFKD_DATA", "/from/variable", 1);
  BOOST_TEST(DataFolder("given").string() == "given");
  BOOST_TEST(DataFolder("").string() == "/from/variable");
  ::unsetenv("DFKD_DATA");
  ::setenv("HOME", "/home/someone", 1);
  BOOST_TEST(DataFolder("").string() == "/home/someone/.local/share/dfkd/data");
  BOOST_TEST(UserPath("~/pets", "/data", "w") == "/home/someone/pets");
  BOOST_TEST(UserPath("~pets", "/data", "w") == "/data/~pets");
  BOOST_TEST(UserPath("/pets", "/data", "w") == "/pets");
  ::unsetenv("HOME");
  BOOST_TEST(IsNoDataFolder(DataFolder("")));
  BOOST_TEST(UserPath("/pets", DataFolder(""), "w") == "/pets");
  for (const char* path : {"pets", "~/pets"}) {
    BOOST_TEST(LineOf([&] { UserPath(path, DataFolder(""), "w"); }).find("HOME") !=
               std::string::npos);
  }
}

}  // namespace dfkd::download_test
