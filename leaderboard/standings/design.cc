#include "leaderboard/standings/design.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/core/error.h"
#include "leaderboard/standings/distributions.h"

namespace dfkd {
namespace {

// Standard deviation of the rounding to a tenth of a percent. Identical seeds prove no more.
const double kLeastError = 0.001 / std::sqrt(12.0);
// Below this one-sided level an attack is no longer taken for a possible worst one.
constexpr double kContenderLevel = 0.005;

double ErrorOf(const std::vector<double>& contributions) {
  double squares = 0;
  for (const double c : contributions) squares += c * c;
  return std::max(std::sqrt(squares), kLeastError);
}

template <typename Key>
size_t PositionIn(const std::map<Key, int64_t>& sorted, Key key) {
  return static_cast<size_t>(std::distance(sorted.begin(), sorted.find(key)));
}

}  // namespace

std::optional<double> PValue(const Estimate& estimate) {
  if (!estimate.error) return std::nullopt;
  return StudentTwoSided(estimate.mean / *estimate.error, estimate.degrees);
}

std::optional<double> MeanOverSeeds(const std::vector<SeededValue>& values) {
  if (values.empty()) return std::nullopt;
  std::map<std::string, size_t> strata;
  std::vector<Design::Unit> units;
  std::vector<double> numbers;
  for (const auto& one : values) {
    const auto stratum = strata.try_emplace(one.attack, strata.size()).first->second;
    units.push_back({stratum, one.teacher_seed});
    numbers.push_back(one.value);
  }
  return Design(units).MeanOf(numbers).mean;
}

Interval Within(const Interval& interval, double low, double high) {
  return {std::clamp(interval.low, low, high), std::clamp(interval.high, low, high)};
}

Design::Design(const std::vector<Unit>& units) {
  std::map<size_t, int64_t> strata;     // -> teachers
  std::map<int64_t, int64_t> teachers;  // -> cells
  std::map<std::pair<size_t, int64_t>, int64_t> students;
  for (const auto& unit : units) {
    ++teachers[unit.teacher_seed];
    if (++students[{unit.stratum, unit.teacher_seed}] == 1) ++strata[unit.stratum];
  }
  for (const auto& unit : units) {
    const auto of_teacher = students.at({unit.stratum, unit.teacher_seed});
    units_.push_back({PositionIn(strata, unit.stratum), PositionIn(teachers, unit.teacher_seed),
                      1.0 / static_cast<double>(strata.at(unit.stratum) * of_teacher)});
  }
  int64_t fewest = units.empty() ? 0 : strata.begin()->second;
  for (const auto& [name, count] : strata) {
    strata_.push_back({name, count});
    fewest = std::min(fewest, count);
  }
  for (const auto& [seed, unused] : teachers) teachers_.push_back(seed);
  if (fewest >= kFewestTeachers) degrees_ = fewest - 1;
}

std::vector<double> Design::StratumMeans(std::span<const double> values) const {
  DFKD_CHECK(values.size() == units_.size() && !values.empty());
  std::vector<double> means(strata_.size(), 0.0);
  for (size_t i = 0; i < units_.size(); ++i) {
    means[units_[i].stratum] += units_[i].weight * values[i];
  }
  return means;
}

std::vector<std::vector<double>> Design::StratumContributions(
    std::span<const double> values, const std::vector<double>& means) const {
  std::vector<std::vector<double>> contributions(strata_.size(),
                                                 std::vector<double>(teachers_.size(), 0.0));
  for (size_t i = 0; i < units_.size(); ++i) {
    const auto& unit = units_[i];
    contributions[unit.stratum][unit.teacher] += unit.weight * (values[i] - means[unit.stratum]);
  }
  for (size_t a = 0; a < strata_.size(); ++a) {
    // As in the sample variance: n / (n - 1).
    const auto n = static_cast<double>(strata_[a].teachers);
    for (auto& c : contributions[a]) c *= n > 1 ? std::sqrt(n / (n - 1)) : 0;
  }
  return contributions;
}

std::vector<double> Design::Contributions(std::span<const double> values) const {
  const auto by_stratum = StratumContributions(values, StratumMeans(values));
  std::vector<double> sums(teachers_.size(), 0.0);
  for (const auto& stratum : by_stratum) {
    for (size_t t = 0; t < sums.size(); ++t) {
      sums[t] += stratum[t] / static_cast<double>(strata_.size());
    }
  }
  return sums;
}

Estimate Design::MeanOf(std::span<const double> values) const {
  Estimate estimate{.cells = static_cast<int64_t>(units_.size()),
                    .strata = static_cast<int64_t>(strata_.size()),
                    .teachers = static_cast<int64_t>(teachers_.size())};
  for (const double mean : StratumMeans(values)) {
    estimate.mean += mean / static_cast<double>(strata_.size());
  }
  if (degrees_ == 0) return estimate;
  estimate.error = ErrorOf(Contributions(values));
  estimate.degrees = degrees_;
  const double half = StudentQuantile(0.975, degrees_) * *estimate.error;
  estimate.interval = {estimate.mean - half, estimate.mean + half};
  return estimate;
}

// Above the true worst lies its own upper end, so the largest of all upper ends is high enough
// whichever it is. Below it lie the lower ends of all, if each leaves out its share of 2.5 %; those
// that are clearly not the worst need no share.
Worst Design::WorstOf(std::span<const double> values) const {
  const auto means = StratumMeans(values);
  const auto largest =
      static_cast<size_t>(std::max_element(means.begin(), means.end()) - means.begin());
  Worst worst{strata_[largest].name, means[largest], std::nullopt};
  if (degrees_ == 0) return worst;
  const auto contributions = StratumContributions(values, means);
  std::vector<size_t> contenders;
  double high = means[largest];
  for (size_t a = 0; a < means.size(); ++a) {
    high = std::max(high, means[a] + StudentQuantile(0.975, strata_[a].teachers - 1) *
                                         ErrorOf(contributions[a]));
    std::vector<double> behind = contributions[largest];
    for (size_t t = 0; t < behind.size(); ++t) behind[t] -= contributions[a][t];
    const auto degrees = std::min(strata_[a].teachers, strata_[largest].teachers) - 1;
    const bool apart =
        means[largest] - means[a] > StudentQuantile(1 - kContenderLevel, degrees) * ErrorOf(behind);
    if (!apart) contenders.push_back(a);
  }
  double low = -HUGE_VAL;
  for (const auto a : contenders) {
    const double level = 1 - 0.025 / static_cast<double>(contenders.size());
    low = std::max(low, means[a] - StudentQuantile(level, strata_[a].teachers - 1) *
                                       ErrorOf(contributions[a]));
  }
  worst.interval = Interval{low, high};
  return worst;
}

}  // namespace dfkd
