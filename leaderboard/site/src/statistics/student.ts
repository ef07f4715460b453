// Student's t distribution for whole degrees of freedom, as leaderboard/standings/distributions.h.

// 1 / B(n / 2, 1 / 2), without logarithms: beta functions of neighbours differ by a ratio.
function inverseBeta(n: number): number {
  let beta = n % 2 === 1 ? Math.PI : 2;
  for (let k = n % 2 === 1 ? 1 : 2; k < n; k += 2) beta *= k / (k + 1);
  return 1 / beta;
}

// The continued fraction of the incomplete beta function, by Lentz's method.
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let value = d;
  for (let m = 1; m < 1000; ++m) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d || tiny);
      c = 1 + term / c || tiny;
      value *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** The probability of a value at least as far from 0 as t, on either side. `degrees` > 0. */
export function studentTwoSided(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return 0;
  if (t === 0) return 1;
  const a = degrees / 2;
  const x = degrees / (degrees + t * t);
  const rest = (t * t) / (degrees + t * t);
  const front = Math.exp(a * Math.log(x)) * Math.sqrt(rest) * inverseBeta(degrees);
  if (x < (a + 1) / (a + 2.5)) return (front / a) * betaFraction(x, a, 0.5);
  return 1 - 2 * front * betaFraction(rest, 0.5, a);
}

const quantiles = new Map<string, number>();

/** The value below which a t variable stays with this probability, in (0.5, 1). */
export function studentQuantile(probability: number, degrees: number): number {
  const key = `${String(probability)}/${String(degrees)}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const outside = 2 * (1 - probability);
  let low = 0;
  let high = 1;
  while (studentTwoSided(high, degrees) > outside) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degrees) > outside) low = middle;
    else high = middle;
  }
  quantiles.set(key, high);
  return high;
}

// The density of s = sqrt(chi squared / degrees), up to a factor.
function scaleDensity(s: number, degrees: number): number {
  return Math.exp((degrees - 1) * Math.log(s) - (degrees * (s * s - 1)) / 2);
}

// The standard normal distribution function: Simpson's rule from 0, exact to 1e-12 and 0 or 1
// beyond 8.
function normalBelow(z: number): number {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  const steps = 200;
  const width = z / steps;
  let sum = 0;
  for (let i = 0; i <= steps; ++i) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * width) ** 2) / 2);
  }
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

// The value below which a normal variable stays with this probability, in (0.5, 1).
function normalQuantile(probability: number): number {
  let low = 0;
  let high = 8;
  for (let i = 0; i < 50; ++i) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * How many units a two-sided paired t test at level `alpha` takes to find with probability `power`
 * an effect of `effect` standard deviations of their differences: UnitsToDetect.
 */
export function unitsToDetect(alpha: number, power: number, effect: number): number {
  const critical = normalQuantile(1 - alpha / 2);
  const errors = (critical + normalQuantile(power)) / effect;
  return Math.ceil(errors * errors + (critical * critical) / 2);
}

// The probability that a noncentral t variable exceeds `critical`: over all scales, by Simpson's
// rule.
function powerOf(errors: number, critical: number, degrees: number): number {
  const steps = 400;
  const end = 1 + 9 / Math.sqrt(degrees);
  let found = 0;
  let all = 0;
  for (let i = 1; i <= steps; ++i) {
    const s = (i * end) / steps;
    const density = scaleDensity(s, degrees) * (i === steps ? 1 : i % 2 === 1 ? 4 : 2);
    all += density;
    found += density * normalBelow(errors - critical * s);
  }
  return found / all;
}

const detectable = new Map<string, number>();

/**
 * By how many standard errors an effect must differ from 0 for a two-sided t test at level `alpha`
 * to find it with probability `power`.
 */
export function detectableErrors(alpha: number, power: number, degrees: number): number {
  const key = [alpha, power, degrees].join('/');
  const known = detectable.get(key);
  if (known !== undefined) return known;
  const critical = studentQuantile(1 - alpha / 2, degrees);
  let low = 0;
  let high = critical;
  while (powerOf(high, critical, degrees) < power && high < 1000) [low, high] = [high, 2 * high];
  for (let i = 0; i < 40; ++i) {
    const middle = (low + high) / 2;
    if (powerOf(middle, critical, degrees) >= power) high = middle;
    else low = middle;
  }
  detectable.set(key, high);
  return high;
}
