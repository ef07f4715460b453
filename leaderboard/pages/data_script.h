// Data for the application as classic scripts: a page that is opened from a folder may load scripts
// and nothing else.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "bench/core/json.h"

namespace dfkd::site {

// The statement that puts a value, as JSON text, where the application finds it:
// window.dfkd["data/quick"], by the path of the script without ".js".
std::string ScriptText(const std::string& name, std::string_view json);

// Strings as positions in a list without twins, which grows.
class Dictionary {
 public:
  // `key` says what is the same; `item` is what the list shows for it, made when it is new.
  template <class Make>
  size_t At(const std::string& key, Make make) {
    const auto [found, fresh] = positions_.try_emplace(key, positions_.size());
    if (fresh) items_.push_back(make());
    return found->second;
  }
  size_t At(const std::string& text) {
    return At(text, [&] { return Json(text); });
  }
  const Json& items() const { return items_; }

 private:
  std::map<std::string, size_t> positions_;
  Json items_ = Json::array();
};

// Columns of a table by name: each an array, or one value if all rows have it.
class Columns {
 public:
  void Add(const std::string& name, Json value) { columns_[name].push_back(std::move(value)); }
  Json Take();

 private:
  std::map<std::string, Json::array_t> columns_;
};

}  // namespace dfkd::site
