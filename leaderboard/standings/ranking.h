// Who is better than whom, and how sure that is: pairs, ties, rank intervals, chances, stability.
//
// Entrants are given by one number a cell, lower is better, over the same list of cells (units of a
// Design). Pure functions; what is drawn comes from a fixed stream, so equal numbers give equal
// answers.
#pragma once
#include <optional>
#include <vector>

#include "leaderboard/standings/design.h"

namespace dfkd {

// One number a unit; absent where there is none.
using Column = std::vector<std::optional<double>>;

// Two entrants over the units at which both have a number, and no others.
struct Pair {
  size_t a = 0, b = 0;  // positions, a < b
  // a minus b; absent if they share no unit.
  std::optional<Estimate> difference;
  // Of the hypothesis that the mean difference over the strata is 0; adjusted by Holm over all
  // pairs that have one. Absent with fewer than three teachers in a shared stratum.
  std::optional<double> p, holm;
};

// In the order (0,1), (0,2), …, (1,2), ….
std::vector<Pair> AllPairs(const std::vector<Design::Unit>& units,
                           const std::vector<Column>& entrants);

// Holm's step-down adjustment: the probability of one false rejection among all is at most the
// level at which adjusted values are read. In the order given.
std::vector<double> Holm(const std::vector<double>& p);

// What is told apart: an adjusted p-value below this.
inline constexpr double kLevel = 0.05;

struct RankRange {
  int64_t low = 1, high = 1;
};

// Of entrants with a mean each, by all their pairs (AllPairs of these entrants).
struct Ranks {
  // Entrants from the lowest mean on.
  std::vector<size_t> order;
  // By entrant. Those that cannot be told apart from the first of their group share its place: the
  // group begins where the one before ends, and membership says something of its first only. But
  // nobody is above those that are proven better: the rank is never outside of `interval`.
  std::vector<int64_t> rank;
  // By entrant, 95 % for all at once: 1 + how many are proven better, to how many are not proven
  // worse.
  std::vector<RankRange> interval;
};
Ranks RanksOf(const std::vector<double>& means, const std::vector<Pair>& pairs);

// A measure of one entrant: mean, and by teacher seed the contribution to its error
// (Design::Contributions), in the order of one list of seeds for all.
struct Uncertain {
  double mean = 0;
  std::vector<double> by_teacher;
};

// By entrant the probability of the lowest mean, from 10,000 draws of the joint confidence
// distribution: multivariate t, with the covariance of the errors. For two entrants it is 1 minus
// the one-sided p-value of their pair. degrees > 0.
std::vector<double> ChancesToBeBest(const std::vector<Uncertain>& entrants, int64_t degrees);

// An entrant by several measures, all to be low.
using Objectives = std::vector<Uncertain>;

// By entrant the probability that no other beats it in the sense of FrontOf, from as many draws.
std::vector<double> ChancesToBeOnFront(const std::vector<Objectives>& entrants, int64_t degrees);

// Whom nobody beats: no other is at least as low in all measures and lower in one.
std::vector<bool> FrontOf(const std::vector<std::vector<double>>& points);

// Of the ways to split the teacher seeds into two halves (of an odd number the larger half has one
// more; all ways up to 1,000, else 1,000 drawn ones): the share in which both halves have the same
// entrant first, or share one of those that are first to a tenth of a percent. Absent with fewer
// than two teachers or entrants. `entrants`: complete.
std::optional<double> SplitHalf(const std::vector<Design::Unit>& units,
                                const std::vector<std::vector<double>>& entrants);

// Where an entrant would stand on a further attack, if attacks came from where these did and with
// as many seeds: from its best to its worst rank on one of them (to a tenth of a percent, ties
// share the better one). Of n exchangeable attacks the range holds the next with probability
// (n - 1) / (n + 1) at least; the outermost of more than 39 are cut so that it stays above 95 %.
struct UnseenRanks {
  std::vector<RankRange> range;
  double probability = 0;
};
UnseenRanks UnseenRanksOf(const std::vector<Design::Unit>& units,
                          const std::vector<std::vector<double>>& entrants);

}  // namespace dfkd
