#include "bench/io/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <set>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/io/bytes.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

constexpr uint64_t kLargestHeader = 100'000'000;  // the format's own limit
constexpr size_t kMostDimensions = 16;
constexpr const char* kMetadataName = "__metadata__";

struct Type {
  const char* name;
  uint64_t size;
};
constexpr std::array<Type, 8> kTypes = {{{"F64", 8},
                                         {"F32", 4},
                                         {"F16", 2},
                                         {"BF16", 2},
                                         {"I64", 8},
                                         {"I32", 4},
                                         {"U8", 1},
                                         {"BOOL", 1}}};

// 0 if no type has this name.
uint64_t SizeOrZero(const std::string& dtype) {
  for (const Type& type : kTypes) {
    if (dtype == type.name) return type.size;
  }
  return 0;
}

Error UnknownType(const std::string& dtype) {
  return MakeError("type '{}' must be one of F64, F32, F16, BF16, I64, I32, U8, BOOL", dtype);
}

uint64_t BytesOf(const std::string& dtype, const std::vector<int64_t>& shape,
                 const std::string& where) {
  const uint64_t size = SizeOrZero(dtype);
  if (size == 0) throw MakeError("{}: {}", where, UnknownType(dtype).what());
  return size * CheckedProduct(shape, std::numeric_limits<int64_t>::max() / size, where);
}

struct HeaderEntry {
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<int64_t> offsets;  // [begin, end) in the values
  std::set<std::string> seen;    // its keys
};

// Takes exactly the header's grammar and stops at the first token outside it: a hostile header
// costs no more memory than an honest one, and a name given twice is noticed, which a JSON tree
// would hide.
class HeaderHandler : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderHandler(std::string origin) : origin_(std::move(origin)) {}

  // The format's own reader takes "__metadata__": null as none.
  bool null() override {
    if (depth_ != 1 || key_ != kMetadataName) throw Unexpected("null");
    return true;
  }
  bool boolean(bool) override { throw Unexpected("true or false"); }
  bool number_float(double, const std::string& text) override { throw Unexpected(text); }
  bool number_integer(int64_t value) override { throw Unexpected(std::to_string(value)); }
  bool binary(Json::binary_t&) override { throw Unexpected("binary data"); }

  bool number_unsigned(uint64_t value) override {
    if (!in_list_ || value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      throw Unexpected(std::to_string(value));
    }
    auto& list = key_ == "shape" ? entry_->shape : entry_->offsets;
    const size_t most = key_ == "shape" ? kMostDimensions : 2;
    if (list.size() == most) throw Unexpected(fmt::format("more than {} numbers", most));
    list.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool string(std::string& text) override {
    if (depth_ == 2 && !in_list_ && in_metadata_) {
      metadata_[key_] = text;
    } else if (depth_ == 2 && !in_list_ && key_ == "dtype") {
      entry_->dtype = text;
    } else {
      throw Unexpected("text");
    }
    return true;
  }

  bool start_object(size_t) override {
    if (depth_ == 2 || in_list_) throw Unexpected("an object");
    in_metadata_ = depth_ == 1 && key_ == kMetadataName;
    entry_ = depth_ == 1 && !in_metadata_ ? &entries_[key_] : nullptr;
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }

  bool key(std::string& text) override {
    key_ = text;
    if (depth_ == 2 && entry_ && text != "dtype" && text != "shape" && text != "data_offsets") {
      throw MakeError("{}: tensor field '{}' is unknown; known: dtype, shape, data_offsets",
                      origin_, text);
    }
    auto& seen = depth_ == 1 ? names_ : in_metadata_ ? metadata_keys_ : entry_->seen;
    if (!seen.insert(text).second) throw MakeError("{}: '{}' is given twice", origin_, text);
    return true;
  }

  bool start_array(size_t) override {
    const bool expected = depth_ == 2 && entry_ && !in_list_ && key_ != "dtype";
    if (!expected) throw Unexpected("a list");
    in_list_ = true;
    return true;
  }
  bool end_array() override {
    in_list_ = false;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    throw MakeError("{}: the header is not JSON (at byte {})", origin_, position);
  }

  const std::map<std::string, HeaderEntry>& entries() const { return entries_; }
  const TensorMetadata& metadata() const { return metadata_; }

 private:
  Error Unexpected(const std::string& what) const {
    return MakeError("{}: {} is out of place in the header, after key '{}'", origin_, what, key_);
  }

  const std::string origin_;
  std::map<std::string, HeaderEntry> entries_;
  std::set<std::string> names_, metadata_keys_;
  TensorMetadata metadata_;
  HeaderEntry* entry_ = nullptr;
  std::string key_;
  int depth_ = 0;
  bool in_metadata_ = false, in_list_ = false;
};

void RequireConsistent(const std::string& where, const HeaderEntry& entry, uint64_t size) {
  if (entry.seen.size() != 3 || entry.offsets.size() != 2) {
    throw MakeError("{}: needs dtype, shape and two data_offsets", where);
  }
  const int64_t begin = entry.offsets[0], end = entry.offsets[1];
  if (begin > end || static_cast<uint64_t>(end) > size) {
    throw MakeError("{}: offsets [{}, {}) must lie in the {} bytes of values", where, begin, end,
                    size);
  }
  const uint64_t expected = BytesOf(entry.dtype, entry.shape, where);
  if (static_cast<uint64_t>(end - begin) != expected) {
    throw MakeError("{}: {} of shape [{}] takes {} bytes, not {}", where, entry.dtype,
                    fmt::join(entry.shape, ", "), expected, end - begin);
  }
}

// Sorted by place, every tensor must begin where the one before ended.
void RequireContiguous(const std::map<std::string, HeaderEntry>& entries, uint64_t size,
                       const std::string& origin) {
  std::vector<std::pair<int64_t, int64_t>> spans;
  for (const auto& [name, entry] : entries) spans.emplace_back(entry.offsets[0], entry.offsets[1]);
  std::sort(spans.begin(), spans.end());
  int64_t end = 0;
  for (const auto& span : spans) {
    if (span.first != end) {
      throw MakeError("{}: values overlap or leave a hole at byte {}", origin, span.first);
    }
    end = span.second;
  }
  if (static_cast<uint64_t>(end) != size) {
    throw MakeError("{}: {} bytes of values, but tensors for {}", origin, size, end);
  }
}

// Names by falling size of type, then alphabetically.
std::vector<std::string> WritingOrder(const TensorMap& tensors) {
  std::vector<std::string> order;
  for (const auto& [name, tensor] : tensors) order.push_back(name);
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return SizeOfType(tensors.at(a).dtype) > SizeOfType(tensors.at(b).dtype);
  });
  return order;
}

std::string PaddedHeader(const Json& header) {
  try {
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  } catch (const Json::exception& e) {  // names must be UTF-8
    throw MakeError("cannot write safetensors: {}", e.what());
  }
}

// What models and arrays of other software begin with.
struct Format {
  std::string_view magic;
  const char* name;
};
constexpr Format kForeign[] = {
    {"version https://git-lfs", "a Git LFS pointer: `git lfs pull` brings the file"},
    {"\x80", "a Python pickle, as old .pt and .pth files are"},
    {"GGUF", "GGUF, as llama.cpp reads it"},
    {"\x89HDF\r\n\x1a\n", "HDF5, as Keras and MATLAB write it"},
    {"\x93NUMPY", "a NumPy array (.npy)"},
    {"\x1f\x8b", "compressed with gzip"},
    {"\xfd\x37zXZ", "compressed with xz"},
    {"BZh", "compressed with bzip2"},
    {"\x28\xb5\x2f\xfd", "compressed with Zstandard"},
    {"<", "HTML or XML"}};

// A zip archive names its first file right behind a header of 30 bytes.
const char* KindOfZip(std::string_view bytes) {
  constexpr size_t kHeader = 30, kLongestName = 256;
  const auto name = bytes.substr(std::min(kHeader, bytes.size()), kLongestName);
  return name.find(".npy") != name.npos ? "a zip archive of NumPy arrays (.npz)"
                                        : "a zip archive, as PyTorch's .pt and .pth are";
}

// Protocol buffers have no magic; a model begins with the version of its format and the name, or
// the version, of what wrote it, or with the graph.
bool MayBeOnnx(std::string_view bytes) {
  constexpr std::string_view kNext = "\x12\x1a\x3a";
  return bytes.size() > 2 && bytes[0] == '\x08' && bytes[1] > 0 && bytes[1] < 32 &&
         kNext.find(bytes[2]) != kNext.npos;
}

// Null: nobody knows.
const char* ForeignFormat(std::string_view bytes) {
  if (bytes.starts_with("PK\3\4")) return KindOfZip(bytes);
  for (const auto& format : kForeign) {
    if (bytes.starts_with(format.magic)) return format.name;
  }
  return MayBeOnnx(bytes) ? "ONNX, by its beginning" : nullptr;
}

// Of a foreign file the first bytes are any number, which helps nobody.
uint64_t HeaderSize(ByteReader& reader, std::string_view bytes, const std::string& origin) {
  const uint64_t size = reader.LittleEndian64("the size of the header");
  const bool begins = reader.rest().starts_with('{');
  if (begins && size <= kLargestHeader) return size;
  if (const char* format = begins ? nullptr : ForeignFormat(bytes)) {
    throw MakeError("{}: is not a safetensors file but {}; docs/distill.md says how to write one",
                    origin, format);
  }
  if (size <= kLargestHeader) return size;
  throw MakeError("{}: header of {} bytes; at most {} are read: not a safetensors file?", origin,
                  size, kLargestHeader);
}

}  // namespace

uint64_t SizeOfType(const std::string& dtype) {
  const uint64_t size = SizeOrZero(dtype);
  if (size == 0) throw UnknownType(dtype);
  return size;
}

std::string EncodeSafetensors(const TensorMap& tensors, const TensorMetadata& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadataName] = metadata;
  uint64_t size = 0;
  const auto order = WritingOrder(tensors);
  for (const std::string& name : order) {
    const TensorBytes& tensor = tensors.at(name);
    DFKD_CHECK(name != kMetadataName && tensor.shape.size() <= kMostDimensions);
    DFKD_CHECK(tensor.bytes.size() == BytesOf(tensor.dtype, tensor.shape, name));
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {size, size + tensor.bytes.size()}}};
    size += tensor.bytes.size();
  }
  const std::string text = PaddedHeader(header);
  if (text.size() > kLargestHeader) {
    throw MakeError("cannot write safetensors: header of {} bytes", text.size());
  }
  std::string bytes;
  bytes.reserve(8 + text.size() + size);
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(text.size() >> shift);
  bytes += text;
  for (const std::string& name : order) bytes += tensors.at(name).bytes;
  return bytes;
}

void WriteSafetensors(const std::filesystem::path& file, const TensorMap& tensors,
                      const TensorMetadata& metadata) {
  WriteFileAtomically(file, EncodeSafetensors(tensors, metadata));
}

Safetensors ParseSafetensors(std::string bytes, const std::string& origin) {
  Safetensors parsed;
  parsed.storage = std::make_shared<const std::string>(std::move(bytes));
  ByteReader reader(*parsed.storage, origin);
  const uint64_t header_size = HeaderSize(reader, *parsed.storage, origin);
  const auto header = reader.Take(header_size, "the header");
  if (!header.starts_with('{')) throw MakeError("{}: is not a safetensors file", origin);
  HeaderHandler handler(origin);
  Json::sax_parse(header.begin(), header.end(), &handler);
  const std::string_view values = reader.rest();
  for (const auto& [name, entry] : handler.entries()) {
    RequireConsistent(fmt::format("{}: tensor '{}'", origin, name), entry, values.size());
    const auto span = values.substr(entry.offsets[0], entry.offsets[1] - entry.offsets[0]);
    parsed.tensors[name] = {entry.dtype, entry.shape, span};
  }
  RequireContiguous(handler.entries(), values.size(), origin);
  parsed.metadata = handler.metadata();
  return parsed;
}

Safetensors ReadSafetensors(const std::filesystem::path& file) {
  return ParseSafetensors(ReadBytes(file), file.string());
}

}  // namespace dfkd
