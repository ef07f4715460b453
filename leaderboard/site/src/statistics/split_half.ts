// How often halves of the teacher seeds agree on the first place: SplitHalf of
// leaderboard/standings/ranking.h.
import {meanOf} from '../arrays';
import {type Unit} from './design';
import {Rng, streams} from './random';
import {toTheDigit} from './ranking';

const mostSplits = 1000;

// All ways to choose `half` of the places from `first` to n, as lists of them.
function choices(n: number, half: number, first = 0): number[][] {
  if (half === 0) return [[]];
  const ways: number[][] = [];
  for (let i = first; i + half <= n; ++i) {
    for (const rest of choices(n, half - 1, i + 1)) ways.push([i, ...rest]);
  }
  return ways;
}

// All splits, if there are no more than `mostSplits`; else as many drawn ones.
function splitsOf(n: number, half: number): number[][] {
  let ways = 1;
  for (let i = 0; i < half; ++i) ways *= (n - i) / (i + 1);
  if (ways <= mostSplits) return choices(n, half);
  const rng = new Rng(streams.splitHalf);
  return Array.from({length: mostSplits}, () => rng.permutation(n).slice(0, half));
}

// [stratum][teacher]: means over students; absent if a stratum has none of a teacher.
type TeacherMeans = readonly (readonly (number | undefined)[])[];

function teacherMeans(
  units: readonly Unit[],
  values: readonly number[],
  teachers: readonly number[],
): TeacherMeans {
  const strata = [...new Set(units.map(unit => unit.stratum))].sort();
  return strata.map(stratum =>
    teachers.map(teacher =>
      meanOf(
        values.filter((_, i) => units[i]?.stratum === stratum && units[i].teacher === teacher),
      ),
    ),
  );
}

// Over the teachers that are chosen, to a tenth of a percent; absent if a stratum has none of them.
function halfMean(means: TeacherMeans, chosen: readonly boolean[]): number | undefined {
  let sum = 0;
  for (const stratum of means) {
    let [ofStratum, count] = [0, 0];
    for (let t = 0; t < chosen.length; ++t) {
      const value = chosen[t] ? stratum[t] : undefined;
      if (value === undefined) continue;
      ofStratum += value;
      ++count;
    }
    if (count === 0) return undefined;
    sum += ofStratum / count;
  }
  return toTheDigit(sum / means.length);
}

// Who is first in a half; nobody if a stratum has no teacher in it.
function firstIn(entrants: readonly TeacherMeans[], chosen: readonly boolean[]): number[] {
  const means = entrants.map(means => halfMean(means, chosen));
  if (means.includes(undefined)) return [];
  const lowest = Math.min(...means.map(mean => mean ?? 0));
  return means.flatMap((mean, e) => (mean === lowest ? [e] : []));
}

/** `entrants`: a value a unit each. Absent with fewer than two teachers or entrants. */
export function splitHalf(
  units: readonly Unit[],
  entrants: readonly (readonly number[])[],
): number | undefined {
  const teachers = [...new Set(units.map(unit => unit.teacher))].sort((a, b) => a - b);
  const n = teachers.length;
  if (n < 2 || entrants.length < 2) return undefined;
  const means = entrants.map(values => teacherMeans(units, values, teachers));
  const agreed: number[] = [];
  for (const chosen of splitsOf(n, Math.floor(n / 2))) {
    const half = teachers.map((_, t) => chosen.includes(t));
    const one = firstIn(means, half);
    const other = firstIn(
      means,
      half.map(inside => !inside),
    );
    if (one.length === 0 || other.length === 0) continue;
    agreed.push(one.some(entrant => other.includes(entrant)) ? 1 : 0);
  }
  return meanOf(agreed);
}
