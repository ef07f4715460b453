// "did you mean": what somebody who misspelt a name most likely meant.
#pragma once
#include <string>
#include <vector>

namespace dfkd {

// The nearest of `known`: at most two letters inserted, left out, replaced or swapped with their
// neighbour, else the shortest that begins with `word` (of two letters or more). Case is ignored,
// "-" is "_". "" if none is near; the first of several that are equally near.
std::string Nearest(const std::string& word, const std::vector<std::string>& known);

// What an error message says before it lists what is known: "did you mean grid? ", or "" if none is
// near.
std::string Guess(const std::string& word, const std::vector<std::string>& known);

}  // namespace dfkd
