// Reads the headers: what a declaration promises stands above it, not behind it.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

// A line in three: indentation, code, and the comment with its slashes.
struct Line {
  size_t indent = 0, column = 0;
  std::string code, comment;

  // Whether the comment stands behind code. Those that are made for tools do not count.
  bool Trails() const {
    return !code.empty() && !comment.empty() && !comment.starts_with("// namespace") &&
           !comment.starts_with("// NOLINT");
  }
};

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Where a comment begins that is not inside of a string or a character; else the length.
size_t CommentBegin(const std::string& text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '"' || (c == '\'' && (i == 0 || !IsWordCharacter(text[i - 1])))) {
      quote = c;
    } else if (text.compare(i, 2, "//") == 0) {
      return i;
    }
  }
  return text.size();
}

Line Parsed(const std::string& text) {
  Line line;
  line.column = CommentBegin(text);
  line.comment = text.substr(line.column);
  line.indent = std::min(text.find_first_not_of(' '), text.size());
  const auto end = text.substr(0, line.column).find_last_not_of(' ');
  if (end != std::string::npos) line.code = text.substr(line.indent, end + 1 - line.indent);
  return line;
}

bool EndsStatement(const Line& line) {
  if (line.code.empty()) return false;
  return line.code.starts_with("#") ||
         std::string_view(";{}:").find(line.code.back()) != std::string_view::npos;
}

// Whether it declares a function or a type, behind which no comment may stand. Statements of inline
// bodies differ by an assignment or a `return`.
bool Declares(const std::string& code) {
  for (const char* word : {"using ", "struct ", "class ", "enum ", "template <"}) {
    if (code.starts_with(word)) return true;
  }
  if (code.starts_with("return ") || code.starts_with("throw ")) return false;
  if (code.substr(0, code.find('(')).find(" = ") != std::string::npos) return false;
  for (const char* end :
       {");", ") const;", " = 0;", " override;", " noexcept;", " = default;", " = delete;"}) {
    if (code.ends_with(end) && code.find('(') != std::string::npos) return true;
  }
  return false;
}

// Whether the formatter had no room for the comment: it goes on below, it stands behind the brace
// that ends an empty block, or the declaration was broken before it.
bool IsWrapped(const Line& before, const Line& line, const Line& after) {
  if (after.code.empty() && !after.comment.empty() && after.column == line.column) return true;
  if (line.code == "}" && before.code.ends_with("{")) return true;
  return line.indent == before.indent + 4 && !before.code.empty() && !EndsStatement(before);
}

// Numbers of the lines, from 1, whose trailing comment belongs above.
std::vector<size_t> Misplaced(const Lines& lines) {
  std::vector<size_t> found;
  std::string statement;
  Line before, line;
  for (size_t i = 0; i < lines.size(); ++i, before = line) {
    line = Parsed(lines[i]);
    statement += (statement.empty() ? "" : " ") + line.code;
    const auto after = i + 1 < lines.size() ? Parsed(lines[i + 1]) : Line{};
    if (line.Trails() && (Declares(statement) || IsWrapped(before, line, after))) {
      found.push_back(i + 1);
    }
    if (EndsStatement(line) || lines[i].empty()) statement.clear();
  }
  return found;
}

BOOST_AUTO_TEST_CASE(what_a_header_promises_stands_above_the_declaration) {
  const fs::path root = DFKD_SOURCE_DIR;
  size_t headers = 0;
  for (const char* folder : {"bench", "leaderboard", "attacks", "datasets", "methods"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".h") continue;
      std::ifstream in(entry.path());
      Lines lines;
      for (std::string line; std::getline(in, line);) lines.push_back(line);
      for (const size_t number : Misplaced(lines)) {
        BOOST_ERROR(fs::relative(entry.path(), root).string()
                    << ":" << number << ": this comment belongs above: " << lines[number - 1]);
      }
      ++headers;
    }
  }
  BOOST_TEST(headers > 100U);
}

BOOST_AUTO_TEST_CASE(a_comment_behind_a_function_or_a_type_is_found) {
  for (const char* line :
       {"  void Draw(int64_t trial);  // new ones", "  Templates();  // those in the program",
        "  bool Has() const;  // cheap", "  virtual int Size() const = 0;  // rows",
        "  void Begin() override;  // once", "int Width(int64_t margin);  // in pixels",
        "using Stamps = std::map<int, int>;  // by file", "struct Rounds {  // [first, last)",
        "void Log(char c = '\"');  // one line",
        "  Sha256(const Sha256&) = delete;  // one only"}) {
    BOOST_TEST(Misplaced({line}) == std::vector<size_t>{1}, line);
  }
}

BOOST_AUTO_TEST_CASE(a_comment_behind_the_last_line_of_a_declaration_is_found) {
  const Lines lines = {"#include <map>", "Image Resize(const Image& image, int64_t height,",
                       "             int64_t width);  // bilinear"};
  BOOST_TEST(Misplaced(lines) == std::vector<size_t>{3});
  const Lines commented = {"int64_t steps = 0;", "// One of them.", "struct Step {  // of many"};
  BOOST_TEST(Misplaced(commented) == std::vector<size_t>{3});
}

BOOST_AUTO_TEST_CASE(a_wrapped_comment_is_found) {
  const Lines below = {"  int64_t rows = 0;  // of all that", "                     // were read"};
  const Lines apart = {"  bool trains =", "      false;  // inside of the rounds"};
  const Lines behind = {"inline void Nothing() {", "}  // nothing to do"};
  BOOST_TEST(Misplaced(below) == std::vector<size_t>{1});
  BOOST_TEST(Misplaced(apart) == std::vector<size_t>{2});
  BOOST_TEST(Misplaced(behind) == std::vector<size_t>{2});
}

BOOST_AUTO_TEST_CASE(a_short_note_behind_a_member_may_stay) {
  const Lines lines = {"// Opens nothing.",
                       "struct Split {",
                       "  at::Tensor images;  // uint8 [N,C,H,W]",
                       "  int64_t step = 0;   // from 0",
                       "  // The page of it.",
                       "  std::string url = \"https://example.org/a(b);\";",
                       "  Json Told() const {",
                       "    return noise.to(device);  // [N,C,H,W]",
                       "    const auto labels = all.index_select(0, rows);  // [N]",
                       "    const auto field = Upsampled(all, 20'000,",
                       "                                 true);  // [N,2]",
                       "  }",
                       "};",
                       "Split(const Split&) = delete;  // NOLINT",
                       "}  // namespace dfkd"};
  BOOST_TEST(Misplaced(lines) == std::vector<size_t>{});
}

}  // namespace
