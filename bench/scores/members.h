// A JSON object, member by member. Of {{"a", 1}, {"b", 2}} nlohmann makes a list of each pair
// first; a site writes millions of members.
#pragma once
#include <utility>

#include "bench/core/json.h"

namespace dfkd {

class Members {
 public:
  // Of a key that comes again the first value stays.
  Members& Add(const char* key, Json value) {
    json_.emplace(key, std::move(value));
    return *this;
  }
  // What was added; nothing is left.
  Json Take() { return std::exchange(json_, Json::object()); }

 private:
  Json json_ = Json::object();
};

}  // namespace dfkd
