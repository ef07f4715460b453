// gzip, idx, CIFAR, PPM and CSV.
#include <boost/test/unit_test.hpp>

#include "bench/io/bytes.h"
#include "bench/io/cifar.h"
#include "bench/io/csv.h"
#include "bench/io/file.h"
#include "bench/io/gzip.h"
#include "bench/io/idx.h"
#include "bench/io/ppm.h"
#include "tests/io/goldens.h"
#include "tests/io/io_testing.h"

namespace dfkd::parsers_test {

using testing::Contains;
using testing::FromHex;
using testing::MessageOf;
using testing::ScratchFolder;
using Bytes = std::vector<uint8_t>;

std::string Idx(std::initializer_list<uint8_t> shape, const std::string& values) {
  std::string bytes("\0\0\x08", 3);
  bytes += static_cast<char>(shape.size());
  for (const uint8_t side : shape) bytes += std::string("\0\0\0", 3) + static_cast<char>(side);
  return bytes + values;
}

BOOST_AUTO_TEST_CASE(gzip_members_are_inflated_one_after_the_other) {
  const std::string once = FromHex(goldens::kGzip);
  BOOST_TEST(IsGzip(once));
  BOOST_TEST(!IsGzip("P6"));
  BOOST_TEST(Gunzip(once, 100, "f") == "hello hello hello");
  BOOST_TEST(Gunzip(once + once, 100, "f") == "hello hello hellohello hello hello");
}

BOOST_AUTO_TEST_CASE(gzip_beyond_the_limit_is_refused_and_at_the_limit_taken) {
  const std::string bytes = FromHex(goldens::kGzip);
  BOOST_TEST(Gunzip(bytes, 17, "f").size() == 17u);
  BOOST_TEST(MessageOf([&] { Gunzip(bytes, 16, "f"); }) == "f: inflates to more than 16 bytes");
  BOOST_TEST(MessageOf([&] { Gunzip(bytes, 0, "f"); }) == "f: inflates to more than 0 bytes");
}

BOOST_AUTO_TEST_CASE(gzip_that_is_cut_or_corrupt_is_named) {
  std::string bytes = FromHex(goldens::kGzip);
  BOOST_TEST(MessageOf([&] { Gunzip(bytes.substr(0, 20), 100, "f"); }) ==
             "f: gzip data ends too early");
  BOOST_TEST(MessageOf([] { Gunzip("", 100, "f"); }) == "f: gzip data ends too early");
  bytes[bytes.size() - 8] ^= 1;
  BOOST_TEST(MessageOf([&] { Gunzip(bytes, 100, "f"); }) ==
             "f: corrupt gzip data: incorrect data check");
  BOOST_TEST(Contains(MessageOf([&] { Gunzip(FromHex(goldens::kGzip) + "junk", 100, "f"); }),
                      "corrupt gzip data"));
}

BOOST_AUTO_TEST_CASE(idx_gives_shape_and_values) {
  const IdxArray array = ParseIdx(Idx({2, 3}, "abcdef"), "f");
  BOOST_TEST(array.shape == (std::vector<int64_t>{2, 3}));
  BOOST_TEST(array.values == "abcdef");
}

BOOST_AUTO_TEST_CASE(idx_with_wrong_size_type_or_magic_is_refused) {
  BOOST_TEST(MessageOf([] {
               ParseIdx(Idx({2, 3}, "abcde"), "f");
             }) == "f: ends at byte 17, inside the values");
  BOOST_TEST(MessageOf([] {
               ParseIdx(Idx({2, 3}, "abcdefg"), "f");
             }) == "f: 1 bytes too many after byte 18");
  BOOST_TEST(MessageOf([] { ParseIdx(std::string("\0\0\x0d\1\0\0\0\1abcd", 12), "f"); }) ==
             "f: idx element type 13 must be 8 (unsigned byte)");
  BOOST_TEST(MessageOf([] { ParseIdx("text", "f"); }) == "f: is not an idx file");
  BOOST_TEST(MessageOf([] { ParseIdx(std::string("\0\0\x08\x05", 4), "f"); }) ==
             "f: 5 idx dimensions must lie in [1, 4]");
}

BOOST_AUTO_TEST_CASE(idx_dimensions_that_overflow_allocate_nothing) {
  const std::string huge = std::string("\0\0\x08\x04", 4) + std::string(16, '\xff');
  BOOST_TEST(Contains(MessageOf([&] { ParseIdx(huge, "f"); }), "multiply to more than"));
}

BOOST_AUTO_TEST_CASE(idx_images_must_fit_their_labels) {
  const ScratchFolder folder("idx");
  const auto images = folder.path() / "images", labels = folder.path() / "labels";
  WriteFileAtomically(images, Idx({2, 1, 2}, "abcd"));
  WriteFileAtomically(labels, Idx({2}, std::string("\1\0", 2)));
  const LabelledImages loaded = ReadIdxImages(images, labels, 2);
  BOOST_TEST(loaded.labels == (std::vector<int64_t>{1, 0}));
  BOOST_TEST(loaded.images[1].pixels == (Bytes{'c', 'd'}));
  BOOST_TEST(loaded.images[1].width == 2);
  BOOST_TEST(Contains(MessageOf([&] { ReadIdxImages(images, labels, 1); }), "label 1 must lie in"));
  WriteFileAtomically(labels, Idx({1}, "\1"));
  BOOST_TEST(
      Contains(MessageOf([&] { ReadIdxImages(images, labels, 2); }), "2 images but 1 labels"));
}

BOOST_AUTO_TEST_CASE(cifar_planes_become_interleaved_pixels) {
  std::string record(kCifarRecord, '\0');
  record[0] = 7;
  record[1] = 10;                // red of pixel 0
  record[1 + 1024] = 20;         // green of pixel 0
  record[1 + 2048 + 1023] = 30;  // blue of the last pixel
  LabelledImages out;
  AppendCifar10(record + record, "f", out);
  BOOST_TEST(out.images.size() == 2u);
  BOOST_TEST(out.labels[1] == 7);
  BOOST_TEST(out.images[1].pixels[0] == 10);
  BOOST_TEST(out.images[1].pixels[1] == 20);
  BOOST_TEST(out.images[1].pixels[3071] == 30);
}

BOOST_AUTO_TEST_CASE(cifar_refuses_partial_records_and_wrong_labels) {
  LabelledImages out;
  BOOST_TEST(Contains(MessageOf([&] { AppendCifar10(std::string(3072, '\1'), "f", out); }),
                      "not a whole number of CIFAR-10 records"));
  BOOST_TEST(MessageOf([&] { AppendCifar10(std::string(kCifarRecord, '\x0a'), "f", out); }) ==
             "f: label 10 must lie in [0, 10)");
}

BOOST_AUTO_TEST_CASE(cifar_100_has_a_coarse_label_before_the_fine_one) {
  LabelledImages out;
  AppendCifar100("\x13\x63" + std::string(3072, '\7'), "f", out);
  BOOST_TEST(out.labels == std::vector<int64_t>{99});
  BOOST_TEST(out.images[0].pixels[0] == 7);
  const auto refusal = [&](const std::string& bytes) {
    return MessageOf([&] { AppendCifar100(bytes, "f", out); });
  };
  BOOST_TEST(refusal("\x14" + std::string(3073, '\1')) == "f: coarse label 20 must lie in [0, 20)");
  BOOST_TEST(refusal("\1\x64" + std::string(3072, '\1')) == "f: label 100 must lie in [0, 100)");
  BOOST_TEST(refusal(std::string(3073, '\1')) ==
             "f: 3073 bytes are not a whole number of CIFAR-100 records of 3074 bytes");
}

BOOST_AUTO_TEST_CASE(ppm_reads_grey_colour_and_comments) {
  const Image grey = ParsePpm("P5 2 1 255\nab", "f");
  BOOST_TEST(grey.channels == 1);
  BOOST_TEST(grey.pixels == (Bytes{'a', 'b'}));
  const Image colour = ParsePpm("P6\n# made by hand\n1 # width\n2\n255\nabcdef\n", "f");
  BOOST_TEST(colour.height == 2);
  BOOST_TEST(colour.pixels == (Bytes{'a', 'b', 'c', 'd', 'e', 'f'}));
}

BOOST_AUTO_TEST_CASE(ppm_scales_a_smaller_range_to_255) {
  BOOST_TEST(ParsePpm("P5 4 1 3\n\1\2\3\1", "f").pixels == (Bytes{85, 170, 255, 85}));
  BOOST_TEST(
      Contains(MessageOf([] { ParsePpm("P5 1 1 3\n\4", "f"); }), "exceeds the largest value"));
}

BOOST_AUTO_TEST_CASE(ppm_that_is_cut_or_malformed_is_refused) {
  BOOST_TEST(MessageOf([] { ParsePpm("P6 2 2 255\nabc", "f"); }) ==
             "f: ends at byte 14, inside the pixels");
  BOOST_TEST(MessageOf([] { ParsePpm("P3 1 1 255\n1 2 3", "f"); }) ==
             "f: is not a binary PGM or PPM (P5, P6)");
  BOOST_TEST(MessageOf([] { ParsePpm("P5 -1 1 255\na", "f"); }) == "f: malformed the width");
  BOOST_TEST(
      Contains(MessageOf([] { ParsePpm("P5 1 1 65535\nab", "f"); }), "must lie in [1, 255]"));
  BOOST_TEST(Contains(MessageOf([] { ParsePpm("P6 999999999 999999999 255\n", "f"); }),
                      "sides must lie in [1, 16384]"));
}

BOOST_AUTO_TEST_CASE(csv_reads_fields_quotes_and_both_line_ends) {
  const CsvTable table =
      ParseCsv("\xef\xbb\xbfName;Id\r\na;1\r\n\r\n\"b;\"\"c\"\"\nd\";2\n;3", ';', "f");
  BOOST_TEST(table.header == (std::vector<std::string>{"Name", "Id"}));
  BOOST_TEST(table.rows.size() == 3u);
  BOOST_TEST(table.rows[1][0] == "b;\"c\"\nd");
  BOOST_TEST(table.rows[2][0] == "");
  BOOST_TEST(table.Integer(2, table.Column("Id"), 0, 9) == 3);
  BOOST_TEST(ParseCsv("a,b\n1,2\n", ',', "f").rows[0][1] == "2");
}

BOOST_AUTO_TEST_CASE(csv_errors_name_line_column_and_value) {
  BOOST_TEST(MessageOf([] { ParseCsv("a;b\n1;2\n3\n", ';', "f"); }) ==
             "f: line 3: 1 fields where the header has 2");
  BOOST_TEST(MessageOf([] { ParseCsv("a\n\"x\n", ';', "f"); }) ==
             "f: line 2: a quote is never closed");
  BOOST_TEST(MessageOf([] { ParseCsv("a\n\"x\"y\n", ';', "f"); }) ==
             "f: line 2: text after a closing quote");
  BOOST_TEST(MessageOf([] { ParseCsv("a\nx\"y\n", ';', "f"); }) ==
             "f: line 2: a quote inside a plain field");
  BOOST_TEST(MessageOf([] { ParseCsv("a,b\n1,2\n", ';', "f"); }) ==
             "f: line 1: fields must be parted by ';', not ','");
  BOOST_TEST(MessageOf([] { ParseCsv("", ';', "f"); }) == "f: is empty; a header was expected");
  const CsvTable table = ParseCsv("a;b\n1;x\n", ';', "f");
  BOOST_TEST(MessageOf([&] { table.Column("c"); }) == "f: has no column 'c'; columns: a, b");
  BOOST_TEST(MessageOf([&] { table.Integer(0, 1, 0, 42); }) ==
             "f: record 1: b = 'x' must be a whole number in [0, 42]");
  BOOST_TEST(Contains(MessageOf([&] { table.Integer(0, 0, 2, 42); }), "a = '1' must be"));
}

BOOST_AUTO_TEST_CASE(products_of_dimensions_are_checked) {
  BOOST_TEST(CheckedProduct(std::vector<int64_t>{2, 3, 4}, 24, "f") == 24u);
  BOOST_TEST(CheckedProduct(std::vector<int64_t>{1LL << 62, 1LL << 62, 0}, 24, "f") == 0u);
  BOOST_CHECK_THROW(CheckedProduct(std::vector<int64_t>{2, 3, 5}, 24, "f"), Error);
  BOOST_CHECK_THROW(CheckedProduct(std::vector<int64_t>{0, -1}, 24, "f"), Error);
}

}  // namespace dfkd::parsers_test
