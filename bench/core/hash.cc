#include "bench/core/hash.h"

#include <openssl/evp.h>

#include <fstream>
#include <vector>

#include "bench/core/error.h"

namespace dfkd {
namespace {

// EVP_sha256() would be looked up anew, under a lock, for every digest.
const EVP_MD* FetchedSha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(md); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  DFKD_CHECK(EVP_DigestInit_ex(context_->md, FetchedSha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;

Sha256& Sha256::Update(const void* data, size_t size) {
  DFKD_CHECK(EVP_DigestUpdate(context_->md, data, size) == 1);
  return *this;
}

std::string Sha256::Hex() {
  unsigned char digest[32];
  DFKD_CHECK(EVP_DigestFinal_ex(context_->md, digest, nullptr) == 1);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * sizeof(digest));
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string Sha256Hex(std::string_view bytes) { return Sha256().Update(bytes).Hex(); }

std::string Sha256OfFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw MakeError(FailureClass::kIo, "{}: cannot be read", file.string());
  Sha256 digest;
  std::vector<char> block(1 << 20);
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    digest.Update(block.data(), in.gcount());
  }
  if (in.bad()) throw MakeError(FailureClass::kIo, "{}: read error", file.string());
  return digest.Hex();
}

}  // namespace dfkd
