import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type Row} from '../src/data/rows';
import {headlineOf} from '../src/statistics/headline';
import {provenBetter, provenLower, standingsOf} from '../src/statistics/standings';
import {detectableErrors} from '../src/statistics/student';
import {row} from './rows';

const seeds = [0, 1, 2, 3];

function rowsOf(defense: string, asr: number, rest: Partial<Row> = {}): Row[] {
  return ['blend', 'sig'].flatMap(attack =>
    seeds.map(seed => row(attack, defense, seed, {asr: asr + 0.002 * seed, ...rest})),
  );
}

test('a defence that is far lower than all is alone at the first rank', () => {
  const standings = standingsOf([
    ...rowsOf('none', 0.9),
    ...rowsOf('abd', 0.1),
    ...rowsOf('sv', 0.5),
  ]);
  assert.deepEqual(
    standings.rows.map(one => [one.defense, one.rank]),
    [
      ['abd', 1],
      ['sv', 2],
      ['none', undefined],
    ],
  );
  const headline = headlineOf(standings);
  assert.equal(headline.kind, 'best');
  assert.deepEqual(
    headline.best.map(one => one.defense),
    ['abd'],
  );
  assert.deepEqual(headline.unproven, []);
});

test('no defence may be better than none', () => {
  const headline = headlineOf(standingsOf([...rowsOf('none', 0.5), ...rowsOf('abd', 0.51)]));
  assert.equal(headline.kind, 'none_helps');
});

const named = (rows: readonly {defense: string}[]) => rows.map(one => one.defense);

// One attack, an ASR for each of the teacher seeds.
function asrsOf(defense: string, values: readonly number[]): Row[] {
  return values.map((asr, seed) => row('blend', defense, seed, {asr}));
}

// In one attack by four seeds `uneven` has the lowest mean and proves nothing, `even` a higher one
// and proves it.
const control = asrsOf('none', [0.5, 0.51, 0.5, 0.51]);
const uneven = asrsOf('uneven', [0.02, 0.68, 0.05, 0.65]);
const even = asrsOf('even', [0.4, 0.41, 0.4, 0.41]);

test('no defence is proven better than none only if none is, whoever is first', () => {
  const headline = headlineOf(standingsOf([...control, ...uneven, ...even]));
  assert.equal(headline.best[0]?.defense, 'uneven');
  assert.equal(headline.kind, 'best');
  assert.deepEqual(named(headline.unproven), ['uneven']);
  assert.deepEqual(named(headline.proven), ['even']);
  assert.equal(headlineOf(standingsOf([...control, ...uneven])).kind, 'none_helps');
});

test('one failed cell of everybody empties no answer, which is told as one so far', () => {
  const failed = (defense: string, asr: number, seed: number) =>
    rowsOf(defense, asr).map(one =>
      one.attack === 'sig' && one.teacherSeed === seed
        ? {...one, status: 'failed', asr: undefined, acc: undefined}
        : one,
    );
  const rows = [...rowsOf('none', 0.9), ...failed('abd', 0.1, 3), ...failed('sv', 0.5, 3)];
  const headline = headlineOf(standingsOf(rows));
  assert.equal(headline.kind, 'best');
  assert.deepEqual(named(headline.best), ['abd']);
  assert.deepEqual([headline.soFar, headline.most], [true, 7]);
  assert.deepEqual(headline.unproven, []);
  assert.equal(headlineOf(standingsOf([...rowsOf('abd', 0.1)])).soFar, false);
});

test('a control that misses a cell is compared over the cells of both', () => {
  const many = Array.from({length: 10}, (_, seed) => seed);
  const abd = asrsOf(
    'abd',
    many.map(seed => (seed === 9 ? 0.9 : 0.1)),
  );
  const none = asrsOf(
    'none',
    many.map(seed => 0.8 + 0.001 * seed),
  ).map(one => (one.teacherSeed === 9 ? {...one, status: 'timed_out', asr: undefined} : one));
  const {against} = headlineOf(standingsOf([...abd, ...none]));
  assert.deepEqual([against?.cells, against?.sameCells], [9, false]);
  assert.ok(Math.abs((against?.difference ?? 0) + 0.704) < 1e-9); // 0.1 − 0.804, without seed 9
  const complete = headlineOf(standingsOf([...rowsOf('none', 0.9), ...rowsOf('abd', 0.1)]));
  assert.deepEqual([complete.against?.cells, complete.against?.sameCells], [8, true]);
});

test('without a control the first has the lowest mean, and is set against nobody', () => {
  const headline = headlineOf(standingsOf([...rowsOf('ft', 0.1), ...rowsOf('i_bau', 0.5)]));
  assert.equal(headline.kind, 'best');
  assert.equal(headline.against, undefined);
  assert.deepEqual([headline.unproven, headline.proven], [[], []]);
});

test('who leaves out the worst attack does not win: what is planned is not finished', () => {
  const left = rowsOf('abd', 0.1).map(one =>
    one.attack === 'sig' ? {...one, status: 'absent', asr: undefined} : one,
  );
  const standings = standingsOf([...rowsOf('none', 0.9), ...left, ...rowsOf('sv', 0.5)]);
  const abd = standings.rows.find(one => one.defense === 'abd');
  assert.equal(abd?.rank, undefined);
  assert.deepEqual([abd?.finished, abd?.planned, abd?.cells], [4, 8, 0]);
});

test('one failure in twenty takes a defence out of the ranks, not out of the table', () => {
  const many = Array.from({length: 10}, (_, seed) => seed);
  const of = (defense: string, asr: number) =>
    ['blend', 'sig'].flatMap(attack =>
      many.map(seed => row(attack, defense, seed, {asr: asr + 0.001 * seed})),
    );
  const failed = of('abd', 0.1).map((one, i) =>
    i === 3 ? {...one, status: 'failed', asr: undefined, acc: undefined} : one,
  );
  const standings = standingsOf([...of('none', 0.9), ...of('sv', 0.5), ...failed]);
  const abd = standings.rows.find(one => one.defense === 'abd');
  assert.deepEqual([abd?.rank, abd?.rankApart, abd?.cells], [undefined, 1, 19]);
});

test('a place where the ASR does not count is out for all defences', () => {
  const marked = rowsOf('abd', 0.1).map(one =>
    one.attack === 'sig' ? {...one, counts: false} : one,
  );
  const standings = standingsOf([...rowsOf('none', 0.9), ...marked]);
  assert.deepEqual([standings.shared, standings.counted], [8, 4]);
  assert.equal(standings.rows.find(one => one.defense === 'none')?.asr?.attacks, 1);
});

test('an attack that did not take is no one’s failure', () => {
  const closed = (one: Row): Row =>
    one.attack === 'sig' && one.teacherSeed === 3
      ? {...one, status: 'attack_failed', asr: undefined}
      : one;
  const standings = standingsOf([...rowsOf('none', 0.9), ...rowsOf('abd', 0.1)].map(closed));
  assert.deepEqual([standings.planned, standings.shared], [7, 7]);
});

test('fewer than three teachers are not ranked', () => {
  const rows = [...rowsOf('none', 0.9), ...rowsOf('abd', 0.1)].filter(one => one.teacherSeed < 2);
  const standings = standingsOf(rows);
  assert.equal(standings.rows[0]?.rank, undefined);
  assert.equal(headlineOf(standings).kind, 'few_teachers');
});

test('a collapsed defence is not ranked', () => {
  const standings = standingsOf([
    ...rowsOf('none', 0.9),
    ...rowsOf('sv', 0.5),
    ...rowsOf('abd', 0, {flags: ['utility_collapse']}),
  ]);
  assert.equal(standings.rows.find(one => one.defense === 'abd')?.rank, undefined);
  assert.equal(standings.rows.at(-1)?.defense, 'abd');
});

test('a cost says over how many of the cells it is', () => {
  const standings = standingsOf([
    ...rowsOf('none', 0.9),
    ...rowsOf('abd', 0.1).map((one, i) => ({...one, seconds: i < 6 ? 20 : undefined})),
  ]);
  const abd = standings.rows.find(one => one.defense === 'abd');
  assert.deepEqual(
    [abd?.cells, abd?.seconds, abd?.costCells, abd?.relativeSeconds, abd?.relativeCells],
    [8, 20, 6, 2, 6],
  );
});

test('who is proven to do harm is named, and whom one missing cell keeps from the ranks', () => {
  const twice = (rows: readonly Row[]) =>
    rows.flatMap(one =>
      [0, 1].map(student => ({
        ...one,
        studentSeed: student,
        place: {...one.place, key: `${one.place.key}/${String(student)}`, student},
      })),
    );
  const all = twice([...rowsOf('none', 0.8), ...rowsOf('harm', 0.95), ...rowsOf('sv', 0.5)]);
  const abd = twice(rowsOf('abd', 0.1));
  const headline = headlineOf(standingsOf([...all, ...abd.slice(1)]));
  assert.deepEqual([named(headline.best), named(headline.worse)], [['sv'], ['harm']]);
  assert.deepEqual(
    headline.apart.map(({row: {defense, cells}, proven}) => [defense, cells, proven]),
    [['abd', 15, true]],
  );
  assert.ok(Math.abs((headline.apart[0]?.difference ?? 0) + 0.4) < 1e-9);
  const helping = twice(rowsOf('abd', 0.6)).slice(1);
  const higher = headlineOf(standingsOf([...all, ...helping]));
  assert.deepEqual([named(higher.best), higher.apart], [['sv'], []]);
  const complete = headlineOf(standingsOf([...all, ...abd]));
  assert.deepEqual([named(complete.best), complete.apart], [['abd'], []]);
});

test('who collapsed is proven to be better than nobody', () => {
  const flags = ['utility_collapse'];
  const [none, low] = [rowsOf('none', 0.9), rowsOf('abd', 0.1)];
  const sound = standingsOf([...none, ...low]);
  assert.ok(provenBetter(sound, 'abd', 'none'));
  const collapsed = standingsOf([...none, ...rowsOf('abd', 0.1, {flags})]);
  assert.ok(provenLower(collapsed, 'abd', 'none'));
  assert.ok(!provenBetter(collapsed, 'abd', 'none'));
});

test('what costs nothing has no rank and no headline, and stands beside the control', () => {
  const free = rowsOf('kd_1', 0.05, {reference: true});
  const rest = [...rowsOf('none', 0.9, {reference: true}), ...rowsOf('sv', 0.5)];
  const standings = standingsOf([...free, ...rest]);
  assert.deepEqual(
    standings.rows.map(one => [one.defense, one.rank, one.control, one.reference]),
    [
      ['sv', 1, false, false],
      ['kd_1', undefined, false, true],
      ['none', undefined, true, false],
    ],
  );
  const headline = headlineOf(standings);
  assert.deepEqual([named(headline.best), named(headline.proven)], [['sv'], ['sv']]);
  assert.deepEqual([headline.ranked, headline.defenses], [1, 1]);
  const hotter = standingsOf([...rowsOf('kd_2', 0.05), ...rest]);
  assert.deepEqual(named(headlineOf(hotter).best), ['kd_2']);
});

test('what costs nothing and finished everything takes nobody out of the ranks', () => {
  const many = Array.from({length: 20}, (_, seed) => 0.5 + 0.001 * seed);
  const failed = asrsOf('sv', many).map(one =>
    one.teacherSeed === 3 ? {...one, status: 'failed', asr: undefined} : one,
  );
  const complete = asrsOf('kd_1', many);
  const marked = complete.map(one => ({...one, reference: true}));
  const sv = (rows: readonly Row[]) => {
    const row = standingsOf(rows).rows.find(one => one.defense === 'sv');
    return [row?.rank, row?.rankApart];
  };
  assert.deepEqual(sv([...marked, ...failed]), [1, undefined]);
  assert.deepEqual(sv([...complete, ...failed]), [undefined, 1]);
});

test('who is lower than the first and has no rank for a collapse is named', () => {
  const one = rowsOf('abd', 0.1).map((cell, i) =>
    i === 1 ? {...cell, flags: ['utility_collapse']} : cell,
  );
  const rest = [...rowsOf('none', 0.9), ...rowsOf('sv', 0.5)];
  const {best, proven, collapsed} = headlineOf(standingsOf([...rest, ...one]));
  assert.deepEqual([named(best), named(proven)], [['sv'], ['sv']]);
  assert.deepEqual(
    collapsed.map(({row: {defense, collapsed: cells}, proven: lower}) => [defense, cells, lower]),
    [['abd', 1, true]],
  );
  assert.ok(Math.abs((collapsed[0]?.difference ?? 0) + 0.4) < 1e-9);
  const higher = one.map(cell => ({...cell, asr: (cell.asr ?? 0) + 0.5}));
  assert.deepEqual(headlineOf(standingsOf([...rest, ...higher])).collapsed, []);
  const few = [...rest, ...one].filter(cell => cell.teacherSeed < 2);
  assert.deepEqual(
    headlineOf(standingsOf(few)).collapsed.map(({row, proven: lower}) => [row.defense, lower]),
    [['abd', false]],
  );
});

test('the DER of no defence is a half and has no interval', () => {
  const {rows} = standingsOf([...rowsOf('none', 0.9), ...rowsOf('abd', 0.1)]);
  const der = (defense: string) => rows.find(one => one.defense === defense)?.der;
  assert.deepEqual(
    [der('none')?.mean, der('none')?.interval, der('none')?.error],
    [0.5, undefined, undefined],
  );
  assert.ok(der('abd')?.interval);
});

test('a single attack says nothing of the rank on a further one', () => {
  const both = [...rowsOf('none', 0.9), ...rowsOf('abd', 0.1)];
  const unseen = (rows: readonly Row[]) => {
    const abd = standingsOf(rows).rows.find(one => one.defense === 'abd');
    return [abd?.rank, abd?.unseenRank];
  };
  assert.deepEqual(unseen(both), [1, {low: 1, high: 1}]);
  assert.deepEqual(unseen(both.filter(one => one.attack === 'sig')), [1, undefined]);
});

test('what a table finds is by the median error of its pairs, of an even number too', () => {
  const standings = standingsOf([
    ...asrsOf('none', [0.8, 0.85, 0.82]),
    ...asrsOf('abd', [0.1, 0.3, 0.12]),
    ...asrsOf('sr', [0.2, 0.21, 0.29]),
    ...asrsOf('sv', [0.4, 0.41, 0.42]),
  ]);
  const errors = standings.pairs.map(({difference}) => difference?.error ?? 0);
  const [, , below = 0, above = 0] = errors.sort((a, b) => a - b);
  assert.ok(errors.length === 6 && below < above);
  const expected = ((below + above) / 2) * detectableErrors(0.05 / 6, 0.8, 2);
  assert.ok(Math.abs((standings.resolution ?? 0) - expected) < 1e-9);
  assert.equal(standings.seedsForAPoint, 617); // of the noncentral t, by SciPy
});
