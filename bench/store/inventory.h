// What a store held when somebody looked: a plan asks for a hundred thousand artifacts at once, of
// which most are there or none is. Folders are listed when something in them is first asked for, so
// that what is not there costs no look of its own; on a network file system each of these would be
// a round trip.
//
// Errors: class io, one line, with the path. An inventory belongs to one thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "bench/store/store.h"

namespace dfkd {

class Inventory {
 public:
  // The store must outlive the inventory.
  explicit Inventory(const Store& store) : store_(store) {}

  // As Store::Has, but what was published after the first question about its neighbours may be
  // missing.
  bool Has(const std::string& ref);
  // Whether it was there when its neighbours were first asked for: no look of its own, also at what
  // is there. For those who can do without what has been removed since.
  bool Lists(const std::string& ref);
  // Whether anything is kept of work on a stage, or of its failures.
  bool HasWork(const std::string& key) { return IsIn("work", key); }
  bool HasFailures(const std::string& key) { return IsIn("failures", key); }

  // How many folders were listed so far.
  size_t listings() const { return names_.size(); }

 private:
  // Finds texts without a copy of them.
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;

  const Names* Listed(std::string_view folder) const;
  const Names& List(std::string_view folder);
  bool IsIn(std::string_view folder, std::string_view name);

  const Store& store_;
  std::unordered_map<std::string, Names, Hash, std::equal_to<>> names_;  // by folder below the root
};

}  // namespace dfkd
