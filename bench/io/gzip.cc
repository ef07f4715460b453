#include "bench/io/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "bench/core/error.h"

namespace dfkd {
namespace {

// zlib counts in 32 bits, so bytes go in and out in blocks.
constexpr size_t kBlock = size_t{1} << 30;
constexpr size_t kFirstOutput = size_t{1} << 16;

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    DFKD_CHECK(inflateInit2(&stream_, kGzipOnly) == Z_OK);
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // One call of zlib: takes from `in`, fills `out` from `filled` on. Returns zlib's verdict.
  int Step(std::string_view& in, std::string& out, size_t& filled) {
    const size_t offered = std::min(in.size(), kBlock);
    const size_t room = std::min(out.size() - filled, kBlock);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(offered);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream_.avail_out = static_cast<uInt>(room);
    const int verdict = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(offered - stream_.avail_in);
    filled += room - stream_.avail_out;
    return verdict;
  }
  void NextMember() { DFKD_CHECK(inflateReset(&stream_) == Z_OK); }
  const char* message() const { return stream_.msg ? stream_.msg : "invalid data"; }

 private:
  z_stream stream_{};
};

}  // namespace

bool IsGzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1f\x8b"; }

std::string Gunzip(std::string_view bytes, uint64_t limit, const std::string& origin) {
  Inflater inflater;
  std::string out;
  size_t filled = 0;
  while (true) {
    // One byte beyond the limit tells "exactly at the limit" from "more".
    if (filled == out.size()) {
      if (filled > limit) throw MakeError("{}: inflates to more than {} bytes", origin, limit);
      const uint64_t wanted = std::max<uint64_t>(kFirstOutput, 2 * out.size());
      out.resize(std::min<uint64_t>(limit + 1, wanted));
    }
    const int verdict = inflater.Step(bytes, out, filled);
    if (verdict == Z_STREAM_END && bytes.empty()) break;
    if (verdict == Z_STREAM_END) {
      inflater.NextMember();
    } else if (verdict == Z_BUF_ERROR ||
               (verdict == Z_OK && bytes.empty() && filled < out.size())) {
      throw MakeError("{}: gzip data ends too early", origin);
    } else if (verdict != Z_OK) {
      throw MakeError("{}: corrupt gzip data: {}", origin, inflater.message());
    }
  }
  if (filled > limit) throw MakeError("{}: inflates to more than {} bytes", origin, limit);
  out.resize(filled);
  return out;
}

}  // namespace dfkd
