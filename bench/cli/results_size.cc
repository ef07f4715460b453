#include "bench/cli/results_size.h"

#include "bench/core/error.h"
#include "bench/store/catalog.h"

namespace dfkd::cli {

void RequireRoom(const std::filesystem::path& folder,
                 const std::map<std::filesystem::path, std::string>& texts) {
  uint64_t old = 0, fresh = 0;
  for (const auto& [file, text] : texts) {
    old += BytesBelow(file);
    fresh += text.size();
  }
  const auto then = BytesBelow(folder) - old + fresh;
  if (fresh <= old || then <= kMostBytesInAll) return;
  throw MakeError(
      "{}: would take {} bytes with these results, at most {} are allowed; nothing was written "
      "(docs/nightly.md says what fits)",
      folder.string(), then, kMostBytesInAll);
}

}  // namespace dfkd::cli
