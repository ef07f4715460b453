#include "leaderboard/pages/data_script.h"

#include <fmt/format.h>

#include <algorithm>

namespace dfkd::site {

std::string ScriptText(const std::string& name, std::string_view json) {
  // In a script, unlike in JSON, a member of this name is no member: text of strangers must not
  // decide what an object inherits.
  const bool literal = json.find("\"__proto__\"") == json.npos;
  return fmt::format(
      "(window.dfkd = window.dfkd || {{}})[{}] = {};\n", Json(name).dump(),
      literal ? std::string(json) : fmt::format("JSON.parse({})", Json(std::string(json)).dump()));
}

Json Columns::Take() {
  Json packed = Json::object();
  for (auto& [name, values] : columns_) {
    const bool same =
        !values.empty() &&
        std::all_of(values.begin(), values.end(),
                    [&, &first = values.front()](const Json& value) { return value == first; });
    packed[name] = same ? values.front() : Json(std::move(values));
  }
  return packed;
}

}  // namespace dfkd::site
