// Tables as text: one record a line, fields parted by ',' or ';', optionally quoted ("" is a quote
// inside).
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dfkd {

struct CsvTable {
  std::string origin;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header

  // Index of a column. Throws Error listing the columns there are.
  size_t Column(const std::string& name) const;
  // A field as a whole number in [lowest, highest]. Throws Error naming row and column.
  int64_t Integer(size_t row, size_t column, int64_t lowest, int64_t highest) const;
};

// The first record is the header. Line ends may be LF or CRLF, empty lines are skipped. Throws
// Error naming the line on a header that is parted by the other delimiter, on a record of another
// length and on a quote that is out of place or never closed; at most 256 columns.
CsvTable ParseCsv(std::string_view text, char delimiter, const std::string& origin);
// The same of a file of at most 64 MiB.
CsvTable ReadCsv(const std::filesystem::path& file, char delimiter);

}  // namespace dfkd
