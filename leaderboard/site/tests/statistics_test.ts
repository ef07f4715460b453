import assert from 'node:assert/strict';
import {test} from 'node:test';

import {at} from '../src/arrays';
import {Design} from '../src/statistics/design';
import {defenseEffectiveness, wilson} from '../src/statistics/interval';
import {frontOf, holm, ranksOf, toTheDigit} from '../src/statistics/ranking';
import {
  detectableErrors,
  studentQuantile,
  studentTwoSided,
  unitsToDetect,
} from '../src/statistics/student';
import {meanOverSeeds} from '../src/statistics/teacher_means';

function near(actual: number | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(
    actual !== undefined &&
      Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${String(actual)} is not ${String(expected)}`,
  );
}

test('quantiles of Student are those of tables', () => {
  near(studentQuantile(0.975, 1), 12.706204736432095);
  near(studentQuantile(0.975, 2), 4.302652729911275);
  near(studentQuantile(0.975, 9), 2.2621571627409915);
  near(studentQuantile(0.995, 4), 4.604094871415897);
});

test('both tails of Student are exact far out and near zero', () => {
  near(studentTwoSided(4.302652729911275, 2), 0.05);
  near(studentTwoSided(1, 1), 0.5);
  near(studentTwoSided(0.001, 7), 0.9992300172449988);
  near(studentTwoSided(40, 3) / 3.438068078915854e-5, 1);
  assert.equal(studentTwoSided(0, 5), 1);
  assert.equal(studentTwoSided(Infinity, 5), 0);
});

test('the effect that is found four times in five is that of the noncentral distribution', () => {
  near(detectableErrors(0.05, 0.8, 3), 4.255898820740657, 1e-8);
  near(detectableErrors(0.05, 0.8, 10000), 2.80185430812845, 1e-8);
});

// 34 pairs for half a standard deviation is in every textbook; the others by SciPy.
test('so many pairs find an effect as the noncentral distribution says', () => {
  assert.equal(unitsToDetect(0.05, 0.8, 0.5), 34);
  assert.equal(unitsToDetect(0.05, 0.8, 1), 10);
  assert.equal(unitsToDetect(0.05, 0.8, 0.05), 3142);
  assert.equal(unitsToDetect(0.05 / 28, 0.8, 0.2), 398);
});

test('the Wilson interval has no crumbs at its ends', () => {
  assert.equal(wilson(0, 900).low, 0);
  assert.equal(wilson(900, 900).high, 1);
  near(wilson(8, 10).low, 0.4901625, 1e-6);
  near(wilson(8, 10).high, 0.9433178, 1e-6);
});

test('DER is one half without effect and one for a removed backdoor at no cost', () => {
  assert.equal(defenseEffectiveness(0.5, 0.5, 0.9, 0.9), 0.5);
  assert.equal(defenseEffectiveness(1, 0, 0.9, 0.9), 1);
});

test('Holm multiplies the smallest by the number of tests and never decreases', () => {
  assert.deepEqual(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
  assert.deepEqual(holm([0.5, 0.9]), [1, 1]);
});

test('strata weigh alike, and two teachers give no interval', () => {
  const units = [0, 1, 2].map(teacher => ({stratum: 'a', teacher}));
  const three = new Design(units).meanOf([0.1, 0.2, 0.3]);
  near(three.mean, 0.2);
  near(three.error, 0.1 / Math.sqrt(3));
  near(three.interval?.high, 0.2 + (4.302652729911275 * 0.1) / Math.sqrt(3));
  const two = new Design([...units, {stratum: 'b', teacher: 0}, {stratum: 'b', teacher: 1}]);
  const estimate = two.meanOf([0.1, 0.2, 0.3, 0.6, 0.8]);
  near(estimate.mean, (0.2 + 0.7) / 2);
  assert.equal(estimate.interval, undefined);
});

test('students of a teacher share its weight', () => {
  const design = new Design([0, 0, 1].map(teacher => ({stratum: 'a', teacher})));
  near(design.meanOf([0.2, 0.4, 0.9]).mean, 0.6);
});

test('a mean over seeds is that of the design, in whatever order cells come', () => {
  const cells: {attack: string; teacherSeed: number; asr?: number}[] = [
    {attack: 'b', teacherSeed: 1, asr: 0.6},
    {attack: 'a', teacherSeed: 0, asr: 0.9},
    {attack: 'b', teacherSeed: 0, asr: 0.1},
    {attack: 'a', teacherSeed: 0},
    {attack: 'b', teacherSeed: 0, asr: 0.3},
  ];
  const known = cells.filter(cell => cell.asr !== undefined);
  const design = new Design(
    known.map(({attack, teacherSeed}) => ({stratum: attack, teacher: teacherSeed})),
  );
  const mean = meanOverSeeds(cells, cell => cell.asr);
  near(mean, ((0.2 + 0.6) / 2 + 0.9) / 2);
  near(mean, design.meanOf(known.map(cell => cell.asr ?? 0)).mean);
  assert.equal(
    meanOverSeeds(cells, () => undefined),
    undefined,
  );
});

test('identical seeds prove no more than their rounding', () => {
  const design = new Design([0, 1, 2].map(teacher => ({stratum: 'a', teacher})));
  near(design.meanOf([0.5, 0.5, 0.5]).error, 0.001 / Math.sqrt(12));
});

test('the worst attack is the one with the largest mean, and its interval holds it', () => {
  const units = ['a', 'b'].flatMap(stratum => [0, 1, 2].map(teacher => ({stratum, teacher})));
  const worst = new Design(units).worstOf([0.1, 0.1, 0.1, 0.8, 0.9, 0.7]);
  assert.equal(worst.attack, 'b');
  assert.ok(worst.interval && worst.interval.low < 0.8 && worst.interval.high > 0.8);
});

test('who cannot be told from the first of a group shares its rank', () => {
  const pair = (a: number, b: number, mean: number, p: number) => ({
    a,
    b,
    holm: p,
    difference: {mean, cells: 3, attacks: 1, teachers: 3, degrees: 2},
  });
  const ranks = ranksOf(
    [0.1, 0.2, 0.9],
    [pair(0, 1, -0.1, 0.4), pair(0, 2, -0.8, 0.01), pair(1, 2, -0.7, 0.2)],
  );
  assert.deepEqual(ranks.rank, [1, 1, 3]);
  assert.deepEqual(
    ranks.range.map(range => [range.low, range.high]),
    [
      [1, 2],
      [1, 3],
      [2, 3],
    ],
  );
});

test('the front holds whom nobody beats', () => {
  assert.deepEqual(
    frontOf([
      [1, 1],
      [2, 0],
      [2, 2],
      [1, 1],
    ]),
    [true, true, false, true],
  );
});

test('halves of a digit go away from zero', () => {
  assert.deepEqual([0.0005, -0.0005, 0.0004].map(toTheDigit).map(Math.abs), [1, 1, 0]);
  assert.equal(at([7], 0), 7);
  assert.throws(() => at([], 0), RangeError);
});
