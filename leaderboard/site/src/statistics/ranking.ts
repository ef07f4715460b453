// Who is better than whom, and how sure that is: leaderboard/standings/ranking.h says why.
import {at} from '../arrays';
import {Design, type Estimate, pValue, type Unit, type Values} from './design';
import {slotsOf, stratumMean, teacherMeans} from './teacher_means';

/**
 * Two entrants over the units at which both have a number, and no others. `a` and `b` are
 * positions, a < b.
 */
export interface Pair {
  readonly a: number;
  readonly b: number;
  /** a minus b; absent if they share no unit. */
  readonly difference?: Estimate;
  readonly p?: number;
  /** Adjusted by Holm over all pairs that have a p-value. */
  readonly holm?: number;
}

/** What is told apart: an adjusted p-value below this. */
export const level = 0.05;

export interface RankRange {
  readonly low: number;
  readonly high: number;
}

/** Holm's step-down adjustment, in the order given. */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => at(p, a) - at(p, b));
  const adjusted = p.map(() => 0);
  let largest = 0;
  order.forEach((place, i) => {
    largest = Math.max(largest, (p.length - i) * at(p, place));
    adjusted[place] = Math.min(1, largest);
  });
  return adjusted;
}

/** One number a unit, NaN where there is none. */
export type Column = Float64Array;

// The differences of two columns, and the units at which one has no number.
function differencesOf(x: Column, y: Column): {differences: number[]; missing: number[]} {
  const [differences, missing]: [number[], number[]] = [[], []];
  for (let i = 0; i < x.length; ++i) {
    const difference = (x[i] ?? NaN) - (y[i] ?? NaN);
    if (Number.isNaN(difference)) missing.push(i);
    else differences.push(difference);
  }
  return {differences, missing};
}

/** Designs of some of the units, one for those that lack the same. */
class Designs {
  private readonly known = new Map<string, Design>();

  constructor(
    private readonly units: readonly Unit[],
    all: Design,
  ) {
    this.known.set('', all);
  }

  without(missing: readonly number[]): Design {
    const key = missing.join();
    const before = this.known.get(key);
    if (before) return before;
    const out = new Set(missing);
    const design = new Design(this.units.filter((_, i) => !out.has(i)));
    this.known.set(key, design);
    return design;
  }
}

function pairOf(designs: Designs, columns: readonly Column[], a: number, b: number): Pair {
  const {differences, missing} = differencesOf(at(columns, a), at(columns, b));
  if (differences.length === 0) return {a, b};
  const difference = designs.without(missing).meanOf(differences);
  const p = pValue(difference);
  return p === undefined ? {a, b, difference} : {a, b, difference, p};
}

/**
 * In the order (0,1), (0,2), …, (1,2), …; lower is better. `all`: the design of the units, where
 * it is known.
 */
export function allPairs(
  units: readonly Unit[],
  columns: readonly Column[],
  all = new Design(units),
): Pair[] {
  const designs = new Designs(units, all);
  const pairs: Pair[] = [];
  for (let a = 0; a < columns.length; ++a) {
    for (let b = a + 1; b < columns.length; ++b) pairs.push(pairOf(designs, columns, a, b));
  }
  const adjusted = holm(pairs.flatMap(pair => pair.p ?? []));
  let next = 0;
  return pairs.map(pair => (pair.p === undefined ? pair : {...pair, holm: at(adjusted, next++)}));
}

export interface Ranks {
  /**
   * By entrant; those that cannot be told apart from the first of their group share its place,
   * unless others are proven better: it is never outside of `range`.
   */
  readonly rank: number[];
  /** By entrant the ranks that are possible, 95 % for all at once. */
  readonly range: RankRange[];
}

/** `pairs`: of these entrants, by their positions. */
export function ranksOf(means: readonly number[], pairs: readonly Pair[]): Ranks {
  const n = means.length;
  const lower = new Set<number>(); // n * a + b: a is proven lower than b
  for (const {a, b, difference, holm: p} of pairs) {
    if (p === undefined || p >= level || !difference) continue;
    if (difference.mean < 0) lower.add(n * a + b);
    if (difference.mean > 0) lower.add(n * b + a);
  }
  const order = means.map((_, i) => i).sort((a, b) => at(means, a) - at(means, b));
  const rank = means.map(() => 0);
  let first = 0;
  order.forEach((entrant, i) => {
    if (lower.has(n * at(order, first) + entrant)) first = i;
    rank[entrant] = first + 1;
  });
  const range = means.map((_, e) => {
    const better = order.filter(other => lower.has(n * other + e)).length;
    const worse = order.filter(other => lower.has(n * e + other)).length;
    return {low: 1 + better, high: n - worse};
  });
  return {rank: rank.map((place, e) => Math.max(place, at(range, e).low)), range};
}

/** Whom nobody beats: no other is at least as low in all measures and lower in one. */
export function frontOf(points: readonly (readonly number[])[]): boolean[] {
  const beats = (a: readonly number[], b: readonly number[]) =>
    a.every((value, i) => value <= at(b, i)) && a.some((value, i) => value < at(b, i));
  return points.map(point => !points.some(other => beats(other, point)));
}

/** A fraction to a tenth of a percent, as std::llround does it. */
export function toTheDigit(fraction: number): number {
  return Math.sign(fraction) * Math.round(1000 * Math.abs(fraction));
}

export interface UnseenRanks {
  readonly range: RankRange[];
  readonly probability: number;
}

/**
 * Where an entrant would stand on a further attack: UnseenRanksOf. `entrants`: a value a unit each.
 */
export function unseenRanksOf(units: readonly Unit[], entrants: readonly Values[]): UnseenRanks {
  const slots = slotsOf(units);
  const everyone = new Uint8Array(slots.teachers).fill(1);
  const attacks = slots.strata;
  const digits = entrants.map(values => {
    const means = teacherMeans(slots, values);
    return Array.from({length: attacks}, (_, a) => toTheDigit(stratumMean(means, a, everyone)));
  });
  const cut = Math.max(1, Math.floor(0.025 * (attacks + 1) + 1e-9));
  const range = digits.map(own => {
    const ranks = own.map((value, a) => 1 + digits.filter(other => at(other, a) < value).length);
    ranks.sort((a, b) => a - b);
    return {low: at(ranks, cut - 1), high: at(ranks, attacks - cut)};
  });
  return {range, probability: Math.max(0, (attacks + 1 - 2 * cut) / (attacks + 1))};
}
