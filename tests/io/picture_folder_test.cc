// Labelled pictures on disk: what their folders are called, and what is told of odd ones.
#include "bench/io/picture_folder.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <sstream>

#include "bench/io/data_folder.h"
#include "bench/io/file.h"
#include "tests/io/io_testing.h"

namespace dfkd::picture_folder_test {

namespace fs = std::filesystem;

using namespace testing;  // NOLINT: the helpers of this folder

struct Folder {
  void Picture(const std::string& name, char value) const {
    WriteFileAtomically(root / name, "P5 2 2 255\n" + std::string(4, value));
  }
  void Make(const std::string& name) const { fs::create_directories(root / name); }
  // What is logged while the pictures of all classes are read.
  std::string Told() const {
    std::ostringstream told;
    const auto before = spdlog::default_logger();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
    ReadPictures(root, ClassFolders(root, "w"), {1, 2}, "w");
    spdlog::set_default_logger(before);
    return told.str();
  }

  const ScratchFolder scratch{"picture_folder"};
  const fs::path root = scratch.path();
};

BOOST_FIXTURE_TEST_SUITE(picture_folder, Folder)

BOOST_AUTO_TEST_CASE(folders_that_are_numbers_are_labels_in_their_order) {
  for (const char* name : {"10", "9", "02", "10000000000"}) Make(name);
  const std::vector<std::string> expected = {"02", "9", "10", "10000000000"};
  BOOST_TEST(ClassFolders(root, "w") == expected, boost::test_tools::per_element());
  BOOST_TEST((NumberOfFolder("007") == std::optional<uint64_t>(7)));
  for (const char* name : {"", "-1", "+1", " 1", "1a", "99999999999999999999"})
    BOOST_TEST(!NumberOfFolder(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(two_folders_that_are_one_number_are_refused) {
  for (const char* name : {"0", "1", "01"}) Make(name);
  const auto told = MessageOf([&] { ClassFolders(root, "w"); });
  BOOST_TEST(told == "w: " + root.string() +
                         ": the folders '01' and '1' are one number; a class is one folder");
  Make("other");  // then they are names
  BOOST_TEST(ClassFolders(root, "w").size() == 4U);
}

BOOST_AUTO_TEST_CASE(pictures_beside_the_folders_of_classes_are_not_left_out_in_silence) {
  Picture("cat/1.pgm", 'a'), Picture("dog/1.pgm", 'b');
  WriteFileAtomically(root / "readme.txt", "of cats and dogs");
  BOOST_TEST(ClassFolders(root, "w").size() == 2U);
  Picture("98.PGM", 'c'), Picture("99", 'c');
  BOOST_TEST(MessageOf([&] { ClassFolders(root, "w"); }) ==
             "w: " + (root / "98.PGM").string() +
                 " and 1 more pictures there are beside the folders of the classes; move them into "
                 "one, or take them away");
}

// Where there are no classes, as in a folder of images to distil on.
BOOST_AUTO_TEST_CASE(pictures_without_folders_beside_them_are_no_classes_and_no_mistake) {
  Picture("1.pgm", 'a');
  BOOST_TEST(ClassFolders(root, "w").empty());
}

BOOST_AUTO_TEST_CASE(a_picture_whose_name_does_not_say_so_is_not_left_out_in_silence) {
  Picture("cat/1.pgm", 'a');
  const auto with = [&](const std::string& name, const std::string& content) {
    WriteFileAtomically(root / "cat" / name, content);
    const auto told = MessageOf([&] { PicturesIn(root / "cat", "w"); });
    fs::remove(root / "cat" / name);
    return told;
  };
  const std::string rest(16, '\0');
  for (const auto& begin :
       {std::string("\x89PNG\r\n\x1a\n"), std::string("\xff\xd8\xff"), std::string("GIF89a"),
        std::string("P5 2 2 255\naaaa"), std::string("MM\0*", 4), std::string("RIFF0000WEBP"),
        std::string("BM\x10\0\0\0", 6)}) {
    const auto told = with("two", begin + rest);
    BOOST_TEST(told == "w: " + (root / "cat/two").string() +
                           " and 0 more pictures there are pictures by their content alone; call "
                           "them .png, .jpg, .pgm or .ppm, or take them away");
  }
  BOOST_TEST(with("two.png.bak", "\x89PNG\r\n\x1a\n" + rest) != "no error");
  for (const char* text :
       {"", "P5", "BMW and other makes", "RIFF or raff and WEBP", "P6 is a kind"})
    BOOST_TEST(with("notes", text) == "no error", text);
}

BOOST_AUTO_TEST_CASE(names_that_look_alike_are_told_apart_by_their_bytes) {
  const std::string composed = "M\xc3\xbcll", marked = "Mu\xcc\x88ll";
  const auto told = LookAlikes({"cat", composed}, {marked, "cat"});
  BOOST_TEST(Contains(told, R"(are other bytes, M\xc3\xbcll and Mu\xcc\x88ll: )"), told);
  BOOST_TEST(LookAlikes({composed, "cat"}, {composed, "dog"}) == "");
  BOOST_TEST(LookAlikes({marked}, {marked, "Mull"}) == "");
  BOOST_TEST(LookAlikes({composed, "\xe7\x8c\xab"}, {"M\xc3\xb6ll", "\xc3\xa9"}) == "");
}

BOOST_AUTO_TEST_CASE(a_picture_in_two_classes_is_told_with_the_first_pair) {
  Picture("cat/1.pgm", 'a'), Picture("cat/2.pgm", 'b');
  Picture("dog/1.pgm", 'c'), Picture("dog/2.pgm", 'b'), Picture("dog/3.pgm", 'c');
  const auto told = Told();
  BOOST_TEST(
      Contains(told, "w: 1 of 5 pictures equal one of another class, the first " +
                         (root / "cat/2.pgm").string() + " and " + (root / "dog/2.pgm").string()),
      told);
}

// Twice in one class is said of one thing twice.
BOOST_AUTO_TEST_CASE(a_picture_twice_in_its_class_is_not_told) {
  Picture("cat/1.pgm", 'a'), Picture("cat/2.pgm", 'a'), Picture("dog/1.pgm", 'b');
  BOOST_TEST(Told() == "");
}

BOOST_AUTO_TEST_CASE(a_link_that_leads_to_itself_is_one_clean_line) {
  Picture("cat/1.pgm", 'a');
  fs::create_symlink("loop", root / "cat/loop");
  const auto inside = MessageOf([&] { PicturesIn(root / "cat", "w"); });
  BOOST_TEST(inside.starts_with("w: cannot read " + (root / "cat/loop").string() + ": "), inside);
  fs::create_symlink("loop", root / "loop");
  const auto class_folder = MessageOf([&] { ClassFolders(root, "w"); });
  BOOST_TEST(class_folder.starts_with("w: cannot read " + (root / "loop").string() + ": "),
             class_folder);
}

BOOST_AUTO_TEST_CASE(a_path_with_a_nul_byte_is_refused_and_not_cut) {
  const std::string path("/pets\0x", 7);
  BOOST_TEST(MessageOf([&] { UserPath(path, "/data", "w"); }) ==
             "w: /pets?x: a path must not hold a NUL byte");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::picture_folder_test
