import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type Row} from '../src/data/rows';
import {startOf, withValues} from '../src/state/address';
import {attackMeans, chosenPairs, collapseOf, comparedGroups} from '../src/view/compare';
import {type Context} from '../src/view/context';
import {
  besidesText,
  collapseText,
  countedText,
  familyText,
  groupsOf,
  leftOutText,
} from '../src/view/standings';
import {captionOf} from '../src/view/standings_table';
import {row, withoutOneStudent} from './rows';

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
  assert.match(familyText(group, context), /leaves 1 of 4 defences: .* over their 1 pair alone/);
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

test('means of an attack weigh teachers alike, as the standings do', () => {
  const means = attackMeans('sig', ['abd', 'none'], withoutOneStudent());
  assert.deepEqual(
    means.map(one => [one.mean?.toFixed(6), one.over]),
    [
      ['0.400000', 5],
      ['0.600000', 5],
    ],
  );
});

test('a difference of two fractions is nowhere beyond 100 points', () => {
  const of = (defense: string, asr: readonly number[]) =>
    asr.map((value, seed) => row('blend', defense, seed, {asr: value}));
  const wide = {rows: [...of('abd', [0, 0.9, 0.5]), ...of('sv', [1, 0, 0.4])]};
  const [group] = groupsOf(wide as unknown as Context, startOf('toy'));
  assert.ok(group);
  const [pair] = chosenPairs(group.standings, ['abd', 'sv']);
  assert.deepEqual(pair?.difference?.interval, {low: -1, high: 1});
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

test('a filter of defences without the undefended student says that, too', () => {
  const some = withValues(startOf('toy'), 'defense', ['abd', 'clp', 'sr', 'sv']);
  const [group] = groupsOf(context, some);
  assert.ok(group);
  assert.match(
    familyText(group, context),
    /leaves 4 of 4 defences, without the undefended student/,
  );
});

test('a filter of attacks says that its tests are under these alone', () => {
  const two = [...rows, ...rows.map(one => row('sig', one.defense, one.teacherSeed, {asr: 0.3}))];
  const both = {rows: two} as unknown as Context;
  const [group] = groupsOf(both, withValues(startOf('toy'), 'attack', ['blend']));
  assert.ok(group);
  assert.match(familyText(group, both), /^The filter leaves 1 of 2 attacks: /);
  const [all] = groupsOf(both, startOf('toy'));
  assert.ok(all);
  assert.equal(familyText(all, both), '');
  const clean = rows.map(one => ({...one, attack: 'none', unattacked: true, counts: false}));
  const elsewhere = rows.map(one => row('sig', one.defense, one.teacherSeed, {dataset: 'other'}));
  const more = {rows: [...rows, ...clean, ...elsewhere]} as unknown as Context;
  const [blend] = groupsOf(more, withValues(startOf('toy'), 'attack', ['blend']));
  assert.ok(blend);
  assert.equal(familyText(blend, more), '');
});

test('who has a rank because a filter leaves collapsed students out is named', () => {
  const some = rows.map(one =>
    one.defense === 'abd' && one.teacherSeed === 3 ? {...one, flags: ['utility_collapse']} : one,
  );
  const flags = ['utility_collapse'];
  const others = [
    row('none', 'sr', 0, {unattacked: true, counts: false, flags}),
    row('blend', 'clp', 0, {dataset: 'other', flags}),
  ];
  const spoilt = {rows: [...some, ...others]} as unknown as Context;
  const without = withValues(startOf('toy'), 'without', ['utility_collapse']);
  const [group] = groupsOf(spoilt, without);
  assert.ok(group);
  assert.match(collapseText(group, spoilt, without), /over all cells these have no rank: abd\.$/);
  assert.equal(collapseText(group, spoilt, startOf('toy')), '');
  assert.equal(collapseText(group, context, without), '');
});

test('standings over cells that count nowhere else say so, and why they do not', () => {
  const flags = ['high_floor', 'not_transferred'];
  const some = rows.map(one =>
    one.defense === 'abd' && one.teacherSeed > 1 ? {...one, flags, counts: false} : one,
  );
  const unattacked = row('none', 'sr', 0, {unattacked: true, counts: false, asr: undefined});
  const other = row('blend', 'clp', 0, {dataset: 'other', counts: false});
  const spoilt = {rows: [...some, unattacked, other]} as unknown as Context;
  const counted = withValues(startOf('toy'), 'flagged', ['counted']);
  const [, group] = groupsOf(spoilt, counted);
  assert.ok(group);
  assert.match(
    countedText(group, spoilt, counted),
    /^The filter counts 2 flagged cells .* every mean ASR \(not_transferred\): no mean ASR and no/,
  );
  assert.match(captionOf(group.standings, true), / over [0-9]+ of them, flagged cells counted\./);
  assert.match(captionOf(group.standings, false), / over the [0-9]+ where the ASR counts\./);
  assert.equal(countedText(group, spoilt, startOf('toy')), '');
  assert.equal(countedText(group, context, counted), '');
});

test('attacks of which no cell counts are named', () => {
  const some = defenses.flatMap(defense =>
    [0, 1, 2, 3].map(seed => row('wanet', defense, seed, {counts: false})),
  );
  const [group] = groupsOf({rows: [...rows, ...some]} as unknown as Context, startOf('toy'));
  assert.ok(group);
  assert.match(leftOutText(group.standings), /counts \(the heat map says why\): wanet\.$/);
  assert.equal(leftOutText({notTransferred: []}), '');
});

test('a pair that is told apart by a collapse says so', () => {
  const low = of('abd', [0, 1, 2], 0.1, {flags: ['utility_collapse']});
  const both = {rows: [...of('none', [0, 1, 2], 0.9), ...low]} as unknown as Context;
  const [group] = groupsOf(both, startOf('toy'));
  const [pair] = group?.standings.pairs ?? [];
  assert.ok(group && pair);
  assert.match(
    collapseOf(pair, group.standings),
    /^; abd collapsed in 3 cells: a low ASR there is/,
  );
  const high = of('none', [0, 1, 2], 0.1, {flags: ['utility_collapse']});
  const turned = {rows: [...high, ...of('abd', [0, 1, 2], 0.9)]} as unknown as Context;
  const [lower] = groupsOf(turned, startOf('toy'));
  const [second] = lower?.standings.pairs ?? [];
  assert.ok(lower && second);
  assert.match(collapseOf(second, lower.standings), /^; none collapsed in 3 cells/);
  const sound = {rows: [...of('none', [0, 1, 2], 0.9), ...of('abd', [0, 1, 2], 0.1)]};
  const [other] = groupsOf(sound as unknown as Context, startOf('toy'));
  const [first] = other?.standings.pairs ?? [];
  assert.ok(other && first);
  assert.equal(collapseOf(first, other.standings), '');
});

test('the answer names who does harm, and who is ranked apart and lower', () => {
  const [group] = groupsOf(context, startOf('toy'));
  const [first] = group?.standings.rows ?? [];
  assert.ok(first);
  const abd = {...first, defense: 'abd', cells: 39, planned: 40};
  assert.equal(
    besidesText({
      worse: [abd],
      apart: [{row: abd, difference: -0.123, proven: true}],
      collapsed: [],
    }),
    ' Proven to have a higher mean ASR than no defence: abd. Ranked apart, and lower than the ' +
      'first where both finished: abd (39 of 40 cells, −12.3 points, proven).',
  );
  assert.equal(besidesText({worse: [], apart: [], collapsed: []}), '');
  const collapsed = {...abd, collapsed: 1, finished: 43};
  assert.equal(
    besidesText({
      worse: [],
      apart: [],
      collapsed: [{row: collapsed, difference: -0.13, proven: false}],
    }),
    ' Lower than the first where both finished, and without a rank, because students collapsed: ' +
      'abd (collapse in 1 of 43 cells, −13.0 points, not proven).',
  );
});
