#include "bench/io/safetensors.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>

#include "bench/io/file.h"
#include "tests/io/io_testing.h"

namespace dfkd::safetensors_test {

using testing::Contains;
using testing::MessageOf;
using testing::ScratchFolder;

// A file with this header (unpadded) and these values.
std::string FileOf(const std::string& header, const std::string& values = "") {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) {
    bytes += static_cast<char>(static_cast<uint64_t>(header.size()) >> shift);
  }
  return bytes + header + values;
}

std::string Problem(const std::string& header, const std::string& values = "") {
  return MessageOf([&] { ParseSafetensors(FileOf(header, values), "f"); });
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_file_are_the_published_format) {
  const std::string values("\x01\x02\x03\x04\x05\x06\x07\x08", 8);
  const std::string bytes = EncodeSafetensors(
      {{"b", {"F32", {1, 2}, values}}, {"a", {"U8", {3}, std::string_view(values).substr(0, 3)}}},
      {{"k", "v"}});
  // 150 characters, padded to 152 = 0x98.
  const std::string header =
      R"({"__metadata__":{"k":"v"},"a":{"data_offsets":[8,11],"dtype":"U8","shape":[3]},)"
      R"("b":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  BOOST_TEST(bytes == FileOf(padded, values + "\x01\x02\x03"));
}

BOOST_AUTO_TEST_CASE(tensors_come_back_by_name_with_metadata) {
  const ScratchFolder folder("safetensors");
  const auto file = folder.path() / "model.safetensors";
  const std::string values(24, '\5');
  const std::string_view view = values;
  TensorMap tensors = {{"", {"I64", {}, view.substr(0, 8)}},
                       {"empty", {"F16", {0, 7}, {}}},
                       {"layer.weight", {"F64", {3}, view}},
                       {"mask", {"BOOL", {5}, view.substr(0, 5)}},
                       {"half", {"BF16", {2, 2}, view.substr(0, 8)}}};
  WriteSafetensors(file, tensors, {{"network", "wrn-16-1"}});
  const Safetensors read = ReadSafetensors(file);
  BOOST_TEST(read.tensors.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    BOOST_TEST(read.tensors.at(name).dtype == tensor.dtype);
    BOOST_TEST(read.tensors.at(name).shape == tensor.shape);
    BOOST_TEST(read.tensors.at(name).bytes == tensor.bytes);
  }
  BOOST_TEST(read.metadata.at("network") == "wrn-16-1");
  BOOST_TEST(reinterpret_cast<uintptr_t>(read.tensors.at("layer.weight").bytes.data()) % 8 == 0u);
}

BOOST_AUTO_TEST_CASE(a_copy_outlives_the_original) {
  Safetensors copy;
  {
    const Safetensors read = ParseSafetensors(EncodeSafetensors({{"a", {"U8", {2}, "xy"}}}), "f");
    copy = read;
  }
  BOOST_TEST(copy.tensors.at("a").bytes == "xy");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_refused) {
  BOOST_CHECK_THROW(EncodeSafetensors({{"a", {"U8", {3}, "xy"}}}), Error);
  BOOST_CHECK_THROW(EncodeSafetensors({{"a", {"F8", {2}, "xy"}}}), Error);
  BOOST_CHECK_THROW(EncodeSafetensors({{"\xff", {"U8", {2}, "xy"}}}), Error);
  BOOST_CHECK_THROW(EncodeSafetensors({{"__metadata__", {"U8", {2}, "xy"}}}), Error);
}

BOOST_AUTO_TEST_CASE(a_cut_or_foreign_file_is_refused) {
  BOOST_TEST(MessageOf([] { ParseSafetensors("abc", "f"); }) ==
             "f: ends at byte 3, inside the size of the header");
  BOOST_TEST(MessageOf([] { ParseSafetensors(FileOf("{}").substr(0, 9), "f"); }) ==
             "f: ends at byte 9, inside the header");
  BOOST_TEST(Problem("[1]") == "f: is not a safetensors file");
  BOOST_TEST(Problem("{\"a\"") == "f: the header is not JSON (at byte 5)");
  BOOST_TEST(Contains(MessageOf([] { ParseSafetensors(std::string(16, '\xff'), "f"); }),
                      "at most 100000000 are read"));
}

BOOST_AUTO_TEST_CASE(what_is_often_taken_for_a_model_file_is_named) {
  const auto problem = [](const char* bytes) {
    return MessageOf([&] { ParseSafetensors(bytes, "f"); });
  };
  BOOST_TEST(Contains(problem("version https://git-lfs.github.com/spec/v1\n"), "Git LFS pointer"));
  BOOST_TEST(Contains(problem("<!DOCTYPE html><html></html>"), "but HTML"));
  BOOST_TEST(Contains(problem("PK\3\4 a zip archive"), ".pth"));
  BOOST_TEST(Contains(problem("\x80\2\x8a\n a pickle"), "pickle"));
}

BOOST_AUTO_TEST_CASE(models_of_other_software_are_named_by_their_first_bytes) {
  const auto problem = [](std::string bytes) {
    bytes.resize(64);  // what follows is not looked at
    return MessageOf([&] { ParseSafetensors(bytes, "f"); });
  };
  const auto named = [&](const std::string& bytes, const std::string& format) {
    const auto message = problem(bytes);
    BOOST_TEST(message.starts_with("f: is not a safetensors file but " + format), message);
    BOOST_TEST(message.ends_with("; docs/distill.md says how to write one"), message);
  };
  named("GGUF\3", "GGUF");
  named("\x89HDF\r\n\x1a\n", "HDF5");
  named("\x93NUMPY\1", "a NumPy array");
  named("\x08\x07\x12\x07pytorch", "ONNX");
  named("\x1f\x8b\x08", "compressed with gzip");  // as a size: 559,903, which a file may have
  named("PK\3\4" + std::string(26, '\1') + "arr_0.npy", "a zip archive of NumPy arrays");
  named("PK\3\4" + std::string(26, '\1') + "archive/data.pkl", "a zip archive, as PyTorch's");
}

// The size of its header begins as a pickle does.
BOOST_AUTO_TEST_CASE(a_file_that_is_cut_is_not_taken_for_a_foreign_one) {
  const auto cut = FileOf("{" + std::string(127, ' ')).substr(0, 40);
  BOOST_TEST(MessageOf([&] { ParseSafetensors(cut, "f"); }) ==
             "f: ends at byte 40, inside the header");
}

BOOST_AUTO_TEST_CASE(metadata_of_null_are_none) {
  const Safetensors read = ParseSafetensors(FileOf(R"({"__metadata__":null})"), "f");
  BOOST_TEST(read.metadata.empty());
  BOOST_TEST(Contains(Problem(R"({"__metadata__":{"a":null}})"), "out of place"));
}

BOOST_AUTO_TEST_CASE(only_the_fields_of_the_format_are_taken) {
  const std::string good = R"("dtype":"U8","shape":[1],"data_offsets":[0,1])";
  BOOST_TEST(Problem("{\"a\":{" + good + "}}", "x") == "no error");
  BOOST_TEST(Problem("{\"a\":{" + good + ",\"x\":1}}", "x") ==
             "f: tensor field 'x' is unknown; known: dtype, shape, data_offsets");
  BOOST_TEST(Problem(R"({"a":{"dtype":"U8","shape":[1]}})", "x") ==
             "f: tensor 'a': needs dtype, shape and two data_offsets");
  BOOST_TEST(Problem(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "x") ==
             "f: tensor 'a': needs dtype, shape and two data_offsets");
  for (const char* header :
       {R"({"a":1})", R"({"a":"x"})", R"({"a":[1]})", R"({"a":null})", R"({"a":true})",
        R"({"a":{"dtype":[1]}})", R"({"a":{"shape":[-1]}})", R"({"a":{"shape":[1.5]}})",
        R"({"a":{"shape":[[1]]}})", R"({"a":{"shape":7}})", R"({"a":{"dtype":{"b":1}}})",
        R"({"a":{"data_offsets":[0,1,2]}})", R"({"a":{"shape":[18446744073709551615]}})",
        R"({"__metadata__":{"a":1}})", R"({"__metadata__":{"a":{}}})", R"({"__metadata__":"x"})"}) {
    BOOST_TEST(Contains(Problem(header), "is out of place in the header"), header);
  }
}

BOOST_AUTO_TEST_CASE(names_given_twice_are_refused) {
  const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  BOOST_TEST(Problem("{" + a + "," + a + "}", "x") == "f: 'a' is given twice");
  BOOST_TEST(Problem(R"({"__metadata__":{"a":"x","a":"y"}})") == "f: 'a' is given twice");
  BOOST_TEST(Problem(R"({"a":{"dtype":"U8","dtype":"F32"}})") == "f: 'dtype' is given twice");
}

BOOST_AUTO_TEST_CASE(shapes_must_fit_their_offsets) {
  BOOST_TEST(Problem(R"({"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,4]}})", "xxxx") ==
             "f: tensor 'a': F32 of shape [1, 2] takes 8 bytes, not 4");
  BOOST_TEST(Problem(R"({"a":{"dtype":"U9","shape":[1],"data_offsets":[0,1]}})", "x") ==
             "f: tensor 'a': type 'U9' must be one of F64, F32, F16, BF16, I64, I32, U8, BOOL");
  BOOST_TEST(Contains(Problem(R"({"a":{"dtype":"F64","shape":[4611686018427387904,4],)"
                              R"("data_offsets":[0,0]}})"),
                      "multiply to more than"));
}

BOOST_AUTO_TEST_CASE(offsets_must_lie_in_the_file_and_touch_each_other) {
  const auto two = [](const char* first, const char* second) {
    return std::string(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)") + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  BOOST_TEST(Problem(two("[2,4]", "[0,2]"), "abcd") == "no error");
  BOOST_TEST(Problem(two("[0,2]", "[1,3]"), "abc") ==
             "f: values overlap or leave a hole at byte 1");
  BOOST_TEST(Problem(two("[0,2]", "[3,5]"), "abcde") ==
             "f: values overlap or leave a hole at byte 3");
  BOOST_TEST(Problem(two("[0,2]", "[2,4]"), "abcde") == "f: 5 bytes of values, but tensors for 4");
  BOOST_TEST(Problem(two("[0,2]", "[2,4]"), "abc") ==
             "f: tensor 'b': offsets [2, 4) must lie in the 3 bytes of values");
  BOOST_TEST(Problem(two("[2,0]", "[2,4]"), "abcd") ==
             "f: tensor 'a': offsets [2, 0) must lie in the 4 bytes of values");
}

}  // namespace dfkd::safetensors_test
