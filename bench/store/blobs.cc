#include "bench/store/blobs.h"

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/file.h"

namespace dfkd {

std::filesystem::path BlobFile(const std::filesystem::path& root, const std::string& sha256) {
  return root / "files" / sha256.substr(0, 2) / (sha256 + ".safetensors");
}

void KeepBlob(const std::filesystem::path& root, const std::string& sha256,
              std::string_view bytes) {
  const auto file = BlobFile(root, sha256);
  if (!std::filesystem::exists(file)) WriteFileAtomically(file, bytes);
}

std::string ReadBlob(const std::filesystem::path& root, const std::string& sha256) {
  const auto file = BlobFile(root, sha256);
  auto bytes = ReadBytes(file);
  if (const auto found = Sha256Hex(bytes); found != sha256) {
    throw MakeError(FailureClass::kIo, "{}: sha256 is {}, expected {}; delete it and run again",
                    file.string(), found, sha256);
  }
  return bytes;
}

}  // namespace dfkd
