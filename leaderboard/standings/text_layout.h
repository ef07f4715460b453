// Text for a screen.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace dfkd {

// Rows in columns that are as wide as they need to be: the first to the left, the others to the
// right. A row of one text is a heading, which takes no column; one of none is an empty line.
std::string AlignedText(const std::vector<std::vector<std::string>>& rows);

// Of the lines of a text the longest, in bytes.
size_t WidestLine(const std::string& text);

// With every line that is longer broken between words, if it has any; what follows is indented by
// two. `text` ends in a line break.
std::string Wrapped(const std::string& text, size_t columns);

}  // namespace dfkd
