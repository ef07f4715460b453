#include "bench/engines/wire.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace dfkd {

bool LineBuffer::Fill(int descriptor) {
  std::array<char, 65536> block;
  const ssize_t got = ::read(descriptor, block.data(), block.size());
  if (got > 0) bytes_.append(block.data(), static_cast<size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

std::optional<std::string> LineBuffer::Next() {
  const size_t end = bytes_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  return line;
}

bool WriteLine(int descriptor, const Json& message) {
  // Messages of exceptions may hold any bytes; a worker must not die of telling.
  const auto text = message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t wrote = ::write(descriptor, text.data() + sent, text.size() - sent);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    sent += static_cast<size_t>(wrote);
  }
  return true;
}

}  // namespace dfkd
