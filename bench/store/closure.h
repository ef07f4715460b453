// What artifacts were made from: for those who keep, copy or hand on what can be checked.
//
// A description is believed only if it is the one that its key is the hash of. Errors: class io,
// one line, with the path.
#pragma once
#include <string>
#include <vector>

#include "bench/store/store.h"

namespace dfkd {

// The canonical description in key.json of an artifact that is in the store. An Error if its
// SHA-256 is not the key.
Json ReadDescription(const Store& store, const std::string& ref);

// The artifact whose key begins so; "kind/key" may be given, too. Throws Error (not io) if the
// store has none, or several.
std::string FindArtifact(const Store& store, const std::string& beginning);

struct Closed {
  // Sorted; the artifacts themselves among them.
  std::vector<std::string> refs;
  // Inputs that the store does not have (any more), sorted.
  std::vector<std::string> missing;
};
// With all that they were made from, whatever the way there. Failures (failures.h) are not among
// it: they are of a host and a kind of machine, and would keep another one from trying.
Closed CloseOver(const Store& store, const std::vector<std::string>& refs);

}  // namespace dfkd
