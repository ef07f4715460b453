// Intervals of fractions, as leaderboard/standings/statistics.h.

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const z = 1.959963984540054; // 97.5 % quantile of the normal distribution

/**
 * In percent what 95 % intervals cover of means closer than `end` to 0 or 1: design.h says more.
 */
export const coverageNearTheEnds = {least: 86, most: 92, end: 0.1};

/** Wilson's score interval of `hits` in `of`, 95 %. `of` > 0. */
export function wilson(hits: number, of: number): Interval {
  const p = hits / of;
  const centre = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  return {
    low: hits === 0 ? 0 : Math.max(0, centre - half),
    high: hits === of ? 1 : Math.min(1, centre + half),
  };
}

/** What is left of an interval in [low, high]. */
export function within(interval: Interval, low: number, high: number): Interval {
  const clamp = (value: number) => Math.min(Math.max(value, low), high);
  return {low: clamp(interval.low), high: clamp(interval.high)};
}

/** DER in the frame of the undefended student. */
export function defenseEffectiveness(
  asrBefore: number,
  asrAfter: number,
  accBefore: number,
  accAfter: number,
): number {
  return (Math.max(0, asrBefore - asrAfter) - Math.max(0, accBefore - accAfter) + 1) / 2;
}
