// What the statistics need of Student's distribution. The one place that sees Boost.Math.
#pragma once
#include <cstdint>

namespace dfkd {

// The value below which a t variable stays with this probability, in (0, 1). degrees > 0.
double StudentQuantile(double probability, int64_t degrees);

// The probability of a value at least as far from 0 as t, on either side. degrees > 0; an infinite
// t gives 0.
double StudentTwoSided(double t, int64_t degrees);

// By how many standard errors an effect must differ from 0 for a two-sided t test at level `alpha`
// to find it with probability `power` (of the noncentral distribution). degrees > 0.
double DetectableErrors(double alpha, double power, int64_t degrees);

// How many units a two-sided paired t test at level `alpha` takes to find with probability `power`
// an effect of `effect` standard deviations of their differences, in whole numbers: Guenther's
// formula, which is one off at most above three units. alpha < 1 < 2 power; effect > 0.
double UnitsToDetect(double alpha, double power, double effect);

}  // namespace dfkd
