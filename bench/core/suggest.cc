#include "bench/core/suggest.h"

#include <algorithm>
#include <cctype>

namespace dfkd {
namespace {

constexpr size_t kFarthest = 2;

std::string Folded(std::string word) {
  for (auto& letter : word) {
    letter =
        letter == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return word;
}

// Insertions, deletions, replacements and swaps of neighbours that make one word of the other
// (optimal string alignment).
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before, last, row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::move(last);
    last = row;
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// A word of two letters has nothing in common with one that differs in both.
bool IsNear(size_t distance, const std::string& a, const std::string& b) {
  return distance <= kFarthest && distance < std::min(a.size(), b.size());
}

}  // namespace

std::string Nearest(const std::string& word, const std::vector<std::string>& known) {
  const auto wanted = Folded(word);
  std::string nearest, longer;
  size_t least = kFarthest + 1;
  for (const auto& one : known) {
    const auto candidate = Folded(one);
    const auto distance = Distance(wanted, candidate);
    if (IsNear(distance, wanted, candidate) && distance < least) nearest = one, least = distance;
    const bool begins = wanted.size() >= 2 && candidate.starts_with(wanted);
    if (begins && (longer.empty() || one.size() < longer.size())) longer = one;
  }
  return nearest.empty() ? longer : nearest;
}

std::string Guess(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = Nearest(word, known);
  return nearest.empty() ? "" : "did you mean " + nearest + "? ";
}

}  // namespace dfkd
