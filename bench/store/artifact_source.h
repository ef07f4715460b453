// Where artifacts can be had that are missing here: what a run asks before it computes.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dfkd {

struct SourceProgress {
  size_t looked_at = 0, total = 0, fetched = 0;
  uint64_t bytes = 0;  // of what was fetched, or is being
};

class ArtifactSource {
 public:
  virtual ~ArtifactSource() = default;

  // Tries to bring each of these into the store, and returns how many it brought; which, the store
  // says. Whatever goes wrong is a warning, never an Error. `tick` is called a few times a second
  // from the calling thread; once it returns false, no more is begun, and what was begun is left
  // to be continued.
  virtual size_t Fetch(const std::vector<std::string>& refs,
                       const std::function<bool(const SourceProgress&)>& tick) = 0;

  // What did not come although somebody has it, or may have, as it gave other things: it was wrong,
  // and nobody else gave it rightly; others were at it in this store, and may be still; or the
  // remote did not answer any more.
  virtual std::vector<std::string> Outstanding() const = 0;

  // When it is worth to ask again for what it was not able to ask for; nullopt if there is no such
  // thing.
  virtual std::optional<std::chrono::steady_clock::time_point> AskAgain() const = 0;
};

}  // namespace dfkd
