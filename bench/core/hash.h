// SHA-256, through OpenSSL.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace dfkd {

// An incremental digest: Update as often as needed, Hex once. Not shared between threads.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& Update(const void* data, size_t size);
  Sha256& Update(std::string_view text) { return Update(text.data(), text.size()); }
  // 64 lower-case hexadecimal digits; ends the digest.
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string Sha256Hex(std::string_view bytes);
// Throws Error (io) if it cannot be read.
std::string Sha256OfFile(const std::filesystem::path& file);

}  // namespace dfkd
