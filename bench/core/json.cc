#include "bench/core/json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/suggest.h"

namespace dfkd {
namespace {

constexpr std::uintmax_t kLargestFile = 64u << 20;
constexpr size_t kDeepest = 64;

void RequireFinite(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw Error("a non-finite number cannot be written as JSON");
  }
  if (value.is_structured()) {
    for (const auto& item : value) RequireFinite(item);
  }
}

// Makes the value that the parser tells of. The library's own would keep the last of two members of
// one name in silence, and read however deep somebody nests.
class JsonBuilder {
 public:
  explicit JsonBuilder(LeftOut left_out) : left_out_(left_out) {}

  bool null() { return Add(nullptr); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(int64_t value) { return Add(value); }
  bool number_unsigned(uint64_t value) { return Add(value); }
  bool number_float(double value, const std::string&) { return Add(value); }
  bool string(std::string& value) { return Add(std::move(value)); }
  bool binary(Json::binary_t& value) { return Add(std::move(value)); }
  bool start_object(size_t) { return Open(Json::object()); }
  bool start_array(size_t) { return Open(Json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& key) {
    if (leaves_out_ || TooDeep()) return true;
    leaves_out_ = std::find(left_out_.begin(), left_out_.end(), key) != left_out_.end();
    if (leaves_out_) return true;
    const auto [member, fresh] =
        open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(key));
    if (!fresh && !twice_) twice_ = member->first;
    member_ = &member->second;
    return true;
  }
  bool parse_error(size_t, const std::string&, const Json::exception& error) {
    error_ = error.what();
    return false;
  }

  // Throws Error for what is no JSON of ours.
  Json Take(const std::string& origin) {
    if (error_) throw MakeError("{}: {}", origin, *error_);
    if (too_deep_) throw MakeError("{}: JSON nested deeper than {}", origin, kDeepest);
    if (twice_) throw MakeError("{}: the key '{}' stands twice in one object", origin, *twice_);
    return std::move(value_);
  }

 private:
  // What is too deep is not kept, but read to the end: it may be no JSON at all.
  bool TooDeep() { return too_deep_ |= open_.size() > kDeepest; }

  Json* Put(Json value) {
    if (open_.empty()) return &(value_ = std::move(value));
    auto& parent = *open_.back();
    if (parent.is_object()) return &(*member_ = std::move(value));
    return &parent.get_ref<Json::array_t&>().emplace_back(std::move(value));
  }
  bool Add(Json value) {
    if (leaves_out_) return LeaveOut(0);
    if (!TooDeep()) Put(std::move(value));
    return true;
  }
  bool Open(Json empty) {
    if (leaves_out_) return LeaveOut(+1);
    if (!TooDeep()) open_.push_back(Put(std::move(empty)));
    return true;
  }
  bool Close() {
    if (leaves_out_) return LeaveOut(-1);
    if (!too_deep_) open_.pop_back();
    return true;
  }
  // A part of the value that is left out, which opens or closes as many: it ends where all are
  // closed.
  bool LeaveOut(int opens) {
    inside_ += opens;
    leaves_out_ = inside_ > 0;
    return true;
  }

  Json value_;
  std::vector<Json*> open_;  // from the outermost
  Json* member_ = nullptr;   // whose key was read last
  bool too_deep_ = false;
  LeftOut left_out_;
  bool leaves_out_ = false;  // what is told now
  int inside_ = 0;           // so many objects and arrays of it
  std::optional<std::string> twice_, error_;
};

}  // namespace

std::string Canonical(const Json& value) {
  RequireFinite(value);
  return value.dump();
}

Json ParseJson(std::string_view text, const std::string& origin, LeftOut left_out) {
  // The parser would take it for the end, whatever follows.
  if (const auto at = text.find('\0'); at != text.npos)
    throw MakeError("{}: byte {} is NUL, which is no JSON", origin, at);
  JsonBuilder builder(left_out);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.Take(origin);
}

Json ReadJson(const std::filesystem::path& file, LeftOut left_out) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) throw MakeError(FailureClass::kIo, "{}: {}", file.string(), failed.message());
  if (size > kLargestFile) {
    throw MakeError("{}: {} bytes; at most {} are read", file.string(), size, kLargestFile);
  }
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::array<char, 65536> block;
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    text.append(block.data(), static_cast<size_t>(in.gcount()));
  }
  // What cannot be read is not what cannot be understood: the same file may be fine later.
  if (!in.is_open() || in.bad()) {
    throw MakeError(FailureClass::kIo, "{}: cannot be read: {}", file.string(),
                    std::generic_category().message(errno));
  }
  return ParseJson(text, file.string(), left_out);
}

int64_t CountFrom(const Json& value, const std::string& what, int64_t most) {
  // Compared as what it is stored as: as a signed number the largest are negative.
  const bool count = value.is_number_unsigned()
                         ? value.get<uint64_t>() <= static_cast<uint64_t>(most)
                         : value.is_number_integer() && value >= 0 && value <= most;
  if (!count) throw MakeError("{}: {} is no whole number from 0 to {}", what, value.dump(), most);
  return value;
}

void RequireKeys(const Json& object, const std::vector<std::string>& known,
                 const std::string& where) {
  if (!object.is_object()) throw MakeError("{}: must be an object", where);
  for (const auto& [key, unused] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw MakeError("{}: unknown key '{}'; {}known: {}", where, key, Guess(key, known),
                      fmt::join(known, ", "));
    }
  }
}

}  // namespace dfkd
