#include "leaderboard/standings/ranking.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "bench/core/error.h"
#include "bench/core/rng.h"

namespace dfkd {
namespace {

constexpr int kDraws = 10000;
constexpr size_t kMostSplits = 1000;

int64_t ToTheDigit(double fraction) { return std::llround(1000 * fraction); }

Pair PairOf(const std::vector<Design::Unit>& units, const Design& all,
            const std::vector<Column>& entrants, size_t a, size_t b) {
  std::vector<Design::Unit> shared;
  std::vector<double> differences;
  for (size_t i = 0; i < units.size(); ++i) {
    const auto &x = entrants[a][i], &y = entrants[b][i];
    if (!x || !y) continue;
    shared.push_back(units[i]);
    differences.push_back(*x - *y);
  }
  Pair pair{a, b, std::nullopt, std::nullopt, std::nullopt};
  if (shared.empty()) return pair;
  const bool complete = shared.size() == units.size();
  pair.difference = (complete ? all : Design(shared)).MeanOf(differences);
  pair.p = PValue(*pair.difference);
  return pair;
}

void AdjustPairs(std::vector<Pair>& pairs) {
  std::vector<double> p;
  for (const auto& pair : pairs) {
    if (pair.p) p.push_back(*pair.p);
  }
  const auto adjusted = Holm(p);
  size_t next = 0;
  for (auto& pair : pairs) {
    if (pair.p) pair.holm = adjusted[next++];
  }
}

// [a][b]: a is proven lower than b.
std::vector<std::vector<bool>> WhoIsLower(size_t entrants, const std::vector<Pair>& pairs) {
  std::vector<std::vector<bool>> lower(entrants, std::vector<bool>(entrants, false));
  for (const auto& pair : pairs) {
    if (!pair.holm || *pair.holm >= kLevel) continue;
    if (pair.difference->mean < 0) lower[pair.a][pair.b] = true;
    if (pair.difference->mean > 0) lower[pair.b][pair.a] = true;
  }
  return lower;
}

bool Beats(const std::vector<double>& a, const std::vector<double>& b) {
  bool lower = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    lower |= a[i] < b[i];
  }
  return lower;
}

// Draws what the teacher seeds add, in standard errors of a t distribution: common to all entrants
// and measures.
class SeedDraws {
 public:
  SeedDraws(size_t teachers, int64_t degrees) : seeds_(teachers), degrees_(degrees) {}

  const std::vector<double>& Next() {
    for (auto& z : seeds_) z = rng_.Normal();
    double chi_squared = 0;
    for (int64_t d = 0; d < degrees_; ++d) {
      const double z = rng_.Normal();
      chi_squared += z * z;
    }
    const double scale = std::sqrt(static_cast<double>(degrees_) / chi_squared);
    for (auto& z : seeds_) z *= scale;
    return seeds_;
  }

 private:
  std::vector<double> seeds_;
  int64_t degrees_;
  Rng rng_ = Rng(0).Fork("chances");
};

double Drawn(const Uncertain& measure, const std::vector<double>& seeds) {
  return std::inner_product(seeds.begin(), seeds.end(), measure.by_teacher.begin(), measure.mean);
}

// --- halves and attacks

// [entrant][stratum][teacher]: means over students.
struct TeacherMeans {
  std::vector<size_t> strata;
  std::vector<int64_t> teachers;
  std::vector<std::vector<std::vector<std::optional<double>>>> values;
};

TeacherMeans TeacherMeansOf(const std::vector<Design::Unit>& units,
                            const std::vector<std::vector<double>>& entrants) {
  std::map<std::pair<size_t, int64_t>, std::vector<size_t>> cells;
  std::set<size_t> strata;
  std::set<int64_t> teachers;
  for (size_t i = 0; i < units.size(); ++i) {
    cells[{units[i].stratum, units[i].teacher_seed}].push_back(i);
    strata.insert(units[i].stratum);
    teachers.insert(units[i].teacher_seed);
  }
  TeacherMeans means{{strata.begin(), strata.end()}, {teachers.begin(), teachers.end()}, {}};
  for (const auto& entrant : entrants) {
    auto& of_entrant = means.values.emplace_back(
        strata.size(), std::vector<std::optional<double>>(teachers.size()));
    for (const auto& [key, positions] : cells) {
      const auto a = std::distance(strata.begin(), strata.find(key.first));
      const auto t = std::distance(teachers.begin(), teachers.find(key.second));
      double sum = 0;
      for (const auto i : positions) sum += entrant[i];
      of_entrant[a][t] = sum / static_cast<double>(positions.size());
    }
  }
  return means;
}

// Over the chosen teachers of a stratum; absent if it has none of them.
std::optional<double> StratumMean(const std::vector<std::optional<double>>& teachers,
                                  const std::vector<bool>& chosen, bool which) {
  double sum = 0, count = 0;
  for (size_t t = 0; t < teachers.size(); ++t) {
    if (!teachers[t] || chosen[t] != which) continue;
    sum += *teachers[t];
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

// Who is first in a half; empty if a stratum has no teacher in it.
std::set<size_t> FirstIn(const TeacherMeans& means, const std::vector<bool>& chosen, bool which) {
  std::map<int64_t, std::set<size_t>> by_mean;
  for (size_t e = 0; e < means.values.size(); ++e) {
    double sum = 0;
    for (const auto& stratum : means.values[e]) {
      const auto mean = StratumMean(stratum, chosen, which);
      if (!mean) return {};
      sum += *mean;
    }
    by_mean[ToTheDigit(sum / static_cast<double>(means.strata.size()))].insert(e);
  }
  return by_mean.begin()->second;
}

// All ways to choose `half` of n, if they are no more than kMostSplits; else as many drawn ones.
std::vector<std::vector<bool>> SplitsOf(size_t n, size_t half) {
  double ways = 1;
  for (size_t i = 0; i < half; ++i) ways *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  std::vector<std::vector<bool>> splits;
  if (ways <= static_cast<double>(kMostSplits)) {
    std::vector<bool> chosen(n, false);
    std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(half), true);
    do {
      splits.push_back(chosen);
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
    return splits;
  }
  Rng rng = Rng(0).Fork("split half");
  for (size_t i = 0; i < kMostSplits; ++i) {
    const auto order = rng.Permutation(static_cast<int64_t>(n));
    std::vector<bool> chosen(n, false);
    for (size_t j = 0; j < half; ++j) chosen[static_cast<size_t>(order[j])] = true;
    splits.push_back(std::move(chosen));
  }
  return splits;
}

}  // namespace

std::vector<double> Holm(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(p.size() - i) * p[order[i]]);
    adjusted[order[i]] = std::min(1.0, largest);
  }
  return adjusted;
}

std::vector<Pair> AllPairs(const std::vector<Design::Unit>& units,
                           const std::vector<Column>& entrants) {
  const Design all(units);
  std::vector<Pair> pairs;
  for (size_t a = 0; a < entrants.size(); ++a) {
    for (size_t b = a + 1; b < entrants.size(); ++b) {
      pairs.push_back(PairOf(units, all, entrants, a, b));
    }
  }
  AdjustPairs(pairs);
  return pairs;
}

Ranks RanksOf(const std::vector<double>& means, const std::vector<Pair>& pairs) {
  const auto n = means.size();
  const auto lower = WhoIsLower(n, pairs);
  Ranks ranks{std::vector<size_t>(n), std::vector<int64_t>(n), std::vector<RankRange>(n)};
  std::iota(ranks.order.begin(), ranks.order.end(), 0);
  std::stable_sort(ranks.order.begin(), ranks.order.end(),
                   [&](size_t a, size_t b) { return means[a] < means[b]; });
  size_t first = 0;  // position of the first of the group
  for (size_t i = 0; i < n; ++i) {
    if (lower[ranks.order[first]][ranks.order[i]]) first = i;
    ranks.rank[ranks.order[i]] = static_cast<int64_t>(first) + 1;
  }
  for (size_t e = 0; e < n; ++e) {
    auto& [low, high] = ranks.interval[e];
    high = static_cast<int64_t>(n);
    for (size_t other = 0; other < n; ++other) {
      low += lower[other][e];
      high -= lower[e][other];
    }
    ranks.rank[e] = std::max(ranks.rank[e], low);
  }
  return ranks;
}

std::vector<bool> FrontOf(const std::vector<std::vector<double>>& points) {
  std::vector<bool> front;
  for (const auto& point : points) {
    front.push_back(std::none_of(points.begin(), points.end(),
                                 [&](const auto& other) { return Beats(other, point); }));
  }
  return front;
}

std::vector<double> ChancesToBeBest(const std::vector<Uncertain>& entrants, int64_t degrees) {
  DFKD_CHECK(!entrants.empty() && degrees > 0);
  SeedDraws draws(entrants[0].by_teacher.size(), degrees);
  std::vector<double> chances(entrants.size(), 0.0), drawn(entrants.size());
  for (int i = 0; i < kDraws; ++i) {
    const auto& seeds = draws.Next();
    for (size_t e = 0; e < drawn.size(); ++e) drawn[e] = Drawn(entrants[e], seeds);
    const double lowest = *std::min_element(drawn.begin(), drawn.end());
    const auto ties = std::count(drawn.begin(), drawn.end(), lowest);
    for (size_t e = 0; e < drawn.size(); ++e) {
      if (drawn[e] == lowest) chances[e] += 1.0 / static_cast<double>(ties) / kDraws;
    }
  }
  return chances;
}

std::vector<double> ChancesToBeOnFront(const std::vector<Objectives>& entrants, int64_t degrees) {
  DFKD_CHECK(!entrants.empty() && degrees > 0);
  SeedDraws draws(entrants[0][0].by_teacher.size(), degrees);
  std::vector<double> chances(entrants.size(), 0.0);
  std::vector<std::vector<double>> points;
  for (const auto& entrant : entrants) points.emplace_back(entrant.size());
  for (int i = 0; i < kDraws; ++i) {
    const auto& seeds = draws.Next();
    for (size_t e = 0; e < entrants.size(); ++e) {
      for (size_t m = 0; m < entrants[e].size(); ++m) points[e][m] = Drawn(entrants[e][m], seeds);
    }
    const auto front = FrontOf(points);
    for (size_t e = 0; e < front.size(); ++e) chances[e] += front[e] ? 1.0 / kDraws : 0;
  }
  return chances;
}

std::optional<double> SplitHalf(const std::vector<Design::Unit>& units,
                                const std::vector<std::vector<double>>& entrants) {
  const auto means = TeacherMeansOf(units, entrants);
  const auto n = means.teachers.size();
  if (n < 2 || entrants.size() < 2) return std::nullopt;
  double same = 0, counted = 0;
  for (const auto& chosen : SplitsOf(n, n / 2)) {
    const auto one = FirstIn(means, chosen, true), other = FirstIn(means, chosen, false);
    if (one.empty() || other.empty()) continue;
    ++counted;
    same += std::any_of(one.begin(), one.end(), [&](size_t e) { return other.contains(e); });
  }
  return counted > 0 ? std::optional(same / counted) : std::nullopt;
}

UnseenRanks UnseenRanksOf(const std::vector<Design::Unit>& units,
                          const std::vector<std::vector<double>>& entrants) {
  const auto means = TeacherMeansOf(units, entrants);
  const std::vector<bool> everyone(means.teachers.size(), true);
  const auto attacks = means.strata.size();
  std::vector<std::vector<int64_t>> digits(entrants.size());  // [entrant][attack]
  for (size_t e = 0; e < entrants.size(); ++e) {
    for (const auto& stratum : means.values[e])
      digits[e].push_back(ToTheDigit(*StratumMean(stratum, everyone, true)));
  }
  // Cut the same number at both ends as long as what is left holds the next one with 95 %.
  const auto n = static_cast<double>(attacks);
  const auto cut = static_cast<size_t>(std::max(1.0, std::floor(0.025 * (n + 1) + 1e-9)));
  UnseenRanks unseen{{}, std::max(0.0, (n + 1 - 2 * static_cast<double>(cut)) / (n + 1))};
  for (size_t e = 0; e < entrants.size(); ++e) {
    std::vector<int64_t> ranks;
    for (size_t a = 0; a < attacks; ++a) {
      ranks.push_back(1 + std::count_if(digits.begin(), digits.end(), [&](const auto& other) {
                        return other[a] < digits[e][a];
                      }));
    }
    std::sort(ranks.begin(), ranks.end());
    unseen.range.push_back({ranks[cut - 1], ranks[attacks - cut]});
  }
  return unseen;
}

}  // namespace dfkd
