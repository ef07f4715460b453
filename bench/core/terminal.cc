#include "bench/core/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace dfkd {
namespace {

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool MayRedraw(std::FILE* out) {
  const auto kind = Variable("TERM");
  return ::isatty(::fileno(out)) == 1 && !kind.empty() && kind != "dumb";
}

bool MayColour(std::FILE* out) { return MayRedraw(out) && Variable("NO_COLOR").empty(); }

}  // namespace dfkd
