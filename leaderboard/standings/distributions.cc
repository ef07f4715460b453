#include "leaderboard/standings/distributions.h"

#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace dfkd {
namespace {

// The search below ends here; 1,000 errors are found by any test that can be made.
constexpr double kMostErrors = 1000;

}  // namespace

double StudentQuantile(double probability, int64_t degrees) {
  return boost::math::quantile(boost::math::students_t(static_cast<double>(degrees)), probability);
}

double StudentTwoSided(double t, int64_t degrees) {
  if (std::isinf(t)) return 0;
  const boost::math::students_t student(static_cast<double>(degrees));
  return 2 * boost::math::cdf(boost::math::complement(student, std::abs(t)));
}

double DetectableErrors(double alpha, double power, int64_t degrees) {
  const double n = static_cast<double>(degrees), critical = StudentQuantile(1 - alpha / 2, degrees);
  double low = 0, high = critical;
  const auto found = [&](double errors) {
    const boost::math::non_central_t effect(n, errors);
    return boost::math::cdf(boost::math::complement(effect, critical)) >= power;
  };
  while (!found(high) && high < kMostErrors) low = high, high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (found(middle) ? high : low) = middle;
  }
  return high;
}

double UnitsToDetect(double alpha, double power, double effect) {
  const boost::math::normal normal;
  const double critical = boost::math::quantile(normal, 1 - alpha / 2);
  const double errors = (critical + boost::math::quantile(normal, power)) / effect;
  return std::ceil(errors * errors + critical * critical / 2);
}

}  // namespace dfkd
