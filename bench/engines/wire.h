// What runner and worker say to each other: JSON lines over a file descriptor.
#pragma once
#include <optional>
#include <string>

#include "bench/core/json.h"

namespace dfkd {

// Cuts what arrives into lines.
class LineBuffer {
 public:
  // Reads once; false at the end of the stream. A descriptor that would block counts as no news.
  bool Fill(int descriptor);
  // Without its newline.
  std::optional<std::string> Next();

 private:
  std::string bytes_;
};

// False if nobody reads any more. SIGPIPE must be ignored.
bool WriteLine(int descriptor, const Json& message);

}  // namespace dfkd
