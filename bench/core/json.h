// JSON in and out. Objects are kept with sorted keys, so that Canonical() is stable.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace dfkd {

using Json = nlohmann::json;

// Sorted keys, no white space, shortest round-trip numbers. Throws Error on NaN and infinity: both
// are bugs here.
std::string Canonical(const Json& value);

// Members of objects, wherever they stand, that are read and not kept: making their values takes
// longer than reading them. Nothing is asked of what they hold but that it is JSON.
using LeftOut = std::span<const std::string_view>;

// `origin` names the text in the message of the Error that malformed, over-deep (> 64) or over-long
// text throws.
Json ParseJson(std::string_view text, const std::string& origin, LeftOut left_out = {});
// The same of a file of at most 64 MiB.
Json ReadJson(const std::filesystem::path& file, LeftOut left_out = {});

// Known keys only: throws Error naming the first unknown key of `object` and listing `known`.
void RequireKeys(const Json& object, const std::vector<std::string>& known,
                 const std::string& where);

// A count out of a file of others, in [0, most]: the library would convert 1e308, too, to whatever
// comes out. Throws Error naming `what` for everything else.
int64_t CountFrom(const Json& value, const std::string& what,
                  int64_t most = std::numeric_limits<int64_t>::max());

}  // namespace dfkd
