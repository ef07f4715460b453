// The probability to be best: ChancesToBeBest of leaderboard/standings/ranking.h.
import {Rng, streams} from './random';

const draws = 10000;

/** A mean, and by teacher seed what the seed adds to its error. */
export interface Uncertain {
  readonly mean: number;
  readonly byTeacher: readonly number[];
}

const known = new Map<string, Float64Array>();

// Row by row what the teacher seeds add, in standard errors of a t distribution. They hang on
// nothing but these two numbers, so a filter that leaves the seeds draws nothing.
function seedDraws(teachers: number, degrees: number): Float64Array {
  const key = `${String(teachers)}/${String(degrees)}`;
  const before = known.get(key);
  if (before) return before;
  const rng = new Rng(streams.chances);
  const all = new Float64Array(draws * teachers);
  for (let row = 0; row < all.length; row += teachers) {
    for (let t = 0; t < teachers; ++t) all[row + t] = rng.normal();
    let chiSquared = 0;
    for (let d = 0; d < degrees; ++d) chiSquared += rng.normal() ** 2;
    const scale = Math.sqrt(degrees / chiSquared);
    for (let t = 0; t < teachers; ++t) all[row + t] = (all[row + t] ?? 0) * scale;
  }
  known.set(key, all);
  return all;
}

// [entrant][teacher], one entrant behind the other.
function flatOf(entrants: readonly Uncertain[], teachers: number): Float64Array {
  const flat = new Float64Array(entrants.length * teachers);
  entrants.forEach(({byTeacher}, e) => {
    flat.set(byTeacher, e * teachers);
  });
  return flat;
}

// Gives the lowest a draw's share of the chances, in equal parts if there are several.
function addShare(chances: Float64Array, drawn: Float64Array): void {
  let lowest = Infinity;
  let ties = 0;
  for (const value of drawn) {
    if (value === lowest) ++ties;
    if (value >= lowest) continue;
    lowest = value;
    ties = 1;
  }
  const share = 1 / ties / draws;
  for (let e = 0; e < drawn.length; ++e) {
    if (drawn[e] === lowest) chances[e] = (chances[e] ?? 0) + share;
  }
}

/** By entrant; they share one list of teacher seeds. `degrees` > 0. */
export function chancesToBeBest(entrants: readonly Uncertain[], degrees: number): number[] {
  const teachers = entrants[0]?.byTeacher.length ?? 0;
  const seeds = seedDraws(teachers, degrees);
  const means = Float64Array.from(entrants, ({mean}) => mean);
  const byTeacher = flatOf(entrants, teachers);
  const chances = new Float64Array(entrants.length);
  const drawn = new Float64Array(entrants.length);
  for (let row = 0; row < seeds.length; row += teachers) {
    for (let e = 0, i = 0; e < drawn.length; ++e) {
      let value = means[e] ?? 0;
      for (let t = 0; t < teachers; ++t, ++i) value += (seeds[row + t] ?? 0) * (byTeacher[i] ?? 0);
      drawn[e] = value;
    }
    addShare(chances, drawn);
  }
  return [...chances];
}
