// The safetensors format: 8 bytes header size, a JSON header, then the raw little-endian values.
// Nothing in a file is ever executed, so a stranger's model can be opened. LibTorch-free; nn/ turns
// entries into tensors.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dfkd {

// One tensor. `dtype` is F64, F32, F16, BF16, I64, I32, U8 or BOOL; bytes.size() is product(shape)
// * its size.
struct TensorBytes {
  std::string dtype;
  std::vector<int64_t> shape;  // empty for a scalar
  std::string_view bytes;
};

// Bytes of one value. Throws Error listing the known types on another.
uint64_t SizeOfType(const std::string& dtype);

using TensorMap = std::map<std::string, TensorBytes>;
using TensorMetadata = std::map<std::string, std::string>;

// Values in order of falling size, then name, so that every tensor is aligned and equal content
// gives equal bytes.
std::string EncodeSafetensors(const TensorMap& tensors, const TensorMetadata& metadata = {});
void WriteSafetensors(const std::filesystem::path& file, const TensorMap& tensors,
                      const TensorMetadata& metadata = {});

// A file's content. The tensors' bytes point into memory that it owns, so copies are cheap and
// share it; bytes of foreign files may be unaligned (memcpy them).
struct Safetensors {
  TensorMap tensors;
  TensorMetadata metadata;
  std::shared_ptr<const std::string> storage;
};

// Throws Error, before anything is allocated for it, on: a header above 100 MB or beyond the file,
// anything but the format's fields, duplicate names, unknown types, shapes that overflow or do not
// fit their offsets, offsets that overlap, leave holes or leave bytes over.
Safetensors ParseSafetensors(std::string bytes, const std::string& origin);
// The same of a file of at most 4 GiB.
Safetensors ReadSafetensors(const std::filesystem::path& file);

}  // namespace dfkd
