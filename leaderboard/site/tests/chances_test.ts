import assert from 'node:assert/strict';
import {test} from 'node:test';

import {at} from '../src/arrays';
import {chancesToBeBest} from '../src/statistics/chances';
import {Rng, streams} from '../src/statistics/random';
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
