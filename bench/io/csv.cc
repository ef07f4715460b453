#include "bench/io/csv.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "bench/core/error.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

constexpr uint64_t kLargestFile = uint64_t{64} << 20;
constexpr size_t kMostColumns = 256;

// Reads one record at a time from the front of `text`.
class Records {
 public:
  Records(std::string_view text, char delimiter, const std::string& origin)
      : rest_(text), delimiter_(delimiter), origin_(origin) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  // False at the end of the text.
  bool Next(std::vector<std::string>& fields) {
    while (SkipLineEnd()) {
    }
    fields.clear();
    if (rest_.empty()) return false;
    record_line_ = line_;
    do {
      if (fields.size() == kMostColumns) throw Malformed("more than 256 columns");
      fields.push_back(rest_.starts_with('"') ? Quoted() : Plain());
    } while (SkipDelimiter());
    if (!rest_.empty() && !SkipLineEnd()) throw Malformed("text after a closing quote");
    return true;
  }

  Error Malformed(const std::string& problem) const {
    return MakeError("{}: line {}: {}", origin_, record_line_, problem);
  }

 private:
  bool SkipLineEnd() {
    const size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(size);
    line_ += size > 0;
    return size > 0;
  }

  bool SkipDelimiter() {
    if (!rest_.starts_with(delimiter_)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string Plain() {
    size_t end = rest_.find_first_of(std::string{delimiter_, '\n', '"'});
    if (end == std::string_view::npos) end = rest_.size();
    if (end < rest_.size() && rest_[end] == '"') throw Malformed("a quote inside a plain field");
    const bool carriage_return =
        end > 0 && end < rest_.size() && rest_[end] == '\n' && rest_[end - 1] == '\r';
    const std::string field(rest_.substr(0, end - carriage_return));
    rest_.remove_prefix(field.size());
    return field;
  }

  std::string Quoted() {
    std::string field;
    while (true) {
      rest_.remove_prefix(1);  // the opening quote, or the second of a pair
      const size_t end = rest_.find('"');
      if (end == std::string_view::npos) throw Malformed("a quote is never closed");
      field += rest_.substr(0, end);
      line_ += std::count(rest_.begin(), rest_.begin() + end, '\n');
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) return field;
      field += '"';
    }
  }

  std::string_view rest_;
  char delimiter_;
  const std::string& origin_;
  size_t line_ = 1, record_line_ = 1;
};

}  // namespace

size_t CsvTable::Column(const std::string& name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) {
    throw MakeError("{}: has no column '{}'; columns: {}", origin, name, fmt::join(header, ", "));
  }
  return found - header.begin();
}

int64_t CsvTable::Integer(size_t row, size_t column, int64_t lowest, int64_t highest) const {
  const std::string& field = rows.at(row).at(column);
  int64_t value = 0;
  const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (code != std::errc() || end != field.data() + field.size() || value < lowest ||
      value > highest) {
    throw MakeError("{}: record {}: {} = '{}' must be a whole number in [{}, {}]", origin, row + 1,
                    header[column], field, lowest, highest);
  }
  return value;
}

CsvTable ParseCsv(std::string_view text, char delimiter, const std::string& origin) {
  DFKD_CHECK(delimiter == ',' || delimiter == ';');
  Records records(text, delimiter, origin);
  CsvTable table{origin, {}, {}};
  if (!records.Next(table.header)) throw MakeError("{}: is empty; a header was expected", origin);
  const char other = delimiter == ',' ? ';' : ',';
  if (table.header.size() == 1 && table.header.front().find(other) != std::string::npos)
    throw records.Malformed(
        fmt::format("fields must be parted by '{}', not '{}'", delimiter, other));
  std::vector<std::string> fields;
  while (records.Next(fields)) {
    if (fields.size() != table.header.size()) {
      throw records.Malformed(
          fmt::format("{} fields where the header has {}", fields.size(), table.header.size()));
    }
    table.rows.push_back(fields);
  }
  return table;
}

CsvTable ReadCsv(const std::filesystem::path& file, char delimiter) {
  return ParseCsv(ReadBytes(file, kLargestFile), delimiter, file.string());
}

}  // namespace dfkd
