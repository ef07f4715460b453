#include "leaderboard/standings/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace dfkd {
namespace {

std::vector<size_t> WidthsOf(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    if (row.size() < 2) continue;
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

// A word that is longer than a line stays whole.
std::string WrappedLine(std::string line, size_t columns) {
  constexpr char kIndent[] = "  ";
  std::string text;
  while (line.size() > columns) {
    auto at = line.rfind(' ', columns);
    const auto first = line.find_first_not_of(' ');
    if (at == line.npos || at < first) at = line.find(' ', first);
    if (at == line.npos) break;
    text += line.substr(0, at) + '\n';
    line = kIndent + line.substr(at + 1);
  }
  return text + line + '\n';
}

}  // namespace

std::string AlignedText(const std::vector<std::vector<std::string>>& rows) {
  const auto widths = WidthsOf(rows);
  std::string text;
  for (const auto& row : rows) {
    const bool columns = row.size() > 1;
    if (columns) text += fmt::format("{:<{}}", row[0], widths[0]);
    if (row.size() == 1) text += row[0];
    for (size_t i = 1; i < row.size(); ++i) text += fmt::format("  {:>{}}", row[i], widths[i]);
    text += '\n';
  }
  return text;
}

size_t WidestLine(const std::string& text) {
  std::istringstream lines(text);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

std::string Wrapped(const std::string& text, size_t columns) {
  std::istringstream lines(text);
  std::string wrapped;
  for (std::string line; std::getline(lines, line);) wrapped += WrappedLine(line, columns);
  return wrapped;
}

}  // namespace dfkd
