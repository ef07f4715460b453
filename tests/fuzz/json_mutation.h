// Changes of a JSON document that leave it JSON: bytes that were changed at random seldom are, and
// then only the parser is tried.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/json.h"

namespace dfkd::fuzz {

// Every value of the document, the document first.
inline void CollectValues(Json& value, std::vector<Json*>& values) {
  values.push_back(&value);
  for (auto& child : value) {
    if (value.is_structured()) CollectValues(child, values);
  }
}

inline const std::vector<Json>& EdgeValues() {
  static const std::vector<Json> values = {nullptr,
                                           true,
                                           false,
                                           0,
                                           -1,
                                           1,
                                           2.5,
                                           -0.0,
                                           1e-320,
                                           1e308,
                                           INT64_MAX,
                                           INT64_MIN,
                                           UINT64_MAX,
                                           "",
                                           "/",
                                           "..",
                                           "\u202e<b>",
                                           "a\nb",
                                           "0",
                                           std::string(300, 'x'),
                                           Json::array(),
                                           Json::object(),
                                           Json::array({1, "a", nullptr}),
                                           Json{{"", 1}},
                                           Json{{"plugin", "none"}}};
  return values;
}

// `draw` draws from [0, n).
template <typename Draw>
void MutateValue(Json& document, Draw draw) {
  std::vector<Json*> values;
  CollectValues(document, values);
  Json& place = *values[draw(values.size())];
  switch (draw(5)) {
    case 0:
      place = EdgeValues()[draw(EdgeValues().size())];
      break;
    case 1: {
      const Json other = *values[draw(values.size())];
      place = other;
      break;
    }
    case 2:
      if (place.is_object() && !place.empty())
        place.erase(std::next(place.begin(), draw(place.size())).key());
      if (place.is_array() && !place.empty()) place.erase(draw(place.size()));
      break;
    case 3:
      if (place.is_array())
        place.push_back(place.empty() ? Json(1) : Json(place[draw(place.size())]));
      if (place.is_object())
        place["k" + std::to_string(draw(3))] = EdgeValues()[draw(EdgeValues().size())];
      break;
    default:
      if (place.is_number()) place = place.get<double>() * (draw(2) == 0 ? -1 : 1000);
      if (place.is_string()) place = place.get<std::string>() + std::string(1, "x/\"\n%"[draw(5)]);
  }
}

// The same bytes if they are no JSON.
template <typename Draw>
std::string MutatedJson(std::string_view bytes, Draw draw) {
  Json document = Json::parse(bytes, nullptr, false);
  if (document.is_discarded()) return std::string(bytes);
  for (size_t left = 1 + draw(3); left > 0; --left) MutateValue(document, draw);
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace dfkd::fuzz
