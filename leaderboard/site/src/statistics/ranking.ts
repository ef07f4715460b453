// Who is better than whom, and how sure that is: leaderboard/standings/ranking.h says why.
import {at, meanOf} from '../arrays';
import {Design, type Estimate, pValue, type Unit} from './design';

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

type Column = readonly (number | undefined)[];

function pairOf(
  units: readonly Unit[],
  all: Design,
  columns: readonly Column[],
  a: number,
  b: number,
): Pair {
  const shared: Unit[] = [];
  const differences: number[] = [];
  units.forEach((unit, i) => {
    const x = columns[a]?.[i];
    const y = columns[b]?.[i];
    if (x === undefined || y === undefined) return;
    shared.push(unit);
    differences.push(x - y);
  });
  if (shared.length === 0) return {a, b};
  const design = shared.length === units.length ? all : new Design(shared);
  const difference = design.meanOf(differences);
  const p = pValue(difference);
  return p === undefined ? {a, b, difference} : {a, b, difference, p};
}

/** In the order (0,1), (0,2), …, (1,2), …; a column is one number a unit, lower is better. */
export function allPairs(units: readonly Unit[], columns: readonly Column[]): Pair[] {
  const all = new Design(units);
  const pairs: Pair[] = [];
  for (let a = 0; a < columns.length; ++a) {
    for (let b = a + 1; b < columns.length; ++b) pairs.push(pairOf(units, all, columns, a, b));
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

// [stratum][teacher]: means over students.
function teacherMeans(units: readonly Unit[], values: readonly number[]): Map<string, number[]> {
  const cells = new Map<string, Map<number, number[]>>();
  units.forEach(({stratum, teacher}, i) => {
    const of = cells.get(stratum) ?? new Map<number, number[]>();
    cells.set(stratum, of);
    const seeds = of.get(teacher) ?? [];
    of.set(teacher, seeds);
    seeds.push(at(values, i));
  });
  const means = new Map<string, number[]>();
  for (const [stratum, of] of cells) {
    const teachers = [...of.keys()].sort((a, b) => a - b);
    means.set(
      stratum,
      teachers.map(t => meanOf(of.get(t) ?? []) ?? 0),
    );
  }
  return means;
}

export interface UnseenRanks {
  readonly range: RankRange[];
  readonly probability: number;
}

/**
 * Where an entrant would stand on a further attack: UnseenRanksOf. `entrants`: a value a unit each.
 */
export function unseenRanksOf(
  units: readonly Unit[],
  entrants: readonly (readonly number[])[],
): UnseenRanks {
  const digits = entrants.map(values => {
    const means = teacherMeans(units, values);
    return [...means.keys()]
      .sort()
      .map(stratum => toTheDigit(meanOf(means.get(stratum) ?? []) ?? 0));
  });
  const attacks = new Set(units.map(unit => unit.stratum)).size;
  const cut = Math.max(1, Math.floor(0.025 * (attacks + 1) + 1e-9));
  const range = digits.map(own => {
    const ranks = own.map((value, a) => 1 + digits.filter(other => at(other, a) < value).length);
    ranks.sort((a, b) => a - b);
    return {low: at(ranks, cut - 1), high: at(ranks, attacks - cut)};
  });
  return {range, probability: Math.max(0, (attacks + 1 - 2 * cut) / (attacks + 1))};
}
