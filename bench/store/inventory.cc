#include "bench/store/inventory.h"

#include <algorithm>
#include <utility>

#include "bench/store/disk.h"

namespace dfkd {

const Inventory::Names* Inventory::Listed(std::string_view folder) const {
  const auto known = names_.find(folder);
  return known == names_.end() ? nullptr : &known->second;
}

const Inventory::Names& Inventory::List(std::string_view folder) {
  Names names;
  for (const auto& entry : store::EntriesIn(store_.root() / folder))
    names.insert(entry.path().filename().string());
  return names_.emplace(folder, std::move(names)).first->second;
}

bool Inventory::IsIn(std::string_view folder, std::string_view name) {
  const auto* names = Listed(folder);
  return (names ? *names : List(folder)).contains(name);
}

// An artifact lies in <kind>/<the first two digits of its key>/<key>.
bool Inventory::Lists(const std::string& ref) {
  const std::string_view text = ref;
  const auto key = std::min(text.find('/'), text.size() - 1) + 1;
  const auto folder = text.substr(0, key + 2);
  if (!Listed(folder)) ParseRef(ref);  // for what is none no folder is listed
  return IsIn(folder, text.substr(key));
}

bool Inventory::Has(const std::string& ref) { return Lists(ref) && store_.Has(ref); }

}  // namespace dfkd
