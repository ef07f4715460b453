import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type MoreFile, type SiteFile} from '../src/data/format';
import {rowsOf} from '../src/data/rows';
import {fields, recordOf} from '../src/download/fields';
import {
  bibtexOf,
  csvOf,
  dictionary,
  jsonLinesOf,
  jsonOf,
  latexOf,
  latexText,
} from '../src/download/files';
import {standingFields, standingRecordOf} from '../src/download/standings';
import {standingsOf} from '../src/statistics/standings';
import {sorted, type TableColumn} from '../src/view/table';
import {duration, percent, points} from '../src/view/words';
import {row} from './rows';

const more: MoreFile = {
  schema: 'site.v2',
  ids: {commit: ['abc']},
  columns: {ra: [450], ra_of: 900, commit: 0},
};

test('a record has every field, and what is missing is null', () => {
  const record = recordOf(row('blend', 'abd', 0, {flags: ['high_floor', 'attack_aware']}), more);
  assert.deepEqual(
    Object.keys(record),
    fields.map(field => field.name),
  );
  assert.equal(record['ra'], 0.5);
  assert.equal(record['commit'], 'abc');
  assert.equal(record['floor'], null);
  assert.equal(record['flags'], 'high_floor attack_aware');
});

test('CSV quotes what it must and defuses formulas', () => {
  assert.equal(csvOf(['a', 'b'], [{a: 'x,"y"\nz', b: '=1+1'}]), 'a,b\r\n"x,""y""\nz",\'=1+1\r\n');
  assert.equal(csvOf(['a'], [{a: null}, {a: 0.5}, {a: -1}]), 'a\r\n\r\n0.5\r\n-1\r\n');
});

test('the dictionary explains every field once', () => {
  const lines = dictionary().trim().split('\r\n');
  assert.equal(lines.length, fields.length + 1);
  assert.equal(new Set(lines).size, lines.length);
});

test('a line of JSONL is one cell', () => {
  const lines = jsonLinesOf([{a: 'x\ny'}, {a: 1}])
    .trim()
    .split('\n');
  assert.deepEqual(
    lines.map(line => JSON.parse(line) as unknown),
    [{a: 'x\ny'}, {a: 1}],
  );
});

test('LaTeX prints names as they are', () => {
  assert.equal(latexText('a_b & 50 % \\x'), 'a\\_b \\& 50 \\% \\textbackslash{}x');
  const rows = [0, 1, 2].flatMap(seed => [
    row('sig', 'none', seed, {asr: 0.9}),
    row('sig', 'ft_syn', seed, {asr: 0.1}),
  ]);
  const table = latexOf('a\nb', standingsOf(rows));
  assert.match(table, /^% a b$/m);
  assert.match(table, /^1 \{\\small \[1, 1\]\} & ft\\_syn & 10\.0 \{\\small \[/m);
  assert.match(table, /^-- & none & 90\.0 /m);
});

test('a row of standings has its numbers, its group, and every field a meaning', () => {
  const rows = [0, 1, 2].flatMap(seed => [
    row('sig', 'none', seed, {asr: 0.9, side: 'pretrained: CLIP'}),
    row('sig', 'abd', seed, {asr: 0.1 + 0.01 * seed, acc: undefined}),
    row('sig', 'clp', seed, {asr: 0.3, acc: 0.8}),
  ]);
  const [first] = rows;
  assert.ok(first);
  const records = standingsOf(rows).rows.map(one => standingRecordOf(one, first));
  const clp = records.find(one => one['defense'] === 'clp');
  assert.ok(clp);
  const known = ['dataset', 'distiller', 'side', 'asr', 'asr_cells', 'acc', 'worst_attack'];
  assert.deepEqual(
    known.map(name => clp[name]),
    ['toy', 'zskt', 'pretrained: CLIP', 0.3, 3, 0.8, 'sig'],
  );
  const none = records.find(one => one['defense'] === 'none');
  assert.deepEqual([none?.['control'], none?.['rank']], [true, null]);
  const names = standingFields.map(field => field.name);
  assert.deepEqual(Object.keys(clp), names);
  assert.equal(new Set(names).size, names.length);
  const lines = dictionary(standingFields).trim().split('\r\n');
  assert.equal(lines.length, names.length + 1);
  const json = JSON.parse(jsonOf(records, {view: '#toy'}, 'standings')) as {standings: unknown};
  assert.deepEqual(json.standings, records);
});

test('BibTeX names each work once', () => {
  const plugin = (bibtex: string) => ({bibtex}) as never;
  const site = {
    plugins: {
      attack: {blend: plugin('@a{b}')},
      defense: {abd: plugin('@c{d}')},
      distiller: {},
      dataset: {},
    },
  };
  const text = bibtexOf(
    [row('blend', 'abd', 0), row('blend', 'abd', 1)],
    site as unknown as SiteFile,
  );
  assert.equal(text, '@c{d}\n\n@a{b}\n');
});

test('what is missing is last in both directions, and equal ones keep their order', () => {
  const column: TableColumn<{n?: number; k: string}> = {
    name: 'n',
    label: 'N',
    value: item => item.n,
    cell: () => {
      throw new Error('not drawn');
    },
  };
  const items = [{k: 'a'}, {n: 2, k: 'b'}, {n: 1, k: 'c'}, {n: 2, k: 'd'}];
  const order = (sort: string) =>
    sorted(items, [column], sort)
      .map(item => item.k)
      .join('');
  assert.deepEqual(
    [order('n'), order('-n'), order(''), order('other')],
    ['cbda', 'bdca', 'abcd', 'abcd'],
  );
});

test('numbers read as on the pages', () => {
  assert.deepEqual([0.1225, 0.1235, 0, -0.00001, 1].map(percent), [
    '12.2',
    '12.3',
    '0.0',
    '0.0',
    '100.0',
  ]);
  assert.deepEqual([0.1, -0.1, 0.0001].map(points), ['+10.0', '−10.0', '0.0']);
  assert.deepEqual([3.14159, 42.4, 150, 7260].map(duration), [
    '3.1 s',
    '42 s',
    '2 min 30 s',
    '2 h 01 min',
  ]);
});

test('columns hold one value a row, or one for all', () => {
  const entry = (id: string, rest = {}) => ({id, safe: id.replace(/-/g, '_'), plugin: id, ...rest});
  const file = {
    schema: 'site.v2',
    name: 'm',
    file: 'm',
    scores: 2,
    absent: 1,
    absent_not_listed: 0,
    shard: 64,
    ids: {
      dataset: [entry('toy')],
      attack: [entry('sig', {family: 'clean label', none: false})],
      teacher_network: [entry('wrn-16-2')],
      student_network: [entry('wrn-16-1')],
      distiller: [entry('zskt', {side: 'pretrained: CLIP'})],
      defense: [entry('none'), entry('abd', {attack_aware: true})],
      track: ['synthesized'],
      status: ['ok', 'absent'],
      flags: [[], ['high_floor']],
      reason: [],
      device: ['CPU'],
      gate: ['passed'],
      day: [],
      verification: [],
      evaluated_on: ['test'],
    },
    columns: {
      dataset: 0,
      attack: 0,
      teacher_network: 0,
      student_network: 0,
      distiller: 0,
      defense: [0, 1, 1],
      teacher_seed: [0, 0, 1],
      student_seed: 0,
      track: 0,
      status: [0, 0, 1],
      flags: [1, 0, null],
      counts: [1, 0, null],
      acc: [90, 80, null],
      acc_of: [100, 100, null],
      asr: [9, 0, null],
      asr_of: [90, 90, null],
      seconds: [1.5, null, null],
      device: 0,
    },
  };
  const [first, second, third] = rowsOf(file, false);
  assert.equal(first?.id, 'toy-sig-wrn_16_2-wrn_16_1-zskt-none-t0-s0');
  assert.deepEqual(
    [first.acc, first.asr, first.counts, first.flags],
    [0.9, 0.1, true, ['high_floor']],
  );
  assert.equal(first.side, 'pretrained: CLIP');
  assert.deepEqual(
    [second?.asr, second?.counts, second?.attackAware, second?.planned],
    [0, false, true, false],
  );
  assert.deepEqual(
    [third?.status, third?.acc, third?.planned, third?.teacherSeed],
    ['absent', undefined, true, 1],
  );
});
