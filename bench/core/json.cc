#include "bench/core/json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>

#include "bench/core/error.h"
#include "bench/core/suggest.h"

namespace dfkd {
namespace {

constexpr std::uintmax_t kLargestFile = 64u << 20;
constexpr int kDeepest = 64;

void RequireFinite(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw Error("a non-finite number cannot be written as JSON");
  }
  if (value.is_structured()) {
    for (const auto& item : value) RequireFinite(item);
  }
}

// Of all objects that are being read: the parser would keep the last of two values in silence.
class Keys {
 public:
  void See(Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end) open_.pop_back();
    if (event != Json::parse_event_t::key || twice_) return;
    const auto& key = parsed.get_ref<const std::string&>();
    if (!open_.back().insert(key).second) twice_ = key;
  }
  const std::optional<std::string>& twice() const { return twice_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::optional<std::string> twice_;
};

}  // namespace

std::string Canonical(const Json& value) {
  RequireFinite(value);
  return value.dump();
}

Json ParseJson(std::string_view text, const std::string& origin) {
  // The parser would take it for the end, whatever follows.
  if (const auto at = text.find('\0'); at != text.npos)
    throw MakeError("{}: byte {} is NUL, which is no JSON", origin, at);
  bool too_deep = false;
  Keys keys;
  const auto watch = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    too_deep |= depth > kDeepest;
    if (!too_deep) keys.See(event, parsed);
    return !too_deep;
  };
  try {
    auto value = Json::parse(text.begin(), text.end(), watch);
    if (too_deep) throw MakeError("{}: JSON nested deeper than {}", origin, kDeepest);
    if (keys.twice()) {
      throw MakeError("{}: the key '{}' stands twice in one object", origin, *keys.twice());
    }
    return value;
  } catch (const Json::exception& e) {
    throw MakeError("{}: {}", origin, e.what());
  }
}

Json ReadJson(const std::filesystem::path& file) {
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
  return ParseJson(text, file.string());
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
