#include "bench/io/file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include "tests/io/io_testing.h"
#include "tests/io/obey_permissions.h"

namespace dfkd::file_test {

namespace fs = std::filesystem;
using testing::Contains;
using testing::MessageOf;
using testing::ScratchFolder;

size_t EntriesIn(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

// Files of this process cannot grow beyond `bytes` while it lives: a full disk, without one.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back_and_nothing_else_is_left) {
  const ScratchFolder folder("file");
  const std::string bytes("line\n\0\xff", 7);
  WriteFileAtomically(folder.path() / "deep" / "er" / "f", bytes);
  BOOST_TEST(ReadBytes(folder.path() / "deep" / "er" / "f") == bytes);
  WriteFileAtomically(folder.path() / "deep" / "er" / "f", "");
  BOOST_TEST(ReadBytes(folder.path() / "deep" / "er" / "f") == "");
  BOOST_TEST(EntriesIn(folder.path() / "deep" / "er") == 1u);
}

BOOST_AUTO_TEST_CASE(a_pipe_without_a_writer_is_empty) {
  const ScratchFolder folder("pipe");
  const auto pipe = folder.path() / "a.png";
  BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_TEST(ReadBytes(pipe) == "");
}

BOOST_AUTO_TEST_CASE(a_bare_file_name_means_the_working_folder) {
  WriteFileAtomically("bare_file", "x");
  BOOST_TEST(ReadBytes("bare_file") == "x");
  fs::remove("bare_file");
}

BOOST_AUTO_TEST_CASE(a_missing_file_and_a_folder_are_named_with_the_reason) {
  BOOST_TEST(MessageOf([] { ReadBytes("no/such"); }) ==
             "cannot read no/such: No such file or directory");
  BOOST_TEST(MessageOf([] { ReadBytes("."); }) == "cannot read .: Is a directory");
  try {
    ReadBytes("no/such");
  } catch (const Error& e) {
    BOOST_TEST((e.failure() == FailureClass::kIo));
  }
}

BOOST_AUTO_TEST_CASE(the_limit_holds_for_files_and_a_device_is_refused) {
  const ScratchFolder folder("limit");
  WriteFileAtomically(folder.path() / "f", "12345");
  BOOST_TEST(ReadBytes(folder.path() / "f", 5) == "12345");
  BOOST_TEST(
      Contains(MessageOf([&] { ReadBytes(folder.path() / "f", 4); }), "is larger than 4 bytes"));
  BOOST_TEST(MessageOf([] { ReadBytes("/dev/zero", 10000); }) ==
             "cannot read /dev/zero: it is a device");
}

BOOST_AUTO_TEST_CASE(no_file_takes_the_place_of_a_pipe_or_a_device) {
  const ScratchFolder folder("pipe");
  const auto pipe = folder.path() / "p";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_TEST(MessageOf([&] { WriteFileAtomically(pipe, "12345"); }) ==
             "cannot write " + pipe.string() + ": it is a device or a pipe, no file");
  BOOST_TEST(std::filesystem::is_fifo(pipe));
  BOOST_TEST(MessageOf([] { RequireReplaceable("/dev/null"); }) ==
             "cannot write /dev/null: it is a device or a pipe, no file");
  RequireReplaceable(folder.path() / "none");
}

BOOST_AUTO_TEST_CASE(files_without_a_size_are_read_to_their_end) {
  BOOST_TEST(Contains(ReadBytes("/proc/self/status"), "Name:"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_the_old_content_stays) {
  const ScratchFolder folder("full");
  WriteFileAtomically(folder.path() / "f", "old");
  std::string message;
  {
    const FullDisk full(1000);
    message = MessageOf([&] { WriteFileAtomically(folder.path() / "f", std::string(5000, 'x')); });
  }
  BOOST_TEST(message == "cannot write " + (folder.path() / "f").string() + ": File too large");
  BOOST_TEST(ReadBytes(folder.path() / "f") == "old");
  BOOST_TEST(EntriesIn(folder.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_link_is_replaced_not_written_through) {
  const ScratchFolder folder("link");
  WriteFileAtomically(folder.path() / "target", "old");
  fs::create_symlink("target", folder.path() / "f");
  WriteFileAtomically(folder.path() / "f", "new");
  BOOST_TEST(!fs::is_symlink(folder.path() / "f"));
  BOOST_TEST(ReadBytes(folder.path() / "target") == "old");
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_named) {
  const ScratchFolder folder("readonly");
  WriteFileAtomically(folder.path() / "file", "x");
  BOOST_TEST(Contains(MessageOf([&] { WriteFileAtomically(folder.path() / "file" / "f", "x"); }),
                      "Not a directory"));
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  std::string message;
  {
    const testing::ObeyPermissions obedient;
    message = MessageOf([&] { WriteFileAtomically(folder.path() / "f", "x"); });
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
  BOOST_TEST(Contains(message, "Permission denied"));
  BOOST_TEST(Contains(message, folder.path().string()));
}

BOOST_AUTO_TEST_CASE(readers_see_a_whole_file_while_two_writers_replace_it) {
  const ScratchFolder folder("race");
  const fs::path file = folder.path() / "f";
  WriteFileAtomically(file, std::string(5000, 'a'));
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b'}) {
    writers.emplace_back([&file, letter] {
      for (int i = 0; i < 20; ++i) WriteFileAtomically(file, std::string(5000, letter));
    });
  }
  for (int i = 0; i < 200; ++i) {
    const std::string bytes = ReadBytes(file);
    BOOST_REQUIRE_EQUAL(bytes.size(), 5000u);
    BOOST_REQUIRE(bytes == std::string(5000, bytes[0]));
  }
  for (auto& writer : writers) writer.join();
  BOOST_TEST(EntriesIn(folder.path()) == 1u);
}

// Machines and containers on one file system have the same process ids.
BOOST_AUTO_TEST_CASE(temporary_files_of_a_process_with_our_id_are_in_nobodys_way) {
  const ScratchFolder folder("twins");
  const auto left = [&](int i) {
    return folder.path() / fmt::format(".x.{}.{}.tmp", ::getpid(), i);
  };
  for (int i = 0; i < 300; ++i) WriteFileAtomically(left(i), "another's");
  WriteFileAtomically(folder.path() / "x", "ours");
  BOOST_TEST(ReadBytes(folder.path() / "x") == "ours");
  for (int i = 0; i < 300; ++i) BOOST_TEST(ReadBytes(left(i)) == "another's");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_written_soon_is_left_alone_if_it_says_so_already) {
  const ScratchFolder folder("written_soon");
  const auto file = folder.path() / "new" / "x";
  const auto inode = [&] {
    struct stat status {};
    BOOST_TEST(::stat(file.c_str(), &status) == 0);
    return status.st_ino;
  };
  WriteFileSoon(file, "one");
  const auto first = inode();
  WriteFileSoon(file, "one");
  BOOST_TEST(inode() == first);
  WriteFileSoon(file, "two");
  BOOST_TEST(ReadBytes(file) == "two");
  BOOST_TEST(EntriesIn(file.parent_path()) == 1);
  SyncFileSystem(folder.path());
}

BOOST_AUTO_TEST_CASE(syncing_what_is_not_there_is_an_error) {
  BOOST_TEST(Contains(MessageOf([] { SyncFolder("no/such"); }), "cannot sync no/such"));
  BOOST_TEST(Contains(MessageOf([] { SyncFile("no/such"); }), "cannot sync no/such"));
}

}  // namespace dfkd::file_test
