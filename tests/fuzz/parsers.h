// Every parser as a function of bytes, with seeds: what the fuzz targets and the replay test
// (tests/io) feed. A parser may throw dfkd::Error; whatever else happens (another exception, a
// crash, a sanitizer report) is a bug.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/io/bytes.h"
#include "bench/io/cifar.h"
#include "bench/io/csv.h"
#include "bench/io/exif.h"
#include "bench/io/gzip.h"
#include "bench/io/idx.h"
#include "bench/io/image_file.h"
#include "bench/io/jpeg.h"
#include "bench/io/model_file.h"
#include "bench/io/png.h"
#include "bench/io/ppm.h"
#include "bench/io/safetensors.h"
#include "tests/io/goldens.h"
#include "tests/io/io_testing.h"

namespace dfkd::fuzz {

enum class Grammar { kBytes, kJson };

struct Parser {
  std::string name;
  std::function<void(std::string_view)> parse;
  std::vector<std::string> seeds;
  // Of kJson inputs, half the mutations leave JSON.
  Grammar grammar = Grammar::kBytes;
};

inline void RequireWhole(const Image& image) {
  const auto size = static_cast<size_t>(image.height * image.width * image.channels);
  if (image.pixels.size() != size) throw std::logic_error("an image of the wrong size");
}

// What was read can be written and comes back equal.
inline void RoundTrip(std::string_view bytes) {
  const Safetensors once = ParseSafetensors(std::string(bytes), "fuzz");
  const std::string encoded = EncodeSafetensors(once.tensors, once.metadata);
  const Safetensors twice = ParseSafetensors(encoded, "encoded");
  if (EncodeSafetensors(twice.tensors, twice.metadata) != encoded) {
    throw std::logic_error("safetensors do not round-trip");
  }
}

inline std::string IdxSeed() {
  return std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x01", 16) + "abcd";
}

inline std::string SafetensorsSeed() {
  const std::string values(16, '\1');
  return EncodeSafetensors({{"weight", {"F32", {2, 1}, std::string_view(values).substr(0, 8)}},
                            {"mask", {"BOOL", {3}, std::string_view(values).substr(0, 3)}},
                            {"empty", {"U8", {0, 4}, {}}}},
                           {{"made_by", "a test"}});
}

// A stranger's model against a network of two tensors, in the names of ABD and in ours.
inline void FitToNetwork(std::string_view bytes) {
  const auto file = ParseSafetensors(std::string(bytes), "fuzz");
  const auto fitted =
      FitModel(file.tensors,
               {{"stem.weight", {2, 1}}, {"group1.0.bn1.num_batches_tracked", {}, true}}, "fuzz");
  for (const auto& [ours, theirs] : fitted) {
    if (!file.tensors.contains(theirs)) throw std::logic_error("a tensor that is not there");
  }
}

inline std::string ModelSeed(const std::string& stem, const std::string& counter) {
  const std::string values(16, '\1');
  return EncodeSafetensors({{stem, {"F32", {2, 1}, std::string_view(values).substr(0, 8)}},
                            {counter, {"I64", {}, std::string_view(values).substr(8)}}});
}

inline std::vector<Parser> Parsers() {
  using testing::FromHex;
  namespace g = goldens;
  return {
      {"idx", [](auto bytes) { ParseIdx(bytes, "fuzz"); }, {IdxSeed(), FromHex(g::kGzip)}},
      {"gzip", [](auto bytes) { Gunzip(bytes, 1 << 20, "fuzz"); }, {FromHex(g::kGzip)}},
      {"cifar",
       [](auto bytes) {
         LabelledImages out;
         AppendCifar10(bytes, "fuzz", out);
       },
       {std::string(kCifarRecord, '\3'), std::string(2 * kCifarRecord, '\1')}},
      {"cifar100",
       [](auto bytes) {
         LabelledImages out;
         AppendCifar100(bytes, "fuzz", out);
       },
       {std::string(kCifar100Record, '\3')}},
      {"ppm",
       [](auto bytes) { RequireWhole(ParsePpm(bytes, "fuzz")); },
       {"P5 2 2 255\nabcd", "P6\n# a comment\n1 2\n3\n\1\2\3\1\2\3"}},
      {"png",
       [](auto bytes) { RequireWhole(ParsePng(bytes, "fuzz")); },
       {FromHex(g::kPngRgb), FromHex(g::kPngPalette), FromHex(g::kPng16)}},
      {"jpeg",
       [](auto bytes) { RequireWhole(ParseJpeg(bytes, "fuzz")); },
       {FromHex(g::kJpegRgb), FromHex(g::kJpegProgressive), FromHex(g::kJpegGrey)}},
      {"image_file",
       [](auto bytes) { RequireWhole(ParseImage(bytes, "fuzz")); },
       {FromHex(g::kPngGrey), FromHex(g::kJpegGrey), "P5 1 1 255\na"}},
      {"exif",
       [](auto bytes) {
         const int told = ExifOrientation(bytes);
         if (told < 1 || told > 8) throw std::logic_error("no orientation");
       },
       {FromHex("ffd8ffe10022 457869660000 4d4d002a00000008 0001 0112000300000001 0008000000000000 "
                "ffda")}},
      {"csv",
       [](auto bytes) { ParseCsv(bytes, ';', "fuzz"); },
       {"a;b\n1;2\n", "a;\"b;\"\"c\"\r\n1;\"2\n3\"\r\n"}},
      {"safetensors", RoundTrip, {SafetensorsSeed()}},
      {"model_file",
       FitToNetwork,
       {ModelSeed("stem.weight", "group1.0.bn1.num_batches_tracked"),
        ModelSeed("module.conv1.weight", "module.block1.layer.0.bn1.num_batches_tracked")}},
      {"json",
       [](auto bytes) { ParseJson(bytes, "fuzz"); },
       {R"({"a":[1,2.5,"x"],"b":null})"},
       Grammar::kJson},
  };
}

// Only Error is caught.
inline void Feed(const Parser& parser, std::string_view bytes) {
  try {
    parser.parse(bytes);
  } catch (const Error&) {
  }
}

}  // namespace dfkd::fuzz
