// Every parser as a function of bytes, with seeds: what the fuzz targets and the replay test
// (tests/io) feed. A parser may throw dfkd::Error; whatever else happens (another exception, a
// crash, a sanitizer report) is a bug.
#pragma once
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/core/network_name.h"
#include "bench/core/options.h"
#include "bench/core/printable.h"
#include "bench/io/bytes.h"
#include "bench/io/cifar.h"
#include "bench/io/csv.h"
#include "bench/io/exif.h"
#include "bench/io/gzip.h"
#include "bench/io/idx.h"
#include "bench/io/image_file.h"
#include "bench/io/jpeg.h"
#include "bench/io/model_file.h"
#include "bench/io/picture_folder.h"
#include "bench/io/picture_pack.h"
#include "bench/io/png.h"
#include "bench/io/ppm.h"
#include "bench/io/safetensors.h"
#include "tests/fuzz/archives.h"
#include "tests/fuzz/http.h"
#include "tests/fuzz/scratch.h"
#include "tests/io/goldens.h"
#include "tests/io/hex.h"

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

// The option `imported` of distillers: a stranger's file of pictures.
inline void UnpackImported(std::string_view bytes) {
  const auto file = ParseSafetensors(std::string(bytes), "fuzz");
  if (!HoldsPictures(file)) throw MakeError("fuzz: holds no pictures");
  const auto pictures = UnpackPictures(file, {3, 8});
  if (pictures.size() != file.tensors.size()) throw std::logic_error("another number of pictures");
  for (const auto& picture : pictures) RequireWhole(picture);
}

inline std::string ImportedSeed() {
  const std::string grey = "P5 2 2 255\nabcd", colour = "P6\n1 2\n3\n\1\2\3\1\2\3";
  return EncodeSafetensors({{"0/a.pgm", {"U8", {static_cast<int64_t>(grey.size())}, grey}},
                            {"1/b.ppm", {"U8", {static_cast<int64_t>(colour.size())}, colour}}},
                           {{"content", "pictures"}});
}

// Each line names a picture of its own, "class/name"; names that lead out of the folder, or that no
// file system takes, are passed over.
inline void WriteNamedPictures(std::string_view lines, const std::filesystem::path& folder) {
  constexpr size_t kMostNames = 32, kLongestName = 250;
  for (size_t number = 0; number < kMostNames && !lines.empty(); ++number) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::filesystem::path name{std::string(line)};
    const bool leaves = std::find(name.begin(), name.end(), "..") != name.end();
    const bool has_nul = line.find('\0') != line.npos;
    if (name.is_absolute() || leaves || has_nul || line.size() > kLongestName) continue;
    std::error_code refused;
    std::filesystem::create_directories((folder / name).parent_path(), refused);
    if (refused) continue;
    std::ofstream(folder / name, std::ios::binary) << "P5 1 1 255\n" << static_cast<char>(number);
  }
}

inline void ReadNamedPictures(std::string_view bytes) {
  const auto folder = EmptyScratch("named");
  WriteNamedPictures(bytes, folder);
  const auto classes = ClassFolders(folder, "fuzz");
  (void)LookAlikes(classes, classes);
  const auto read = ReadPictures(folder, classes, {3, 4}, "fuzz");
  if (read.images.size() != read.labels.size()) throw std::logic_error("labels of no picture");
  for (const auto label : read.labels) {
    if (label < 0 || label >= static_cast<int64_t>(classes.size()))
      throw std::logic_error("a label of no class");
  }
  UnpackImported(PackPictures(folder, "fuzz"));
}

// Text of strangers as it is shown.
inline void ShowText(std::string_view bytes) {
  for (const auto& shown : {Printable(bytes), PrintableLines(bytes)}) {
    if (!IsUtf8(shown)) throw std::logic_error("not UTF-8");
    if (shown.find_first_of("\r\t\x1b\x7f") != shown.npos)
      throw std::logic_error("a control character");
  }
  if (Printable(bytes).find('\n') != std::string::npos) throw std::logic_error("several lines");
  RequireUtf8(bytes, "fuzz");
}

// One option of each type.
struct AnyOptions {
  bool flag;
  int64_t count;
  double rate;
  std::string word, text;
  static void Declare(OptionTable<AnyOptions>& o) {
    o.Add("flag", &AnyOptions::flag, {.initial = false}, "a flag");
    o.Add("count", &AnyOptions::count, {.initial = 4, .lowest = 1}, "a count");
    o.Add("rate", &AnyOptions::rate, {.initial = 0.5, .lowest = 0, .highest = 1}, "a rate");
    o.Add("word", &AnyOptions::word, {.initial = "one", .allowed = {"one", "true"}}, "a word");
    o.Add("text", &AnyOptions::text, {.initial = ""}, "a text");
  }
};

// The options of a plugin in a matrix.
inline void ReadOptions(std::string_view bytes) {
  const auto& table = TableOf<AnyOptions>();
  const Json resolved = ResolveOptions(table.cards(), ParseJson(bytes, "fuzz"), "fuzz");
  if (ResolveOptions(table.cards(), resolved, "again") != resolved)
    throw std::logic_error("other options when they are resolved again");
  const auto options = table.Read(resolved);
  const bool allowed = options.count >= 1 && options.rate >= 0 && options.rate <= 1 &&
                       (options.word == "one" || options.word == "true");
  if (!allowed) throw std::logic_error("an option that is not allowed");
}

inline std::vector<Parser> ImageParsers() {
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
  };
}

inline std::vector<Parser> TextParsers() {
  return {
      {"csv",
       [](auto bytes) { ParseCsv(bytes, ';', "fuzz"); },
       {"a;b\n1;2\n", "a;\"b;\"\"c\"\r\n1;\"2\n3\"\r\n"}},
      {"safetensors", RoundTrip, {SafetensorsSeed()}},
      {"model_file",
       FitToNetwork,
       {ModelSeed("stem.weight", "group1.0.bn1.num_batches_tracked"),
        ModelSeed("module.conv1.weight", "module.block1.layer.0.bn1.num_batches_tracked")}},
      {"imported", UnpackImported, {ImportedSeed()}},
      {"named_pictures",
       ReadNamedPictures,
       {"0/a.pgm\n1/b.pgm\n10/c.pgm", "\xc3\xbc/a.pgm\nu\xcc\x88/b.pgm\nx/\xc3\xa9.PGM"}},
      {"network_name",
       [](auto bytes) { ParseNetworkName(std::string(bytes)); },
       {"wrn-16-2-s2", "vgg-s-16", "resnet-18"}},
      {"printable", ShowText, {"one\n  two \xc3\xbc", "\x1b[1m\xe2\x80\xae\xff\r"}},
      {"options",
       ReadOptions,
       {R"({"count":3.0,"flag":true,"rate":1,"text":"a","word":true})"},
       Grammar::kJson},
      {"archive", UnpackAnything, ArchiveSeeds()},
      {"http", TakeAnswer, HttpSeeds()},
      {"json",
       [](auto bytes) { ParseJson(bytes, "fuzz"); },
       {R"({"a":[1,2.5,"x"],"b":null})"},
       Grammar::kJson},
  };
}

inline std::vector<Parser> Parsers() {
  auto parsers = ImageParsers();
  for (auto& parser : TextParsers()) parsers.push_back(std::move(parser));
  return parsers;
}

// Only Error is caught.
inline void Feed(const Parser& parser, std::string_view bytes) {
  try {
    parser.parse(bytes);
  } catch (const Error&) {
  }
}

}  // namespace dfkd::fuzz
