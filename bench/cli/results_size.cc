#include "bench/cli/results_size.h"

#include <algorithm>

#include "bench/core/error.h"
#include "bench/store/catalog.h"

namespace dfkd::cli {
namespace {

// Of the folder, today and with these texts.
struct Bytes {
  uint64_t now = 0, then = 0;
};

Bytes BytesOf(const std::filesystem::path& folder, const TextsOfFiles& texts) {
  const auto now = BytesBelow(folder);
  auto then = now;
  for (const auto& [file, text] : texts) then += text.size() - BytesBelow(file);
  return {now, then};
}

}  // namespace

bool HasRoom(const std::filesystem::path& folder, const TextsOfFiles& texts) {
  const auto bytes = BytesOf(folder, texts);
  return bytes.then <= std::max(bytes.now, kMostBytesInAll);
}

void RequireRoom(const std::filesystem::path& folder, const TextsOfFiles& texts) {
  if (HasRoom(folder, texts)) return;
  throw MakeError(
      "{}: would take {} bytes with these results, at most {} are allowed; nothing was written "
      "(docs/nightly.md says what fits)",
      folder.string(), BytesOf(folder, texts).then, kMostBytesInAll);
}

}  // namespace dfkd::cli
