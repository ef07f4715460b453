// Values as the pages show them: text, and the objects that number.tpl shows.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/core/json.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd::site {

// Null if there is none.
template <class Value>
Json OptionalOr(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Text of strangers as it may stand in a page: control characters, and those that turn the
// direction of writing around and so make a name read as another, become U+FFFD.
std::string Shielded(std::string_view text);

// {"text", "note", "missing"}: what is shown with a small note behind it, or nothing and why.
Json Shown(const std::string& text, const std::string& note = "");
Json Missing(const std::string& reason);

// Shown, "85.8" for 0.858, or Missing.
Json PercentOr(std::optional<double> fraction, const std::string& reason = "not recorded",
               const std::string& note = "");
Json DurationOr(std::optional<double> seconds, const std::string& reason);

// "85.8".
std::string Percent(double fraction);
// "+1.2", with a true minus sign.
std::string Points(double difference);
// "42 s", "8 min 43 s", "3 h 05 min".
std::string Duration(double seconds);
// "2.4–4.8": Wilson, in percent.
std::string Interval(int64_t hits, int64_t of);
// "2.4–4.8": of a mean, in percent; "" if there is none.
std::string RangeNote(const std::optional<dfkd::Interval>& interval);

// "86 to 92": what 95 % intervals of means near the ends cover, in percent (design.h).
std::string CoverageNearTheEnds();

// "1 cell", "2 cells".
std::string Plural(int64_t count, const char* noun);

// A value in the query of an address: everything but letters, digits and "-_.~" in percent signs.
std::string Encoded(std::string_view text);

// {"items": list}, or null: what a template puts around a list that may be empty.
Json ListOrNull(Json list);

}  // namespace dfkd::site
