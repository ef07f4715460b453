import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type Standing, type Standings} from '../src/statistics/standings';
import {benchmarkBibtex, countIn, partsOf, shareNote} from '../src/view/cell';
import {boundsOf, pathOf} from '../src/view/chart';
import {unseenText, whyNoUnseen} from '../src/view/further_table';
import {anchorOf} from '../src/view/matrix_page';
import {marksOf, onLine} from '../src/view/plots';
import {certaintyOf, coverageOf, overKnown} from '../src/view/standings_table';

function standing(defense: string, asr: number, rest: Partial<Standing> = {}): Standing {
  const mean = (value: number) => ({mean: value, cells: 9, attacks: 3, teachers: 3, degrees: 2});
  return {
    defense,
    control: false,
    reference: false,
    attackAware: false,
    finished: 9,
    planned: 9,
    collapsed: 0,
    cells: 9,
    asr: mean(asr),
    acc: mean(0.8 + asr / 10),
    device: 'CPU',
    costCells: 9,
    relativeCells: 9,
    singles: [],
    ...rest,
  };
}

test('who collapsed or is ranked apart is in brackets, off the line, and beats nobody', () => {
  const marks = marksOf(
    [
      standing('abd', 0.2),
      standing('broken', 0.01, {collapsed: 2}),
      standing('other', 0.02, {cells: 8}),
      standing('none', 0.9, {control: true}),
    ],
    true,
  );
  assert.deepEqual(
    marks.map(({label, aside}) => [label, aside]),
    [
      ['abd', ''],
      ['(broken)', 'utility collapse in 2 cells'],
      ['(other)', 'over 8 of 9 cells'],
      ['none', ''],
    ],
  );
  const better = marks.map(mark => ({...mark, acc: mark.aside === '' ? mark.acc : 0.99}));
  assert.deepEqual(onLine(better), [true, false, false, true]);
});

test('an anchor that is no code of a text is the text itself', () => {
  assert.equal(anchorOf('#%'), '%');
  assert.equal(anchorOf('#toy/a%20b'), 'toy/a b');
  assert.equal(anchorOf(''), '');
});

test('the benchmark is cited with its version and the day of its scores', () => {
  const text = benchmarkBibtex({version: '0.1.0', newest: '2026-11-28T17:00:00Z'});
  assert.match(text, /^@misc\{dfkd_bench,\n/);
  assert.match(text, /\n {2}year = \{2026\},\n/);
  assert.match(text, /\n {2}note = \{version 0\.1\.0, scores of 2026-11-28\},\n\}\n$/);
});

test('ranks on a further attack are a range, or one', () => {
  const text = (low: number, high: number) =>
    unseenText(standing('abd', 0.1, {unseenRank: {low, high}}));
  assert.deepEqual(
    [text(1, 3), text(2, 2), unseenText(standing('abd', 0.1))],
    ['1–3', '2', undefined],
  );
});

test('bounds are of any number of values, and of none', () => {
  const many = Array.from({length: 300_000}, (_, i) => (i * 7919) % 300_000);
  assert.deepEqual(boundsOf(many), [0, 299_999]);
  assert.deepEqual(boundsOf([0.3, 0.30000000000000004]), [0.3, 0.30000000000000004]);
  assert.deepEqual(boundsOf([]), [0, 1]);
});

test('a path has gaps where there is no number, or one that no path can hold', () => {
  const points: [number, number | null][] = [
    [0, 0.5],
    [1, 1e300],
    [2, 1],
    [3, 2],
    [4, null],
    [5, NaN],
    [1e300, 1],
  ];
  const same = (value: number) => value;
  assert.equal(pathOf({label: '', style: '', points}, same, same), 'M0.0 0.5M2.0 1.0L3.0 2.0');
});

test('a part that cannot be made takes no other with it', () => {
  const fails = (): string => {
    throw new RangeError('too many');
  };
  const parts = [
    ['A', () => 'a'],
    ['The curves', fails],
    ['C', () => null],
    ['D', () => 'd'],
  ] as const;
  assert.deepEqual(
    partsOf<string>(parts, sentence => sentence),
    ['a', 'The curves cannot be shown: too many.', 'd'],
  );
});

test('a share says its interval where its images are counted', () => {
  const score = {counts: {student: {clean: [5, 10], true_label: null}}};
  const half = countIn(score, 'counts', 'student', 'clean');
  assert.deepEqual(half, {hits: 5, of: 10});
  assert.equal(shareNote('clean test images', half), 'clean test images; 95 %: 23.7 – 76.3');
  assert.equal(shareNote('', half), '95 %: 23.7 – 76.3');
  const none = countIn(score, 'counts', 'student', 'true_label');
  assert.equal(shareNote('triggered, recognized', none), 'triggered, recognized');
  assert.equal(countIn({clean: [0, 0]}, 'clean'), undefined);
  assert.equal(countIn(undefined, 'counts'), undefined);
});

test('means near both ends have the caveat of their intervals', () => {
  const interval = {low: 0, high: 1};
  const of = (mean: number) =>
    standing('abd', mean, {asr: {mean, cells: 9, attacks: 3, teachers: 3, degrees: 2, interval}});
  const caveat = / under 10 % or over 90 %, such an interval covers 86 to 92 %/;
  assert.match(coverageOf({rows: [of(0.95)]}), caveat);
  assert.match(coverageOf({rows: [of(0.05)]}), caveat);
  assert.equal(coverageOf({rows: [of(0.5), standing('sv', 0.95)]}), '');
});

test('a table that finds nothing says so', () => {
  const pair = ' Found four times in five between a pair of median spread: ';
  assert.equal(certaintyOf({resolution: 0.4}), `${pair}a difference of 40.0 points.`);
  assert.equal(
    certaintyOf({resolution: 3.16, seedsForAPoint: 617}),
    `${pair}no difference. One point takes 617 teacher seeds of every attack.`,
  );
});

test('a mean over fewer cells than the mean ASR says over how many', () => {
  const mean = (cells: number) => ({mean: 0.1, cells, attacks: 3, teachers: 3, degrees: 2});
  assert.equal(overKnown(mean(30), mean(40)), ' over 30 of 40');
  assert.deepEqual([overKnown(mean(40), mean(40)), overKnown(undefined, mean(40))], ['', '']);
});

test('who has a rank and none on a further attack was under a single one', () => {
  const rows = [standing('abd', 0.1, {rank: 1}), standing('none', 0.9, {control: true})];
  const standings = {rows, teachers: 3} as unknown as Standings;
  assert.deepEqual(
    rows.map(row => whyNoUnseen(row, standings)),
    ['a single attack says nothing of a further one', 'controls have no rank'],
  );
});
