import assert from 'node:assert/strict';
import {test} from 'node:test';

import {at} from '../src/arrays';
import {chancesToBeBest} from '../src/statistics/chances';
import {Rng, streams} from '../src/statistics/random';
import {toTheDigit} from '../src/statistics/ranking';
import {splitHalf} from '../src/statistics/split_half';
import {studentTwoSided} from '../src/statistics/student';

test('the streams are those of bench/core/rng.h', () => {
  const uniform = new Rng(streams.chances);
  assert.deepEqual(
    Array.from({length: 4}, () => uniform.uniform()),
    [0.27466820580151274, 0.8880327377311081, 0.3516258019932632, 0.20033485218748093],
  );
  const normal = new Rng(streams.chances);
  for (const expected of [
    0.6111329343030789, 0.28580054695940704, 0.13332193104054949, 2.013602643082571,
  ])
    assert.ok(Math.abs(normal.normal() - expected) < 1e-12);
  const order = new Rng(streams.splitHalf);
  assert.deepEqual(order.permutation(14), [11, 6, 12, 3, 8, 13, 2, 0, 7, 4, 5, 9, 1, 10]);
  assert.deepEqual(order.permutation(14), [6, 12, 5, 1, 2, 7, 3, 0, 10, 11, 4, 8, 13, 9]);
});

test('of two the chance to be best is what their p-value says', () => {
  const byTeacher = [0.01, -0.02, 0.01];
  const [low = 0, high = 0] = chancesToBeBest(
    [
      {mean: 0.3, byTeacher},
      {mean: 0.33, byTeacher: [0, 0, 0]},
    ],
    2,
  );
  const error = Math.hypot(...byTeacher);
  assert.ok(Math.abs(low - (1 - studentTwoSided(0.03 / error, 2) / 2)) < 0.015, String(low));
  assert.ok(Math.abs(low + high - 1) < 1e-9);
});

test('equal ones share their chance', () => {
  const same = {mean: 0.3, byTeacher: [0.01, -0.01, 0]};
  const chances = chancesToBeBest([same, same, {mean: 90, byTeacher: [0, 0, 0]}], 2);
  assert.deepEqual(
    [at(chances, 0) > 0.499, at(chances, 0) === at(chances, 1), chances[2]],
    [true, true, 0],
  );
});

test('halves of the seeds agree where the order never changes, of few and of many', () => {
  for (const teachers of [3, 4, 15]) {
    const units = ['blend', 'sig'].flatMap(stratum =>
      Array.from({length: teachers}, (_, teacher) => ({stratum, teacher})),
    );
    const low = units.map(({teacher}) => 0.1 + 0.001 * teacher);
    assert.equal(splitHalf(units, [low, low.map(value => value + 0.5)]), 1);
    // Each is best for one half of the teachers.
    const turns = units.map(({teacher}) => (teacher < teachers / 2 ? 0 : 0.5));
    const agree = splitHalf(units, [turns, turns.map(value => 0.5 - value)]) ?? 1;
    assert.ok(agree < 1, String(agree));
    assert.equal(splitHalf(units, [low]), undefined);
  }
});

// Numbers in [0, 1), the same at every run.
const noise = (i: number) => (((i + 1) * 7919) % 1009) / 1009;

test('whom no draw can bring down needs no sum: chances are those of all sums', () => {
  const [teachers, degrees, draws] = [4, 3, 10000];
  const entrants = Array.from({length: 12}, (_, e) => ({
    mean: 0.5 + 0.03 * ((5 * e) % 12) + 0.01 * noise(e),
    byTeacher: Array.from({length: teachers}, (_, t) => 0.04 * (noise(17 * e + t) - 0.5)),
  }));
  const rng = new Rng(streams.chances);
  const expected = entrants.map(() => 0);
  for (let draw = 0; draw < draws; ++draw) {
    const normals = Array.from({length: teachers}, () => rng.normal());
    let chiSquared = 0;
    for (let d = 0; d < degrees; ++d) chiSquared += rng.normal() ** 2;
    const seeds = normals.map(normal => normal * Math.sqrt(degrees / chiSquared));
    const values = entrants.map(({mean, byTeacher}) =>
      byTeacher.reduce((sum, own, t) => sum + at(seeds, t) * own, mean),
    );
    const best = values.indexOf(Math.min(...values));
    expected[best] = at(expected, best) + 1 / draws;
  }
  assert.ok(expected.filter(chance => chance > 0).length > 2);
  assert.ok(expected.some(chance => chance === 0));
  assert.deepEqual(chancesToBeBest(entrants, degrees), expected);
});

test('halves of a few contenders agree as often as those of all', () => {
  const [strata, teachers] = [3, 6];
  const names = Array.from({length: strata}, (_, a) => `attack_${String(a)}`);
  const units = names.flatMap(stratum =>
    Array.from({length: teachers}, (_, teacher) => ({stratum, teacher})),
  );
  const entrants = Array.from({length: 7}, (_, e) =>
    units.map((_, i) => 0.1 * Math.abs(e - 3) + 0.4 * noise(31 * e + i)),
  );
  // All 20 ways to choose three of six, each half beside the other.
  const firstIn = (half: number) => {
    const means = entrants.map(values => {
      const own = values.filter((_, i) => (half >> (i % teachers)) & 1);
      return toTheDigit(own.reduce((sum, value) => sum + value, 0) / own.length);
    });
    return means.flatMap((mean, e) => (mean === Math.min(...means) ? [e] : []));
  };
  const halves = Array.from({length: 64}, (_, half) => half).filter(
    half => half.toString(2).replace(/0/g, '').length === 3,
  );
  const agreed = halves.filter(half => firstIn(half).some(e => firstIn(63 - half).includes(e)));
  assert.equal(halves.length, 20);
  assert.ok(agreed.length > 0 && agreed.length < 20, String(agreed.length));
  assert.equal(splitHalf(units, entrants), agreed.length / 20);
});
