// Means over cells of several attacks and seeds, and how well they are known.
//
// A cell belongs to a stratum and to a teacher seed. Strata are fixed: the attacks of a table (in
// comparisons over several data sets, networks or distillers, these as well). Teacher seeds are a
// sample of all seeds that could have been used, shared by the strata: what a seed does to one
// attack it may do to another, so all cells of a teacher seed are one cluster. Student seeds are a
// sample inside it.
//
// The mean weighs strata equally; in a stratum teacher seeds equally; in a teacher its students.
// The interval is Student's, over clusters, with one degree of freedom less than the stratum with
// the fewest teachers has of them. With three clusters it covers what it says where a bootstrap of
// the clusters covers three quarters (docs/protocol.md has the measurements).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "leaderboard/standings/statistics.h"

namespace dfkd {

// Of teacher seeds, in each stratum: with fewer nothing has an interval, a p-value or a rank.
inline constexpr int64_t kFewestTeachers = 3;

// Of means near the ends, in percent, what the 95 % intervals cover: from the least to the most
// over 3 to 10 teacher seeds and 1 to 4 attacks whose ASR is skewed, as the simulation in
// tests/leaderboard/standings measures it.
inline constexpr int kLeastCoverageNearTheEnds = 86, kMostCoverageNearTheEnds = 92;
// Closer than this to 0 or 1, as a fraction, is near the ends.
inline constexpr double kNearTheEnds = 0.1;

struct Estimate {
  double mean = 0;
  // What it is over.
  int64_t cells = 0, strata = 0, teachers = 0;
  // Standard error, its degrees of freedom, the 95 % interval: all absent (0) if a stratum has
  // fewer than kFewestTeachers. No error is below that of a number rounded to a tenth of a percent.
  std::optional<double> error;
  int64_t degrees = 0;
  std::optional<Interval> interval;
};

// Two-sided, of the hypothesis that what is estimated is 0; absent without an error.
std::optional<double> PValue(const Estimate& estimate);

// The stratum with the largest mean. The interval is of the largest true mean, whichever stratum it
// belongs to: it covers at least 95 %, and more where several strata may be the worst.
struct Worst {
  size_t stratum = 0;
  double mean = 0;
  std::optional<Interval> interval;
};

class Design {
 public:
  struct Unit {
    size_t stratum = 0;
    int64_t teacher_seed = 0;
  };

  // One unit a cell. Strata need not be numbered without gaps; the numbers come back in Worst.
  explicit Design(const std::vector<Unit>& units);

  // All take one value a unit, in that order, and need at least one.
  Estimate MeanOf(std::span<const double> values) const;
  Worst WorstOf(std::span<const double> values) const;
  // By teacher seed in the order of Teachers(): what the seed adds to the error. The squares sum up
  // to the squared standard error, and products of two measures to their covariance.
  std::vector<double> Contributions(std::span<const double> values) const;

  const std::vector<int64_t>& Teachers() const { return teachers_; }
  // 0: there is no error.
  int64_t Degrees() const { return degrees_; }
  size_t Size() const { return units_.size(); }

 private:
  struct Placed {
    size_t stratum, teacher;  // positions
    double weight;            // within the stratum
  };
  struct Stratum {
    size_t name;
    int64_t teachers;
  };
  std::vector<double> StratumMeans(std::span<const double> values) const;
  // [stratum][teacher].
  std::vector<std::vector<double>> StratumContributions(std::span<const double> values,
                                                        const std::vector<double>& means) const;

  std::vector<Placed> units_;
  std::vector<Stratum> strata_;
  std::vector<int64_t> teachers_;
  int64_t degrees_ = 0;
};

// A value of a cell, and where it stands.
struct SeededValue {
  std::string attack;
  int64_t teacher_seed = 0;
  double value = 0;
};

// The mean that Design::MeanOf has over such cells, whose strata are their attacks; absent for
// none. Whoever shows a mean over seeds, under one attack or several, takes it from here: a plain
// mean over cells is another number as soon as a teacher lacks a student, and would stand beside
// this one.
std::optional<double> MeanOverSeeds(const std::vector<SeededValue>& values);

// What is left of an interval in [low, high]: a fraction lies in [0, 1].
Interval Within(const Interval& interval, double low, double high);

}  // namespace dfkd
