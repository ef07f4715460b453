// The probability to be best: ChancesToBeBest of leaderboard/standings/ranking.h.
import {at} from '../arrays';
import {Rng, streams} from './random';

const draws = 10000;

/** A mean, and by teacher seed what the seed adds to its error. */
export interface Uncertain {
  readonly mean: number;
  readonly byTeacher: readonly number[];
}

/** In standard errors of a t distribution. */
interface Draws {
  /** [draw][teacher], one draw behind the other. */
  readonly seeds: Float64Array;
  /** By draw, the length of its vector. */
  readonly lengths: Float64Array;
}

const known = new Map<string, Draws>();

function drawsOf(teachers: number, degrees: number): Draws {
  const rng = new Rng(streams.chances);
  const seeds = new Float64Array(draws * teachers);
  const lengths = new Float64Array(draws);
  for (let row = 0; row < draws; ++row) {
    const own = seeds.subarray(row * teachers, (row + 1) * teachers);
    for (let t = 0; t < teachers; ++t) own[t] = rng.normal();
    let chiSquared = 0;
    for (let d = 0; d < degrees; ++d) chiSquared += rng.normal() ** 2;
    const scale = Math.sqrt(degrees / chiSquared);
    for (let t = 0; t < teachers; ++t) own[t] = (own[t] ?? 0) * scale;
    lengths[row] = Math.hypot(...own);
  }
  return {seeds, lengths};
}

// They hang on nothing but these two numbers, so a filter that leaves the seeds draws nothing.
function seedDraws(teachers: number, degrees: number): Draws {
  const key = `${String(teachers)}/${String(degrees)}`;
  const all = known.get(key) ?? drawsOf(teachers, degrees);
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
function addShare(chances: Float64Array, drawn: Float64Array, lowest: number): void {
  let ties = 0;
  for (const value of drawn) ties += value === lowest ? 1 : 0;
  const share = 1 / ties / draws;
  for (let e = 0; e < drawn.length; ++e) {
    if (drawn[e] === lowest) chances[e] = (chances[e] ?? 0) + share;
  }
}

const meanAt = (entrants: readonly Uncertain[], e: number) => at(entrants, e).mean;

// Far more than what rounding adds to a sum of so few numbers.
const slack = 1e-9;

/** By entrant; they share one list of teacher seeds. `degrees` > 0. */
export function chancesToBeBest(entrants: readonly Uncertain[], degrees: number): number[] {
  const teachers = entrants[0]?.byTeacher.length ?? 0;
  const {seeds, lengths} = seedDraws(teachers, degrees);
  // From the lowest mean on: then most of the others need no sum, because no vector of this length
  // can bring them down to what is there.
  const order = entrants.map((_, e) => e).sort((a, b) => meanAt(entrants, a) - meanAt(entrants, b));
  const sorted = order.map(e => at(entrants, e));
  const means = Float64Array.from(sorted, ({mean}) => mean);
  const sizes = Float64Array.from(sorted, ({byTeacher}) => Math.hypot(...byTeacher));
  const byTeacher = flatOf(sorted, teachers);
  const chances = new Float64Array(entrants.length);
  const drawn = new Float64Array(entrants.length);
  for (let draw = 0, row = 0; draw < draws; ++draw, row += teachers) {
    const length = lengths[draw] ?? 0;
    let lowest = Infinity;
    for (let e = 0; e < drawn.length; ++e) {
      let value = means[e] ?? 0;
      if (value - length * (sizes[e] ?? 0) > lowest + slack) {
        drawn[e] = Infinity;
        continue;
      }
      for (let t = 0, i = e * teachers; t < teachers; ++t, ++i)
        value += (seeds[row + t] ?? 0) * (byTeacher[i] ?? 0);
      drawn[e] = value;
      if (value < lowest) lowest = value;
    }
    addShare(chances, drawn, lowest);
  }
  const byEntrant = entrants.map(() => 0);
  order.forEach((entrant, e) => {
    byEntrant[entrant] = chances[e] ?? 0;
  });
  return byEntrant;
}
