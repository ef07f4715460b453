#include "bench/io/archive.h"

#include <fcntl.h>
#include <sys/file.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/archive_writer.h"
#include "tests/io/http_server.h"
#include "tests/io/line_of.h"

namespace dfkd::archive_test {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Folder;
using testing::Item;
using testing::LineOf;
using testing::Link;
using testing::Scratch;
using Lines = std::vector<std::string>;

struct Fixture {
  Scratch scratch;
  fs::path archive = scratch / "sample.tar", out = scratch / "out";

  Lines UnpackItems(const std::vector<Item>& items, const UnpackLimits& limits = {}) {
    testing::WriteArchive(archive, items);
    return Unpack(archive, out, limits);
  }

  // The message, after a look that nothing came out, in or beside the folder.
  std::string Refusal(const std::vector<Item>& items, const UnpackLimits& limits = {}) {
    const auto message = LineOf([&] { UnpackItems(items, limits); });
    BOOST_TEST(scratch.Names("out").empty());
    BOOST_TEST(scratch.Names().size() == 2u);  // the archive and the folder
    BOOST_TEST(message.starts_with(archive.string() + ": "));
    return message;
  }
};

BOOST_FIXTURE_TEST_SUITE(archives, Fixture)

BOOST_AUTO_TEST_CASE(every_kind_of_archive_gives_its_files) {
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.xz", "a.zip"}) {
    archive = scratch / name, out = scratch / (std::string("out-") + name);
    const auto names =
        UnpackItems({Folder("set/"), {"set/one.bin", "one"}, {"deep/er/two.bin", ""}});
    BOOST_TEST(names == (Lines{"deep", "set"}));
    BOOST_TEST(ReadBytes(out / "set/one.bin") == "one");
    BOOST_TEST(ReadBytes(out / "deep/er/two.bin").empty());
    BOOST_TEST(scratch.Names(out.filename().string()) == (Lines{"deep", "set"}));
  }
}

BOOST_AUTO_TEST_CASE(a_leading_dot_and_names_beyond_ascii_are_fine) {
  UnpackItems({Folder("./"), {"./a//b", "x"}, {"\xC3\xA9t\xC3\xA9.png", "y"}});
  BOOST_TEST(ReadBytes(out / "a/b") == "x");
  BOOST_TEST(ReadBytes(out / "\xC3\xA9t\xC3\xA9.png") == "y");
}

BOOST_AUTO_TEST_CASE(paths_that_leave_the_folder_are_refused) {
  BOOST_TEST(
      Contains(Refusal({{"ok", "x"}, {"../evil", "x"}}), "'../evil' leads out of the folder"));
  BOOST_TEST(Contains(Refusal({{"a/../../evil", "x"}}), "leads out"));
  BOOST_TEST(Contains(Refusal({Folder("a/..")}), "leads out"));
  BOOST_TEST(Contains(Refusal({{"/tmp/dfkd-evil", "x"}}), "absolute path"));
  BOOST_TEST(!fs::exists("/tmp/dfkd-evil"));
  archive = scratch / "sample.zip";
  fs::remove(scratch / "sample.tar");
  BOOST_TEST(Contains(Refusal({{"../evil", "x"}}), "leads out"));
  BOOST_TEST(Contains(Refusal({{"/tmp/dfkd-evil", "x"}}), "absolute path"));
}

BOOST_AUTO_TEST_CASE(links_that_leave_the_folder_are_refused) {
  for (const char* target : {"/etc", "..", "../x", "a/../../x", "a/..", "./..", "//etc"}) {
    BOOST_TEST(Contains(Refusal({Folder("a"), Link("link", target)}), "leaves the folder"), target);
  }
  BOOST_TEST(Contains(Refusal({Link("a/b/link", "../../../x")}), "leaves the folder"));
  // Each looks harmless by its text; together they lead out.
  const auto up = Link("d/up", "..");
  BOOST_TEST(Contains(Refusal({up, Link("out", "d/up/..")}), "leaves the folder"));
  BOOST_TEST(Contains(Refusal({up, Link("d/e/out", "../up/..")}), "leaves the folder"));
}

BOOST_AUTO_TEST_CASE(links_that_stay_inside_are_kept) {
  UnpackItems(
      {{"set/images/one", "1"}, Link("set/train/one", "../images/one"), Link("all", "set")});
  BOOST_TEST(ReadBytes(out / "set/train/one") == "1");
  BOOST_TEST(ReadBytes(out / "all/images/one") == "1");
}

BOOST_AUTO_TEST_CASE(nothing_is_written_through_a_link) {
  const auto why = "below something that is no folder";
  BOOST_TEST(Contains(Refusal({Folder("a"), Link("link", "a"), {"link/file", "x"}}), why));
  BOOST_TEST(Contains(Refusal({Link("link", "target"), {"link", "x"}}), why));
  BOOST_TEST(Contains(Refusal({{"file", "x"}, {"file/below", "x"}}), why));
  BOOST_TEST(Contains(Refusal({{"file", "x"}, {"file", "y"}}), "is there twice"));
}

BOOST_AUTO_TEST_CASE(hard_links_are_refused) {
  BOOST_TEST(Contains(Refusal({{"a", "x"}, {.name = "b", .hardlink = "a"}}), "'b' is a hard link"));
  BOOST_TEST(Contains(Refusal({{.name = "b", .hardlink = "/etc/passwd"}}), "is a hard link"));
}

BOOST_AUTO_TEST_CASE(devices_and_pipes_are_refused) {
  for (const mode_t type : {AE_IFCHR, AE_IFBLK, AE_IFIFO}) {
    BOOST_TEST(
        Contains(Refusal({{.name = "d", .type = type}}), "is neither file, folder nor link"));
  }
}

BOOST_AUTO_TEST_CASE(permissions_of_the_archive_do_not_survive) {
  UnpackItems({{.name = "a/program", .content = "x", .mode = 06777},
               {.name = "b", .type = AE_IFDIR, .mode = 07777}});
  const auto bits = [](const fs::path& path) { return unsigned(fs::status(path).permissions()); };
  BOOST_TEST((bits(out / "a/program") & 07133) == 0u);  // set-id, execute, write for others
  BOOST_TEST((bits(out / "b") & 07022) == 0u);
}

BOOST_AUTO_TEST_CASE(too_many_bytes_or_entries_are_refused) {
  const std::vector<Item> three = {{"a", "12345"}, {"b", std::string(20'000, 'b')}, {"c", "1"}};
  BOOST_TEST(Contains(Refusal(three, {.bytes = 20'000}), "would make more than 20000 bytes"));
  BOOST_TEST(Contains(Refusal(three, {.entries = 2}), "holds more than 2 entries"));
  BOOST_TEST(UnpackItems(three, {.entries = 3}).size() == 3u);
}

BOOST_AUTO_TEST_CASE(bombs_are_refused) {
  const std::string zeros(100 << 20, '\0');
  archive = scratch / "bomb.tar.xz";
  BOOST_TEST(Contains(Refusal({{"zeros", zeros}}), "would make more than 300 times the size"));
  fs::remove(archive);
  archive = scratch / "bomb.zip";
  BOOST_TEST(Contains(Refusal({{"a", zeros}}), "would make more than 300 times the size"));
  fs::remove(archive);
  archive = scratch / "sparse.tar";
  const Item hole = {.name = "a", .content = "x", .sparse_size = int64_t{1} << 50};
  BOOST_TEST(Contains(Refusal({hole}), "would make more than 68719476736 bytes"));
}

BOOST_AUTO_TEST_CASE(a_sparse_file_keeps_its_length) {
  UnpackItems({{.name = "a", .content = "x", .sparse_size = 1 << 20}, {"b", "after"}});
  BOOST_TEST(fs::file_size(out / "a") == 1u << 20);
  BOOST_TEST(ReadBytes(out / "b") == "after");
}

BOOST_AUTO_TEST_CASE(a_tower_of_folders_is_refused) {
  std::string tower;
  for (int i = 0; i < 65; ++i) tower += "d/";
  BOOST_TEST(Contains(Refusal({{tower + "f", "x"}}), "is more than 64 folders deep"));
}

BOOST_AUTO_TEST_CASE(a_strange_name_does_not_break_the_line_of_its_message) {
  BOOST_TEST(Contains(Refusal({{"../a\nb\x1b[31m", "x"}}), "'../a?b?[31m'"));
}

BOOST_AUTO_TEST_CASE(an_empty_or_foreign_file_is_refused) {
  WriteFileAtomically(archive, "");
  BOOST_TEST(Contains(LineOf([&] { Unpack(archive, out); }), archive.string()));
  WriteFileAtomically(archive, std::string(5000, 'x'));
  BOOST_TEST(Contains(LineOf([&] { Unpack(archive, out); }), "cannot be unpacked: "));
  BOOST_TEST(Contains(LineOf([&] { Unpack(scratch / "none", out); }), "cannot be read"));
  BOOST_TEST(Contains(LineOf([&] { Unpack(out, out); }), "not a file"));
  BOOST_TEST(Contains(Refusal({}), "holds no files"));
}

BOOST_AUTO_TEST_CASE(a_damaged_archive_leaves_what_was_there) {
  WriteFileAtomically(out / "set/old", "old");
  std::string noise;
  for (unsigned i = 0; i < 100'000; ++i) noise += static_cast<char>(i * i >> 7);
  for (const char* name : {"a.tar.gz", "a.tar.xz", "a.zip", "a.tar"}) {
    archive = scratch / name;
    testing::WriteArchive(archive, {{"first", "1"}, {"set/new", noise}});
    const auto bytes = ReadBytes(archive);
    WriteFileAtomically(archive, bytes.substr(0, bytes.size() / 2));
    BOOST_CHECK_THROW(Unpack(archive, out), Error);
    BOOST_TEST(scratch.Names("out") == Lines{"set"});
    BOOST_TEST(scratch.Names("out/set") == Lines{"old"});
  }
}

BOOST_AUTO_TEST_CASE(entries_of_the_same_name_are_replaced_and_others_left_alone) {
  WriteFileAtomically(out / "set/old", "old");
  WriteFileAtomically(out / "mine", "mine");
  UnpackItems({{"set/new", "new"}});
  BOOST_TEST(scratch.Names("out") == (Lines{"mine", "set"}));
  BOOST_TEST(scratch.Names("out/set") == Lines{"new"});
}

BOOST_AUTO_TEST_CASE(what_a_killed_call_left_is_cleared_away) {
  WriteFileAtomically(out / ".sample.tar.unpacking/new/half", "half");
  UnpackItems({{"set/new", "new"}});
  BOOST_TEST(scratch.Names("out") == Lines{"set"});
}

BOOST_AUTO_TEST_CASE(an_archive_does_not_replace_itself) {
  testing::WriteArchive(archive, {{"sample.tar", "x"}});
  const auto message = LineOf([&] { Unpack(archive, scratch.path()); });
  BOOST_TEST(Contains(message, "holds an entry 'sample.tar', which would replace it"));
  BOOST_TEST(scratch.Names() == Lines{"sample.tar"});
}

BOOST_AUTO_TEST_CASE(two_processes_do_not_unpack_one_archive) {
  testing::WriteArchive(archive, {{"a", "x"}});
  const int fd = ::open(archive.c_str(), O_RDONLY);
  BOOST_REQUIRE(::flock(fd, LOCK_EX) == 0);
  BOOST_TEST(Contains(LineOf([&] { Unpack(archive, out); }), "another process is unpacking it"));
  ::close(fd);
  BOOST_TEST(Unpack(archive, out) == Lines{"a"});
}

BOOST_AUTO_TEST_CASE(progress_counts_bytes_of_the_archive) {
  testing::WriteArchive(archive, {{"a", std::string(50'000, 'a')}, {"b", "b"}});
  uint64_t last = 0, size = 0;
  Unpack(archive, out, {}, [&](uint64_t done, uint64_t total) {
    BOOST_TEST((done >= last && done <= total));
    last = done, size = total;
  });
  BOOST_TEST(size == fs::file_size(archive));
  BOOST_TEST(last > 50'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::archive_test
