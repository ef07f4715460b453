import assert from 'node:assert/strict';
import {test} from 'node:test';

import {pinnedBeside, referencesOf} from '../src/statistics/references';
import {row, withoutOneStudent} from './rows';

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

test('references weigh teachers alike, as the rows above them do', () => {
  const [abd, none] = ['abd', 'none'].map(defense =>
    withoutOneStudent().filter(one => one.defense === defense),
  );
  const rows = referencesOf(abd ?? [], pinnedBeside(abd ?? [], none ?? []));
  assert.deepEqual(
    rows.map(({name, asr, acc}) => [name, asr?.toFixed(6), acc?.toFixed(6)]),
    [
      ['backdoored teacher', '0.600000', undefined],
      ['clean teacher', '0.300000', undefined],
      ['none', '0.600000', '0.400000'],
    ],
  );
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

test('a track without an undefended student shows that of another one, and temperature 1', () => {
  const own = [0, 1].map(seed => row('grid', 'ft', seed, {track: 'clean_subset'}));
  const others = [0, 1, 2].flatMap(seed => [
    row('grid', 'none', seed, {
      ...undefended,
      asr: 0.9,
      teacherAsr: 1,
      floor: 0.1,
      reference: true,
    }),
    row('grid', 'kd_1', seed, {defensePlugin: 'temperature', asr: 0.7, reference: true}),
    row('grid', 'abd', seed, {asr: 0.1}),
  ]);
  const pinned = pinnedBeside(own, others);
  assert.deepEqual(new Set(pinned.map(one => one.defense)), new Set(['none', 'kd_1']));
  const rows = referencesOf(own, pinned, {synthesized: 'synthesized images'});
  assert.deepEqual(
    rows.map(({name, asr, what}) => [name, asr?.toFixed(1), what]),
    [
      ['backdoored teacher', '1.0', 'what the student is distilled from'],
      ['clean teacher', '0.1', 'ASR of its student: the floor; ACC of the teacher itself'],
      ['none', '0.9', 'no defence, on another track (synthesized images)'],
      ['kd_1', '0.7', 'the KD loss at temperature 1, on another track (synthesized images)'],
    ],
  );
  const [, , none] = referencesOf(own, pinned.slice(0, 2));
  assert.match(none?.what ?? '', /\(synthesized\); over 1 of 2 cells$/);
});

test('what a track has itself is not shown of another one', () => {
  const own = [row('grid', 'none', 0, undefended), row('grid', 'kd_1', 0, {reference: true})];
  const others = [
    row('grid', 'none', 0, {...undefended, reference: true}),
    row('grid', 'kd_1', 0, {defensePlugin: 'temperature', reference: true}),
  ];
  assert.deepEqual(pinnedBeside(own, others), []);
});
