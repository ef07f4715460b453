import assert from 'node:assert/strict';
import {test} from 'node:test';

import {referencesOf} from '../src/statistics/references';
import {row} from './rows';

const undefended = {defensePlugin: 'none', teacherAcc: 0.9, cleanAcc: 0.92};

test('references are means over attacks, each weighing alike whatever its seeds', () => {
  const rows = [
    row('grid', 'none', 0, {...undefended, teacherAsr: 1, floor: 0.1}),
    row('grid', 'none', 1, {...undefended, teacherAsr: 0.8, floor: 0.3}),
    row('sine', 'none', 0, {...undefended, teacherAsr: 0.5, floor: 0}),
    row('sine', 'none', 1, {...undefended, teacherAsr: 0.5, floor: 0}),
    ...['grid', 'sine', 'wanet'].flatMap(attack =>
      [0, 1].map(seed => row(attack, 'abd', seed, {teacherAsr: 0, floor: 1})),
    ),
    row('wanet', 'none', 0, {...undefended, teacherAsr: 0, floor: 1, counts: false}),
  ];
  const [poisoned, clean] = referencesOf(rows);
  assert.deepEqual([poisoned?.asr, poisoned?.acc], [0.7, 0.9]);
  assert.deepEqual([clean?.asr, clean?.acc], [0.1, 0.92]);
});

test('references are over the cells of the table, and say what the control misses of them', () => {
  const of = (defense: string, seeds: readonly number[]) =>
    seeds.map(seed =>
      row('grid', defense, seed, {defensePlugin: defense, teacherAsr: seed === 2 ? 0.4 : 1}),
    );
  const two = referencesOf([...of('none', [0, 1, 2]), ...of('abd', [0, 1])]);
  assert.deepEqual([two[0]?.asr, two[0]?.what], [1, 'what the student is distilled from']);
  const one = referencesOf([...of('none', [0]), ...of('abd', [0, 1])]);
  assert.match(one[0]?.what ?? '', /; over 1 of 2 cells$/);
});

test('where nothing undefended counts there is no reference', () => {
  assert.deepEqual(referencesOf([row('grid', 'abd', 0, {teacherAsr: 1})]), []);
});

test('what is not recorded of a reference is missing, not 0', () => {
  const [, clean] = referencesOf([row('grid', 'none', 0, {defensePlugin: 'none', teacherAsr: 1})]);
  assert.deepEqual([clean?.asr, clean?.acc], [undefined, undefined]);
});
