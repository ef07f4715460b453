// PNG, JPEG, and telling them apart.
#include <zlib.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/rng.h"
#include "bench/io/exif.h"
#include "bench/io/image_file.h"
#include "bench/io/jpeg.h"
#include "bench/io/png.h"
#include "tests/io/goldens.h"
#include "tests/io/io_testing.h"
#include "tests/io/peak_memory.h"

namespace dfkd::picture_test {

using testing::Contains;
using testing::FromHex;
using testing::MessageOf;
using Bytes = std::vector<uint8_t>;

BOOST_AUTO_TEST_CASE(png_colour_of_other_software_is_read_exactly) {
  const Image image = ParsePng(FromHex(goldens::kPngRgb), "f");
  BOOST_TEST(image.height == 3);
  BOOST_TEST(image.width == 4);
  BOOST_TEST(image.channels == 3);
  for (int i = 0; i < 12; ++i) {
    BOOST_TEST(image.pixels[3 * i] == static_cast<uint8_t>(20 * i));
    BOOST_TEST(image.pixels[3 * i + 1] == static_cast<uint8_t>(37 * i + 5));
    BOOST_TEST(image.pixels[3 * i + 2] == static_cast<uint8_t>(255 - 9 * i));
  }
}

BOOST_AUTO_TEST_CASE(png_of_every_kind_becomes_eight_bits_without_alpha) {
  BOOST_TEST(ParsePng(FromHex(goldens::kPngGrey), "f").pixels == (Bytes{0, 85, 170, 255}));
  BOOST_TEST(ParsePng(FromHex(goldens::kPngPalette), "f").pixels ==
             (Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0}));
  BOOST_TEST(ParsePng(FromHex(goldens::kPngAlpha), "f").pixels == (Bytes{10, 20, 30, 40, 50, 60}));
  BOOST_TEST(ParsePng(FromHex(goldens::kPng16), "f").pixels == (Bytes{0x12, 0xfe}));
}

BOOST_AUTO_TEST_CASE(png_round_trips_and_equal_images_give_equal_bytes) {
  Rng rng(3);
  for (const int64_t channels : {1, 3}) {
    Image image{17, 5, channels, {}};
    for (int64_t i = 0; i < 17 * 5 * channels; ++i) {
      image.pixels.push_back(static_cast<uint8_t>(rng.Below(256)));
    }
    const std::string bytes = EncodePng(image);
    BOOST_TEST(bytes == EncodePng(image));
    const Image again = ParsePng(bytes, "f");
    BOOST_TEST(again.pixels == image.pixels);
    BOOST_TEST(again.height == 17);
    BOOST_TEST(again.channels == channels);
  }
}

BOOST_AUTO_TEST_CASE(png_cannot_be_made_of_an_inconsistent_image) {
  BOOST_CHECK_THROW(EncodePng({2, 2, 1, {1, 2, 3}}), Error);
  BOOST_CHECK_THROW(EncodePng({0, 2, 1, {}}), Error);
  BOOST_CHECK_THROW(EncodePng({1, 1, 2, {1, 2}}), Error);
}

BOOST_AUTO_TEST_CASE(png_that_is_cut_corrupt_or_huge_is_refused) {
  std::string bytes = FromHex(goldens::kPngRgb);
  BOOST_TEST(MessageOf([&] { ParsePng(bytes.substr(0, 50), "f"); }) ==
             "f: cannot be read as PNG: it ends too early");
  BOOST_TEST(MessageOf([&] { ParsePng(bytes.substr(0, bytes.size() - 12), "f"); }) ==
             "f: cannot be read as PNG: it ends too early");
  bytes[45] ^= 1;
  BOOST_TEST(Contains(MessageOf([&] { ParsePng(bytes, "f"); }), "f: cannot be read as PNG: "));
  BOOST_TEST(Contains(MessageOf([&] { ParsePng("text", "f"); }), "f: cannot be read as PNG: "));
  BOOST_TEST(
      Contains(MessageOf([] { ParsePng(FromHex(goldens::kPngHuge), "f"); }), "16000x16000 pixels"));
}

std::string BigEndian(size_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

std::string PngChunk(const std::string& body) {
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  return BigEndian(body.size() - 4) + body + BigEndian(sum);
}

// Of two pixels, the second of this colour of a palette of three: red, green, blue.
std::string PngOfColour(char index) {
  const std::string pixels = {0, 0, index};  // the filter of the row first
  std::string packed(::compressBound(pixels.size()), '\0');
  uLongf size = packed.size();
  ::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
             reinterpret_cast<const Bytef*>(pixels.data()), pixels.size());
  const std::string header = "IHDR" + BigEndian(2) + BigEndian(1) + std::string("\x8\x3\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + PngChunk(header) +
         PngChunk(std::string("PLTE\xff\0\0\0\xff\0\0\0\xff", 13)) +
         PngChunk("IDAT" + packed.substr(0, size)) + PngChunk("IEND");
}

BOOST_AUTO_TEST_CASE(png_with_a_colour_that_its_palette_has_not_is_refused) {
  BOOST_TEST(ParsePng(PngOfColour(2), "f").pixels == (Bytes{255, 0, 0, 0, 0, 255}));
  BOOST_TEST(MessageOf([] { ParsePng(PngOfColour(3), "f"); }) ==
             "f: cannot be read as PNG: colour 3 of a palette of 3");
}

// A text that is 7 MiB of zeros and takes 7 KiB in the file.
std::string LongText() {
  const std::string zeros(7 << 20, '\0');
  std::string packed(::compressBound(zeros.size()), '\0');
  uLongf size = packed.size();
  ::compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
              reinterpret_cast<const Bytef*>(zeros.data()), zeros.size(), 9);
  return PngChunk(std::string("zTXtk\0\0", 7) + packed.substr(0, size));
}

BOOST_AUTO_TEST_CASE(png_with_texts_is_read_without_holding_them) {
  constexpr size_t kBehindHeader = 33;
  std::string bytes = FromHex(goldens::kPngPalette), texts;
  const auto pixels = ParsePng(bytes, "f").pixels;
  const auto text = LongText();
  for (int i = 0; i < 40; ++i) texts += text;
  bytes.insert(kBehindHeader, texts);
  Image image;
  const auto held = testing::PeakMemoryOf([&] { image = ParsePng(bytes, "f"); });
  BOOST_TEST(image.pixels == pixels);
  BOOST_TEST(held < 64 << 20);  // all would take 280 MiB
}

std::string BehindHeader(const std::string& chunk) {
  constexpr size_t kHeader = 33;
  return FromHex(goldens::kPngPalette).insert(kHeader, chunk);
}

BOOST_AUTO_TEST_CASE(the_orientation_of_a_png_is_told_and_its_pixels_stay) {
  const std::string big = FromHex("4d4d002a00000008 0001 0112000300000001 00060000 00000000");
  const auto png = BehindHeader(PngChunk("eXIf" + big));
  BOOST_TEST(ExifOrientation(png) == 6);
  BOOST_TEST(ExifOrientation(BehindHeader(PngChunk("eXIf" + std::string("Exif\0\0", 6) + big))) ==
             6);
  BOOST_TEST(ExifOrientation(BehindHeader(PngChunk("tEXt" + big))) == 1);
  BOOST_TEST(ExifOrientation(FromHex(goldens::kPngPalette)) == 1);
  BOOST_TEST(ParsePng(png, "f").pixels == ParsePng(FromHex(goldens::kPngPalette), "f").pixels);
  for (size_t size = 0; size < 60; ++size) ExifOrientation(png.substr(0, size));
  const std::string endless = FromHex("89504e470d0a1a0a ffffffff 65584966 4d4d002a");
  BOOST_TEST(ExifOrientation(endless) == 1);
}

BOOST_AUTO_TEST_CASE(png_that_is_too_long_is_refused_by_its_sides) {
  const std::string start = FromHex("89504e470d0a1a0a");
  for (const auto& [sides, text] : {std::pair("00004e20 00000001", "1x20000"),
                                    std::pair("7fffffff 7fffffff", "2147483647x2147483647")}) {
    const auto chunk = PngChunk("IHDR" + FromHex(sides) + FromHex("0800000000"));
    const auto message = MessageOf([&] { ParsePng(start + chunk + PngChunk("IDAT"), "f"); });
    BOOST_TEST(
        message.starts_with(std::string("f: ") + text + " pixels; sides must lie in [1, 16384]"),
        message);
  }
}

BOOST_AUTO_TEST_CASE(jpeg_baseline_progressive_and_grey_are_read) {
  for (const char* file : {goldens::kJpegRgb, goldens::kJpegProgressive}) {
    const Image image = ParseJpeg(FromHex(file), "f");
    BOOST_TEST(image.pixels.size() == 192u);
    BOOST_TEST((Bytes(image.pixels.begin(), image.pixels.begin() + 3)) == (Bytes{200, 100, 50}));
  }
  const Image grey = ParseJpeg(FromHex(goldens::kJpegGrey), "f");
  BOOST_TEST(grey.channels == 1);
  BOOST_TEST(grey.pixels == Bytes(64, 77));
}

BOOST_AUTO_TEST_CASE(jpeg_that_is_cut_or_corrupt_is_refused) {
  const std::string bytes = FromHex(goldens::kJpegRgb);
  BOOST_TEST(Contains(MessageOf([&] { ParseJpeg(bytes.substr(0, bytes.size() - 2), "f"); }),
                      "f: cannot be read as JPEG: Premature end of JPEG file"));
  BOOST_TEST(Contains(MessageOf([&] { ParseJpeg(bytes.substr(0, 100), "f"); }),
                      "f: cannot be read as JPEG: "));
  BOOST_TEST(Contains(MessageOf([] { ParseJpeg("", "f"); }), "f: cannot be read as JPEG: "));
}

// Pillow 9.4 has these pixels.
BOOST_AUTO_TEST_CASE(jpeg_of_four_inks_becomes_rgb) {
  const Image image = ParseJpeg(FromHex(goldens::kJpegCmyk), "f");
  BOOST_TEST(image.channels == 3);
  BOOST_TEST_REQUIRE(image.pixels.size() == 192u);
  for (size_t i = 0; i < 64; ++i) {
    BOOST_TEST((Bytes(image.pixels.begin() + 3 * i, image.pixels.begin() + 3 * i + 3)) ==
               (Bytes{235, 245, 205}));
  }
}

// A JPEG with what a camera writes behind the start: an entry of another tag, and the orientation.
std::string WithOrientation(const std::string& tiff) {
  std::string jpeg = FromHex(goldens::kJpegRgb);
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  const auto length = static_cast<char>(exif.size() + 2);
  return jpeg.insert(2, std::string("\xff\xe1\0", 3) + length + exif);
}

BOOST_AUTO_TEST_CASE(the_orientation_of_a_jpeg_is_told_and_its_pixels_stay) {
  const std::string little = FromHex(
      "49492a0008000000 0200 0f01020001000000 00000000"
      "1201030001000000 06000000 00000000");
  const std::string big = FromHex("4d4d002a00000008 0001 0112000300000001 00080000 00000000");
  BOOST_TEST(ExifOrientation(WithOrientation(little)) == 6);
  BOOST_TEST(ExifOrientation(WithOrientation(big)) == 8);
  BOOST_TEST(ExifOrientation(FromHex(goldens::kJpegRgb)) == 1);
  BOOST_TEST(ParseJpeg(WithOrientation(little), "f").pixels ==
             ParseJpeg(FromHex(goldens::kJpegRgb), "f").pixels);
}

BOOST_AUTO_TEST_CASE(an_orientation_that_is_cut_or_absurd_is_none) {
  const std::string whole =
      WithOrientation(FromHex("4d4d002a00000008 0001 0112000300000001 00080000 00000000"));
  for (size_t size = 0; size < 50; ++size) ExifOrientation(whole.substr(0, size));
  for (const char* tiff : {"", "4d4d", "4d4d002affffffff ffff", "4d4d002a00000008 ffff 0111",
                           "4d4d002a00000008 0001 0112000300000001 00090000"}) {
    BOOST_TEST(ExifOrientation(WithOrientation(FromHex(tiff))) == 1, tiff);
  }
  BOOST_TEST(ExifOrientation(std::string(2, '\xff')) == 1);
  BOOST_TEST(ExifOrientation("") == 1);
}

// Some telephones write zero where a sequential scan must tell its last coefficient, 63.
BOOST_AUTO_TEST_CASE(jpeg_with_wrong_spectral_bounds_has_the_same_pixels) {
  std::string bytes = FromHex(goldens::kJpegRgb);
  const auto pixels = ParseJpeg(bytes, "f").pixels;
  const size_t scan = bytes.find("\xff\xda");
  const size_t last = scan + static_cast<uint8_t>(bytes[scan + 3]);
  BOOST_TEST_REQUIRE(bytes[last] == 63);
  bytes[last] = 0;
  BOOST_TEST(ParseJpeg(bytes, "f").pixels == pixels);
}

BOOST_AUTO_TEST_CASE(pictures_are_told_by_their_content) {
  BOOST_TEST(ParseImage(FromHex(goldens::kPngGrey), "f").width == 2);
  BOOST_TEST(ParseImage(FromHex(goldens::kJpegGrey), "f").width == 8);
  BOOST_TEST(ParseImage("P5 1 1 255\na", "f").width == 1);
  BOOST_TEST(MessageOf([] { ParseImage("GIF89a", "f"); }) ==
             "f: is neither PNG nor JPEG nor binary PGM or PPM");
}

}  // namespace dfkd::picture_test
