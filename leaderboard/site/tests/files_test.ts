import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type MoreFile, type SiteFile} from '../src/data/format';
import {rowsOf} from '../src/data/rows';
import {recordsOf} from '../src/download/fields';
import {
  bibtexOf,
  csvOf,
  dictionary,
  jsonLinesOf,
  jsonOf,
  latexOf,
  latexText,
  standingsDictionary,
} from '../src/download/files';
import {standingFields, standingRecordOf} from '../src/download/standings';
import {standingsOf} from '../src/statistics/standings';
import {sorted, type TableColumn} from '../src/view/table';
import {duration, percent, points} from '../src/view/words';
import {row} from './rows';

const units: Readonly<Record<string, string>> = {
  matrix: '',
  cell: '',
  teacher_seed: 'number',
  attack_plugin: '',
  attack_aware: 'true/false',
  status: '',
  flags: '',
  counts: 'true/false',
  acc: 'fraction',
  acc_hits: 'images',
  acc_of: 'images',
  ra: 'fraction',
  ra_hits: 'images',
  floor: 'fraction',
  clean_teacher_acc: 'fraction',
  seconds: 's',
  device: '',
  deterministic: 'true/false',
  commit: '',
  official_data: 'true/false',
  reactivation_10_kappa: 'ratio',
};

// As MoreData in leaderboard/pages/matrix_data.cc writes it, of one score.
const more: MoreFile = {
  schema: 'site.v2',
  name: 'm',
  ids: {commit: ['abc'], device: ['cpu', 'cuda']},
  columns: {
    attack_aware: 0,
    counts: [1],
    ra_hits: [450],
    ra_of: 900,
    device: 0,
    deterministic: 1,
    commit: 0,
    official_data: null,
    reactivation_10_kappa: [2.5],
  },
  fields: Object.entries(units).map(([name, unit]) => ({name, unit, meaning: `what ${name} is`})),
};

// The same two cells as scores.csv has them, whose texts are all in quotes.
const scoresCsv = [
  'matrix,cell,teacher_seed,attack_plugin,attack_aware,status,flags,counts,acc,acc_hits,acc_of,' +
    'ra,ra_hits,floor,clean_teacher_acc,seconds,device,deterministic,commit,official_data,' +
    'reactivation_10_kappa',
  '"m","blend-abd-0",0,"blend",false,"ok","high_floor attack_aware",true,0.9,900,1000,0.5,450,,' +
    '0.93,10,"cpu",true,"abc",,2.5',
  '"m","blend-clp-1",1,,,"absent",,,,,,,,,,,,,,,',
];

test('the cells of a view have the columns and values of scores.csv', () => {
  const flags = ['high_floor', 'attack_aware'];
  const rows = [
    // A filter may count what has a flag: the file says what the score says.
    row('blend', 'abd', 0, {flags, counts: false, cleanAcc: 0.93, attackAware: true}),
    row('blend', 'clp', 1, {status: 'absent', index: 1}),
  ];
  const records = recordsOf(rows, more);
  const csv = csvOf(Object.keys(units), records);
  assert.equal(csv, scoresCsv.map(line => `${line.replace(/"/g, '')}\r\n`).join(''));
  assert.deepEqual(
    ['attack_aware', 'deterministic', 'official_data', 'acc', 'reactivation_10_kappa'].map(
      name => records[0]?.[name],
    ),
    [false, true, null, 0.9, 2.5],
  );
  assert.deepEqual(Object.keys(records[1] ?? {}), Object.keys(units));
});

test('CSV quotes what it must, defuses formulas, and no text breaks a line', () => {
  assert.equal(csvOf(['a', 'b'], [{a: 'x,"y"\nz', b: '=1+1'}]), 'a,b\r\n"x,""y""\\nz",\'=1+1\r\n');
  assert.equal(csvOf(['a'], [{a: null}, {a: 0.5}, {a: -1}]), 'a\r\n\r\n0.5\r\n-1\r\n');
  // As control_characters_of_a_score_break_no_line_of_the_table has it.
  const text = 'a\r\n\u001b[31m\u0000\u202ec';
  assert.equal(csvOf(['a'], [{a: text}]), 'a\r\na\\r\\n\\x1b[31m\\x00\\u202ec\r\n');
});

test('the dictionary explains every column once, as dictionary.csv does', () => {
  const lines = dictionary(more.fields).trim().split('\r\n');
  assert.equal(lines.length, more.fields.length + 1);
  assert.equal(lines[0], 'column,unit,meaning');
  assert.equal(lines.at(-1), 'reactivation_10_kappa,ratio,what reactivation_10_kappa is');
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
  const lines = standingsDictionary(standingFields).trim().split('\r\n');
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
