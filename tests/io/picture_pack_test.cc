// A folder of pictures as one file.
#include "bench/io/picture_pack.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "tests/io/scratch_folder.h"

namespace dfkd::picture_pack_test {

using testing::ScratchFolder;

constexpr const char* kWhere = "test";

std::string Grey(int64_t side, char value) {
  const auto size = std::to_string(side);
  return "P5 " + size + " " + size + " 255\n" + std::string(side * side, value);
}

std::vector<Image> Unpacked(const std::string& packed, const PictureForm& form) {
  return UnpackPictures(ParseSafetensors(packed, kWhere), form);
}

BOOST_AUTO_TEST_CASE(pictures_come_back_in_the_order_of_their_names_and_in_one_form) {
  const ScratchFolder folder("pack");
  WriteFileAtomically(folder.path() / "b.pgm", Grey(4, 'b'));
  WriteFileAtomically(folder.path() / "a.pgm", Grey(8, 'a'));
  WriteFileAtomically(folder.path() / "notes.txt", "not a picture");
  const auto pictures = Unpacked(PackPictures(folder.path(), kWhere), {3, 4});
  BOOST_TEST_REQUIRE(pictures.size() == 2U);
  BOOST_TEST(pictures[0].pixels == std::vector<uint8_t>(48, 'a'), boost::test_tools::per_element());
  BOOST_TEST(pictures[1].pixels == std::vector<uint8_t>(48, 'b'), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(folders_of_pictures_are_one_set_whose_bytes_do_not_depend_on_where_it_lies) {
  const ScratchFolder first("pack_first"), second("pack_second");
  for (const auto* folder : {&first, &second}) {
    WriteFileAtomically(folder->path() / "cat/1.pgm", Grey(2, 'c'));
    WriteFileAtomically(folder->path() / "dog/1.pgm", Grey(2, 'd'));
  }
  const auto packed = PackPictures(first.path(), kWhere);
  BOOST_TEST(packed == PackPictures(second.path(), kWhere));
  BOOST_TEST(Unpacked(packed, {1, 2}).size() == 2U);
  WriteFileAtomically(second.path() / "dog/1.pgm", Grey(2, 'e'));
  BOOST_TEST(packed != PackPictures(second.path(), kWhere));
}

BOOST_AUTO_TEST_CASE(a_file_of_tensors_is_no_packed_folder) {
  const auto plain = EncodeSafetensors({{"images", {"U8", {1}, "x"}}});
  BOOST_TEST(!HoldsPictures(ParseSafetensors(plain, kWhere)));
  const ScratchFolder folder("pack_one");
  WriteFileAtomically(folder.path() / "a.pgm", Grey(2, 'a'));
  BOOST_TEST(HoldsPictures(ParseSafetensors(PackPictures(folder.path(), kWhere), kWhere)));
}

BOOST_AUTO_TEST_CASE(a_folder_without_pictures_and_a_damaged_picture_are_named) {
  const ScratchFolder folder("pack_bad");
  BOOST_CHECK_THROW(PackPictures(folder.path(), kWhere), Error);
  WriteFileAtomically(folder.path() / "bad.pgm", "P5 4 4 255\nshort");
  BOOST_CHECK_EXCEPTION(
      Unpacked(PackPictures(folder.path(), kWhere), {1, 4}), Error,
      [](const Error& e) { return std::string(e.what()).find("bad.pgm") != std::string::npos; });
}

}  // namespace dfkd::picture_pack_test
