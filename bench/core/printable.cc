#include "bench/core/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "bench/core/error.h"

namespace dfkd {
namespace {

// Longer than the longest path with every byte escaped.
constexpr size_t kLongestLine = 20000;

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

// The first of a text that is not empty. Overlong forms, surrogates and what is above the last
// plane are not UTF-8.
CodePoint FirstOf(std::string_view text) {
  const auto first = static_cast<uint8_t>(text.front());
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  uint32_t value = first & (0x7fU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0U) != 0x80) return {};
    value = value << 6U | (next & 0x3fU);
  }
  constexpr std::array<uint32_t, 5> kLowest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLowest[bytes] || value > 0x10ffff || surrogate) return {};
  return {value, bytes};
}

// Controls, directions, blanks without width, separators of lines: first and last of each range.
bool IsInvisible(uint32_t value) {
  constexpr std::array<std::pair<uint32_t, uint32_t>, 10> kRanges = {{{0x00, 0x1f},
                                                                      {0x7f, 0x9f},
                                                                      {0xad, 0xad},
                                                                      {0x61c, 0x61c},
                                                                      {0x180e, 0x180e},
                                                                      {0x200b, 0x200f},
                                                                      {0x2028, 0x202e},
                                                                      {0x2060, 0x206f},
                                                                      {0xfeff, 0xfeff},
                                                                      {0xe0000, 0xe007f}}};
  return std::any_of(kRanges.begin(), kRanges.end(), [value](const auto& range) {
    return value >= range.first && value <= range.second;
  });
}

std::string Escaped(uint32_t value) {
  switch (value) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return value < 0x80 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{:04x}", value);
  }
}

}  // namespace

std::string Printable(std::string_view text, std::string_view kept) {
  std::string shown;
  size_t line = 0;  // where it begins
  while (!text.empty()) {
    if (!kept.empty() && text.starts_with(kept)) {
      shown += kept;
      line = shown.size();
      text.remove_prefix(kept.size());
      continue;
    }
    if (shown.size() - line >= kLongestLine) {
      shown += "…";
      const auto next = kept.empty() ? text.npos : text.find(kept);
      text.remove_prefix(std::min(next, text.size()));
      line = shown.size();
      continue;
    }
    const auto [value, bytes] = FirstOf(text);
    if (bytes == 0) {
      shown += fmt::format("\\x{:02x}", static_cast<uint8_t>(text.front()));
    } else if (IsInvisible(value)) {
      shown += Escaped(value);
    } else {
      shown += text.substr(0, bytes);
    }
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return shown;
}

std::string PrintableLines(std::string_view text) { return Printable(text, "\n  "); }

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = FirstOf(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

void RequireUtf8(std::string_view path, std::string_view what) {
  if (IsUtf8(path)) return;
  throw MakeError("{}: the name {} is not UTF-8; rename it", what, Printable(path));
}

}  // namespace dfkd
