// Means over the students of each teacher: of which ranks on a further attack and halves of the
// seeds are made, and what every mean over seeds is made of.
import {type Row} from '../data/rows';
import {studentsOf, type Unit, type Values} from './design';

/**
 * The mean that Design.meanOf has over those of the rows that have a value; undefined of none.
 * Whoever shows a mean over seeds takes it from here: MeanOverSeeds in
 * leaderboard/standings/design.h says why, and adds up in the same order.
 */
export function meanOverSeeds<Seeded extends Pick<Row, 'attack' | 'teacherSeed'>>(
  rows: readonly Seeded[],
  valueOf: (row: Seeded) => number | undefined,
): number | undefined {
  const known = rows.filter(row => valueOf(row) !== undefined);
  const students = studentsOf(
    known.map(({attack, teacherSeed}) => ({stratum: attack, teacher: teacherSeed})),
  );
  const means = new Map<string, number>();
  for (const row of known) {
    const {attack, teacherSeed} = row;
    const of = students.get(attack);
    const weight = 1 / ((of?.size ?? 1) * (of?.get(teacherSeed) ?? 1));
    means.set(attack, (means.get(attack) ?? 0) + weight * (valueOf(row) ?? 0));
  }
  if (means.size === 0) return undefined;
  let mean = 0;
  for (const one of means.values()) mean += one / means.size;
  return mean;
}

/** Where units stand; strata and teachers are in rising order. */
export interface Slots {
  readonly strata: number;
  readonly teachers: number;
  /** By unit: stratum * teachers + teacher. */
  readonly of: Int32Array;
}

export function slotsOf(units: readonly Unit[]): Slots {
  const strata = [...new Set(units.map(unit => unit.stratum))].sort();
  const teachers = [...new Set(units.map(unit => unit.teacher))].sort((a, b) => a - b);
  const [rows, columns] = [new Map<string, number>(), new Map<number, number>()];
  strata.forEach((stratum, a) => rows.set(stratum, a));
  teachers.forEach((teacher, t) => columns.set(teacher, t));
  const of = Int32Array.from(
    units,
    unit => (rows.get(unit.stratum) ?? 0) * teachers.length + (columns.get(unit.teacher) ?? 0),
  );
  return {strata: strata.length, teachers: teachers.length, of};
}

/** By slot; NaN if a stratum has no unit of a teacher. */
export function teacherMeans(slots: Slots, values: Values): Float64Array {
  const sums = new Float64Array(slots.strata * slots.teachers);
  const counts = new Float64Array(sums.length);
  for (let i = 0; i < slots.of.length; ++i) {
    const slot = slots.of[i] ?? 0;
    sums[slot] = (sums[slot] ?? 0) + (values[i] ?? 0);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return sums.map((sum, slot) => sum / (counts[slot] ?? 0));
}

/** The mean of a stratum over the teachers that are chosen and that it has; NaN without any. */
export function stratumMean(
  means: Float64Array,
  stratum: number,
  chosen: ArrayLike<number>,
  which = 1,
): number {
  let [sum, count] = [0, 0];
  for (let t = 0, slot = stratum * chosen.length; t < chosen.length; ++t, ++slot) {
    const value = means[slot] ?? NaN;
    if (chosen[t] !== which || value !== value) continue; // NaN alone is not itself
    sum += value;
    ++count;
  }
  return sum / count;
}
