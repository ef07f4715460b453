// Means over cells of several attacks and seeds, and how well they are known:
// leaderboard/standings/design.h says why.
import {at, compareText} from '../arrays';
import {type Interval} from './interval';
import {studentQuantile, studentTwoSided} from './student';

/** Of teacher seeds, in each stratum: with fewer nothing has an interval, a p-value or a rank. */
export const fewestTeachers = 3;

// Standard deviation of the rounding to a tenth of a percent. Identical seeds prove no more.
const leastError = 0.001 / Math.sqrt(12);
// Below this one-sided level an attack is no longer taken for a possible worst one.
const contenderLevel = 0.005;

/** One a unit. */
export type Values = ArrayLike<number>;

export interface Unit {
  readonly stratum: string;
  readonly teacher: number;
}

export interface Estimate {
  readonly mean: number;
  readonly cells: number;
  readonly attacks: number;
  readonly teachers: number;
  /** Absent if a stratum has fewer than `fewestTeachers`. */
  readonly error?: number;
  readonly degrees: number;
  readonly interval?: Interval;
}

export interface Worst {
  readonly attack: string;
  readonly mean: number;
  readonly interval?: Interval;
}

/** Two-sided, of the hypothesis that what is estimated is 0. */
export function pValue(estimate: Estimate): number | undefined {
  if (estimate.error === undefined) return undefined;
  return studentTwoSided(estimate.mean / estimate.error, estimate.degrees);
}

function errorOf(contributions: Float64Array): number {
  let squares = 0;
  for (const c of contributions) squares += c * c;
  return Math.max(Math.sqrt(squares), leastError);
}

/** Of units the teachers of each stratum, and how many units each has. */
export function studentsOf(units: readonly Unit[]): Map<string, Map<number, number>> {
  const students = new Map<string, Map<number, number>>();
  for (const {stratum, teacher} of units) {
    const of = students.get(stratum) ?? new Map<number, number>();
    of.set(teacher, (of.get(teacher) ?? 0) + 1);
    students.set(stratum, of);
  }
  return students;
}

/**
 * Where the cells of a mean stand. All methods take one value a unit, in their order, and need at
 * least one.
 */
export class Design {
  readonly degrees: number;
  private readonly strata: string[];
  private readonly teachersOf: number[];
  private readonly teachers: number[];
  // By unit, its positions in the lists above and its share of the stratum.
  private readonly stratum: Int32Array;
  private readonly teacher: Int32Array;
  private readonly weight: Float64Array;

  constructor(units: readonly Unit[]) {
    const students = studentsOf(units);
    this.strata = [...students.keys()].sort(compareText);
    this.teachers = [...new Set(units.map(unit => unit.teacher))].sort((a, b) => a - b);
    this.teachersOf = this.strata.map(name => students.get(name)?.size ?? 0);
    const strata = new Map(this.strata.map((name, i) => [name, i]));
    const teachers = new Map(this.teachers.map((seed, i) => [seed, i]));
    this.stratum = Int32Array.from(units, unit => strata.get(unit.stratum) ?? 0);
    this.teacher = Int32Array.from(units, unit => teachers.get(unit.teacher) ?? 0);
    this.weight = Float64Array.from(units, ({stratum, teacher}) => {
      const of = students.get(stratum);
      return 1 / ((of?.size ?? 1) * (of?.get(teacher) ?? 1));
    });
    const fewest = Math.min(...this.teachersOf);
    this.degrees = units.length > 0 && fewest >= fewestTeachers ? fewest - 1 : 0;
  }

  private stratumMeans(values: Values): Float64Array {
    const {stratum, weight} = this;
    const means = new Float64Array(this.strata.length);
    for (let i = 0; i < weight.length; ++i) {
      const a = stratum[i] ?? 0;
      means[a] = (means[a] ?? 0) + (weight[i] ?? 0) * (values[i] ?? 0);
    }
    return means;
  }

  // [stratum][teacher], one stratum behind the other.
  private contributions(values: Values, means: Float64Array): Float64Array {
    const {stratum, teacher, weight} = this;
    const width = this.teachers.length;
    const all = new Float64Array(means.length * width);
    for (let i = 0; i < weight.length; ++i) {
      const a = stratum[i] ?? 0;
      const at = a * width + (teacher[i] ?? 0);
      all[at] = (all[at] ?? 0) + (weight[i] ?? 0) * ((values[i] ?? 0) - (means[a] ?? 0));
    }
    this.teachersOf.forEach((n, a) => {
      const factor = n > 1 ? Math.sqrt(n / (n - 1)) : 0; // as in the sample variance
      for (let i = a * width; i < (a + 1) * width; ++i) all[i] = (all[i] ?? 0) * factor;
    });
    return all;
  }

  private seedSums(values: Values, means: Float64Array): Float64Array {
    const width = this.teachers.length;
    const sums = new Float64Array(width);
    const all = this.contributions(values, means);
    for (let i = 0; i < all.length; i += width) {
      for (let t = 0; t < width; ++t) sums[t] = (sums[t] ?? 0) + (all[i + t] ?? 0) / means.length;
    }
    return sums;
  }

  /** By teacher seed, in rising order, what the seed adds to the error of the mean. */
  bySeed(values: Values): number[] {
    return [...this.seedSums(values, this.stratumMeans(values))];
  }

  meanOf(values: Values): Estimate {
    const means = this.stratumMeans(values);
    const strata = means.length;
    let mean = 0;
    for (const m of means) mean += m / strata;
    const counts = {
      mean,
      cells: this.weight.length,
      attacks: strata,
      teachers: this.teachers.length,
      degrees: this.degrees,
    };
    if (this.degrees === 0) return counts;
    const error = errorOf(this.seedSums(values, means));
    const half = studentQuantile(0.975, this.degrees) * error;
    return {...counts, error, interval: {low: mean - half, high: mean + half}};
  }

  /**
   * The stratum with the largest mean; the interval is of the largest true mean, whichever it
   * belongs to.
   */
  worstOf(values: Values): Worst {
    const means = this.stratumMeans(values);
    const largest = means.indexOf(Math.max(...means));
    const worst = {attack: at(this.strata, largest), mean: means[largest] ?? 0};
    if (this.degrees === 0) return worst;
    const contributions = this.contributions(values, means);
    return {...worst, interval: this.worstInterval([...means], largest, contributions)};
  }

  // Design::WorstOf says why: all upper ends are high enough, and the lower ends share their 2.5 %.
  private worstInterval(means: number[], largest: number, contributions: Float64Array): Interval {
    const width = this.teachers.length;
    const ownOf = (a: number) => contributions.subarray(a * width, (a + 1) * width);
    const errors = means.map((_, a) => errorOf(ownOf(a)));
    const degrees = this.teachersOf.map(n => n - 1);
    const upper = means.map((m, a) => m + studentQuantile(0.975, at(degrees, a)) * at(errors, a));
    const contenders = means
      .map((_, a) => a)
      .filter(a => {
        const own = ownOf(a);
        const behind = ownOf(largest).map((c, t) => c - (own[t] ?? 0));
        const least = Math.min(at(degrees, a), at(degrees, largest));
        const apart = studentQuantile(1 - contenderLevel, least) * errorOf(behind);
        return at(means, largest) - at(means, a) <= apart;
      });
    const level = 1 - 0.025 / contenders.length;
    const lower = contenders.map(
      a => at(means, a) - studentQuantile(level, at(degrees, a)) * at(errors, a),
    );
    return {low: Math.max(...lower), high: Math.max(at(means, largest), ...upper)};
  }
}
