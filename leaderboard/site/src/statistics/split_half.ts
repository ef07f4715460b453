// How often halves of the teacher seeds agree on the first place: SplitHalf of
// leaderboard/standings/ranking.h.
import {meanOf} from '../arrays';
import {type Unit, type Values} from './design';
import {Rng, streams} from './random';
import {toTheDigit} from './ranking';
import {slotsOf, stratumMean, teacherMeans} from './teacher_means';

const mostSplits = 1000;
/** Two means that are shown alike differ by less. */
const oneDigit = 0.002;

// All ways to choose `half` of the places from `first` to n, as lists of them.
function choices(n: number, half: number, first = 0): number[][] {
  if (half === 0) return [[]];
  const ways: number[][] = [];
  for (let i = first; i + half <= n; ++i) {
    for (const rest of choices(n, half - 1, i + 1)) ways.push([i, ...rest]);
  }
  return ways;
}

// All splits, if there are no more than `mostSplits`; else as many drawn ones. Of two that differ
// in nothing but which half is named first, one: they agree or disagree together.
function splitsOf(n: number, half: number): number[][] {
  let ways = 1;
  for (let i = 0; i < half; ++i) ways *= (n - i) / (i + 1);
  if (ways <= mostSplits) {
    const all = choices(n, half);
    return 2 * half === n ? all.filter(split => split.includes(0)) : all;
  }
  const rng = new Rng(streams.splitHalf);
  return Array.from({length: mostSplits}, () => rng.permutation(n).slice(0, half));
}

// Over the teachers that are chosen (or those that are not), to a tenth of a percent; NaN if a
// stratum has none of them.
function halfMean(means: Float64Array, strata: number, chosen: Uint8Array, which: number): number {
  let sum = 0;
  for (let a = 0; a < strata; ++a) sum += stratumMean(means, a, chosen, which);
  return toTheDigit(sum / strata);
}

// Who is first in a half; nobody if a stratum has no teacher in it.
function firstIn(
  entrants: readonly Float64Array[],
  strata: number,
  chosen: Uint8Array,
  which: number,
): number[] {
  const means = entrants.map(own => halfMean(own, strata, chosen, which));
  if (means.some(Number.isNaN)) return [];
  const lowest = Math.min(...means);
  return means.flatMap((mean, e) => (mean === lowest ? [e] : []));
}

// Those that may be first in any half: the others are above somebody even where their means are
// least and that one's are largest.
function contenders(entrants: readonly Float64Array[], strata: number): Float64Array[] {
  const sumOf = (own: Float64Array, extreme: (...values: number[]) => number) => {
    const width = own.length / strata;
    let sum = 0;
    for (let i = 0; i < own.length; i += width)
      sum += extreme(...own.subarray(i, i + width).filter(value => !Number.isNaN(value)));
    return sum / strata;
  };
  const bound = Math.min(...entrants.map(own => sumOf(own, Math.max)));
  return entrants.filter(own => sumOf(own, Math.min) <= bound + oneDigit);
}

/** `entrants`: a value a unit each. Absent with fewer than two teachers or entrants. */
export function splitHalf(units: readonly Unit[], entrants: readonly Values[]): number | undefined {
  const slots = slotsOf(units);
  const n = slots.teachers;
  if (n < 2 || entrants.length < 2) return undefined;
  const means = contenders(
    entrants.map(values => teacherMeans(slots, values)),
    slots.strata,
  );
  const agreed: number[] = [];
  const chosen = new Uint8Array(n);
  for (const split of splitsOf(n, Math.floor(n / 2))) {
    chosen.fill(0);
    for (const t of split) chosen[t] = 1;
    const one = firstIn(means, slots.strata, chosen, 1);
    const other = firstIn(means, slots.strata, chosen, 0);
    if (one.length === 0 || other.length === 0) continue;
    agreed.push(one.some(entrant => other.includes(entrant)) ? 1 : 0);
  }
  return meanOf(agreed);
}
