import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type Row} from '../src/data/rows';
import {startOf, withValues} from '../src/state/address';
import {attackMeans, chosenPairs, comparedGroups} from '../src/view/compare';
import {type Context} from '../src/view/context';
import {familyText, groupsOf} from '../src/view/standings';
import {row} from './rows';

const defenses = ['none', 'abd', 'clp', 'sr', 'sv'];

// Paired differences of abd that are about as large as they are uncertain.
function asrOf(defense: string, seed: number): number {
  if (defense === 'none') return 0.6;
  if (defense === 'abd') return 0.5 + 0.02 * seed;
  return 0.55 + 0.01 * ((seed * defense.length) % 3);
}

const rows = defenses.flatMap(defense =>
  [0, 1, 2, 3].map(seed => row('blend', defense, seed, {asr: asrOf(defense, seed)})),
);
const context = {rows} as unknown as Context;

test('side by side a pair is adjusted over all pairs of the table, not over the chosen', () => {
  const address = withValues(startOf('toy'), 'defense', ['none', 'abd']);
  const [group] = comparedGroups(context, address, ['none', 'abd']);
  assert.ok(group);
  const [pair, ...others] = chosenPairs(group.standings, ['none', 'abd']);
  assert.deepEqual(others, []);
  const [alone] = groupsOf(context, address)[0]?.standings.pairs ?? [];
  const [table] = groupsOf(context, startOf('toy'))[0]?.standings.pairs.filter(
    one => one.p === pair?.p,
  ) ?? [undefined];
  assert.equal(pair?.holm, table?.holm);
  assert.ok((alone?.holm ?? 1) < 0.05 && (pair?.holm ?? 0) > 0.05);
});

test('a group without any of the chosen is not shown', () => {
  assert.deepEqual(comparedGroups(context, startOf('toy'), ['ft', 'i_bau']), []);
});

test('a filter of defences says over which pairs it tests', () => {
  const some = withValues(startOf('toy'), 'defense', ['none', 'abd']);
  const [group] = groupsOf(context, some);
  assert.ok(group);
  assert.match(familyText(group, context), /leaves 2 of 5 defences: .* over their 1 pair alone/);
  const [all] = groupsOf(context, startOf('toy'));
  assert.ok(all);
  assert.equal(familyText(all, context), '');
});

const of = (defense: string, seeds: readonly number[], asr: number, rest: Partial<Row> = {}) =>
  seeds.map(seed => row('blend', defense, seed, {asr, ...rest}));

test('the lowest of an attack is marked only where all are over the same seeds', () => {
  const lowest = (some: readonly Row[]) =>
    attackMeans('blend', ['abd', 'sv'], some).map(one => one.lowest);
  const sv = of('sv', [0, 1, 2], 0.5);
  assert.deepEqual(lowest([...of('abd', [0, 1, 2], 0.1), ...sv]), [true, false]);
  assert.deepEqual(lowest([...of('abd', [0, 1], 0.1), ...sv]), [false, false]);
  assert.deepEqual(lowest([...of('abd', [0, 1, 3], 0.1), ...sv]), [false, false]);
});

test('cells that count for nobody are in no mean of an attack', () => {
  const means = attackMeans(
    'blend',
    ['abd', 'sv'],
    [
      ...of('abd', [0, 1], 0.5),
      ...of('abd', [2], 0, {counts: false}),
      ...of('sv', [0, 1], 0.25),
      ...of('sv', [2], 1),
    ],
  );
  assert.deepEqual(
    means.map(one => [one.mean, one.over, one.of]),
    [
      [0.5, 2, 3],
      [0.25, 2, 3],
    ],
  );
});

test('what has no mean under an attack has a reason', () => {
  const gone = {acc: undefined, asrCount: undefined};
  const reasons = attackMeans(
    'blend',
    ['abd', 'sv', 'clp'],
    [
      {...row('blend', 'abd', 0, {status: 'absent', ...gone}), asr: undefined},
      {...row('blend', 'sv', 0, {status: 'failed', reason: 'signal 9', ...gone}), asr: undefined},
    ],
  ).map(one => one.reason);
  assert.deepEqual(reasons, ['no score', 'signal 9', 'no score']);
});
