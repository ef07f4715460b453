// What the schema of a reference cannot say: sources that nobody explains.
#include <fmt/format.h>

#include "bench/scores/validate.h"

namespace dfkd {

std::vector<Problem> CheckReference(const Json& reference, const std::filesystem::path& file) {
  std::vector<Problem> problems;
  for (size_t t = 0; t < reference["tables"].size(); ++t) {
    const auto& rows = reference["tables"][t]["rows"];
    for (size_t r = 0; r < rows.size(); ++r) {
      for (const auto& tag : rows[r]["sources"]) {
        if (reference["sources"].contains(tag.get<std::string>())) continue;
        problems.push_back({file, fmt::format("/tables/{}/rows/{}/sources", t, r),
                            fmt::format("source {} is not explained in /sources", tag.dump())});
      }
    }
  }
  return problems;
}

}  // namespace dfkd
