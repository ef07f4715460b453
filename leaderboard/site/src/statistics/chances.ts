// The probability to be best: ChancesToBeBest of leaderboard/standings/ranking.h.
import {at} from '../arrays';
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

/** By entrant; they share one list of teacher seeds. `degrees` > 0. */
export function chancesToBeBest(entrants: readonly Uncertain[], degrees: number): number[] {
  const teachers = entrants[0]?.byTeacher.length ?? 0;
  const seeds = seedDraws(teachers, degrees);
  const chances = entrants.map(() => 0);
  const drawn = entrants.map(() => 0);
  for (let row = 0; row < seeds.length; row += teachers) {
    entrants.forEach(({mean, byTeacher}, e) => {
      let value = mean;
      for (let t = 0; t < teachers; ++t) value += (seeds[row + t] ?? 0) * (byTeacher[t] ?? 0);
      drawn[e] = value;
    });
    const lowest = Math.min(...drawn);
    const ties = drawn.filter(value => value === lowest).length;
    drawn.forEach((value, e) => {
      if (value === lowest) chances[e] = at(chances, e) + 1 / ties / draws;
    });
  }
  return chances;
}
