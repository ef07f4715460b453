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

function errorOf(contributions: readonly number[]): number {
  let squares = 0;
  for (const c of contributions) squares += c * c;
  return Math.max(Math.sqrt(squares), leastError);
}

interface Placed {
  readonly stratum: number;
  readonly teacher: number;
  readonly weight: number;
}

/**
 * Where the cells of a mean stand. All methods take one value a unit, in their order, and need at
 * least one.
 */
export class Design {
  readonly degrees: number;
  private readonly units: Placed[];
  private readonly strata: string[];
  private readonly teachersOf: number[];
  private readonly teachers: number[];

  constructor(units: readonly Unit[]) {
    const students = new Map<string, Map<number, number>>();
    for (const {stratum, teacher} of units) {
      const of = students.get(stratum) ?? new Map<number, number>();
      of.set(teacher, (of.get(teacher) ?? 0) + 1);
      students.set(stratum, of);
    }
    this.strata = [...students.keys()].sort(compareText);
    this.teachers = [...new Set(units.map(unit => unit.teacher))].sort((a, b) => a - b);
    this.teachersOf = this.strata.map(name => students.get(name)?.size ?? 0);
    const strata = new Map(this.strata.map((name, i) => [name, i]));
    const teachers = new Map(this.teachers.map((seed, i) => [seed, i]));
    this.units = units.map(({stratum, teacher}) => {
      const of = students.get(stratum);
      return {
        stratum: strata.get(stratum) ?? 0,
        teacher: teachers.get(teacher) ?? 0,
        weight: 1 / ((of?.size ?? 1) * (of?.get(teacher) ?? 1)),
      };
    });
    const fewest = Math.min(...this.teachersOf);
    this.degrees = units.length > 0 && fewest >= fewestTeachers ? fewest - 1 : 0;
  }

  private stratumMeans(values: readonly number[]): number[] {
    const means = this.strata.map(() => 0);
    this.units.forEach((unit, i) => {
      means[unit.stratum] = at(means, unit.stratum) + unit.weight * at(values, i);
    });
    return means;
  }

  // [stratum][teacher].
  private contributions(values: readonly number[], means: readonly number[]): number[][] {
    const all = this.strata.map(() => this.teachers.map(() => 0));
    this.units.forEach((unit, i) => {
      const row = at(all, unit.stratum);
      row[unit.teacher] =
        at(row, unit.teacher) + unit.weight * (at(values, i) - at(means, unit.stratum));
    });
    return all.map((row, a) => {
      const n = at(this.teachersOf, a); // as in the sample variance: n / (n - 1)
      return row.map(c => (n > 1 ? c * Math.sqrt(n / (n - 1)) : 0));
    });
  }

  /** By teacher seed, in rising order, what the seed adds to the error of the mean. */
  bySeed(values: readonly number[]): number[] {
    const sums = this.teachers.map(() => 0);
    for (const row of this.contributions(values, this.stratumMeans(values))) {
      row.forEach((c, t) => {
        sums[t] = at(sums, t) + c / this.strata.length;
      });
    }
    return sums;
  }

  meanOf(values: readonly number[]): Estimate {
    const means = this.stratumMeans(values);
    const strata = means.length;
    let mean = 0;
    for (const m of means) mean += m / strata;
    const counts = {
      mean,
      cells: this.units.length,
      attacks: strata,
      teachers: this.teachers.length,
      degrees: this.degrees,
    };
    if (this.degrees === 0) return counts;
    const error = errorOf(this.bySeed(values));
    const half = studentQuantile(0.975, this.degrees) * error;
    return {...counts, error, interval: {low: mean - half, high: mean + half}};
  }

  /**
   * The stratum with the largest mean; the interval is of the largest true mean, whichever it
   * belongs to.
   */
  worstOf(values: readonly number[]): Worst {
    const means = this.stratumMeans(values);
    const largest = means.indexOf(Math.max(...means));
    const worst = {attack: at(this.strata, largest), mean: at(means, largest)};
    if (this.degrees === 0) return worst;
    return {
      ...worst,
      interval: this.worstInterval(means, largest, this.contributions(values, means)),
    };
  }

  // Design::WorstOf says why: all upper ends are high enough, and the lower ends share their 2.5 %.
  private worstInterval(means: number[], largest: number, contributions: number[][]): Interval {
    const errors = contributions.map(errorOf);
    const degrees = this.teachersOf.map(n => n - 1);
    const upper = means.map((m, a) => m + studentQuantile(0.975, at(degrees, a)) * at(errors, a));
    const contenders = means
      .map((_, a) => a)
      .filter(a => {
        const behind = at(contributions, largest).map((c, t) => c - at(at(contributions, a), t));
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
