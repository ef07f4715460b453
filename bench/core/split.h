// Lists that people and other programs write as one text: "clp,abd", "0.49,0.48,0.45".
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dfkd {

// What stands between the separators, as it is: blanks stay, and so do empty parts. There is always
// one part more than separators: "" is one empty part, "a," is "a" and an empty one. Whoever
// forgives a separator too many leaves empty parts out himself.
std::vector<std::string> SplitAt(std::string_view text, char separator);

}  // namespace dfkd
