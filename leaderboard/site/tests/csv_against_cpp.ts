// csv_against_cpp SITE FILE: the cells of a matrix of a site as the application makes a CSV and its
// dictionary of them, against the lines that the C++ program wrote into scores.csv and
// dictionary.csv.
import {readFileSync} from 'node:fs';
import {runInThisContext} from 'node:vm';

import {at} from '../src/arrays';
import {type MatrixFile, type MoreFile} from '../src/data/format';
import {rowsOf} from '../src/data/rows';
import {recordsOf} from '../src/download/fields';
import {csvOf, dictionary} from '../src/download/files';

const [site = '', file = ''] = process.argv.slice(2);

function contentOf(path: string): unknown {
  const files: Record<string, unknown> = {};
  Object.assign(globalThis, {window: {dfkd: files}});
  runInThisContext(readFileSync(`${site}/${path}.js`, 'utf8'));
  return files[path];
}

type Table = readonly (readonly string[])[];

/** Lines of values; none holds a line break. */
function tableOf(csv: string): Table {
  return csv
    .trimEnd()
    .split(/\r?\n/)
    .map(line =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replace(/""/g, '"') ?? plain ?? '',
      ),
    );
}

const numeric = /^-?[0-9.]+(e[-+]?[0-9]+)?$/;

// Times have six digits here.
function equal(mine: string, theirs: string, unit: string): boolean {
  if (mine === theirs) return true;
  if (!numeric.test(mine) || !numeric.test(theirs)) return false;
  const [a, b] = [Number(mine), Number(theirs)];
  return unit === 's' ? Math.abs(a - b) <= 1e-5 * Math.abs(b) : a === b;
}

const core = contentOf(`data/${file}`) as MatrixFile;
const more = contentOf(`data/${file}.more`) as MoreFile;
const names = more.fields.map(field => field.name);
const records = recordsOf(rowsOf(core, false), more);
const [, ...mine] = tableOf(csvOf(names, records));
const [head = [], ...all] = tableOf(readFileSync(`${site}/scores.csv`, 'utf8'));
const theirs = all.filter(line => line[head.indexOf('matrix')] === core.name);
const faults: string[] = [];

// What other matrices ask is not here.
const others = head.filter(name => !names.includes(name));
const same = head.filter(name => names.includes(name));
if (JSON.stringify(same) !== JSON.stringify(names)) faults.push(`columns: ${names.join()}`);
if (!others.every(name => /^(detector|reactivation)_/.test(name))) faults.push(others.join());

const [, ...words] = tableOf(dictionary(more.fields));
const [, ...written] = tableOf(readFileSync(`${site}/dictionary.csv`, 'utf8'));
for (const word of words) {
  const found = written.find(([name]) => name === word[0]);
  if (JSON.stringify(found) !== JSON.stringify(word))
    faults.push(`dictionary: ${word.join(' | ')}`);
}

if (mine.length !== theirs.length)
  faults.push(`${String(mine.length)} cells here, ${String(theirs.length)} there`);
const filled = new Set<string>();
theirs.slice(0, mine.length).forEach((line, i) => {
  more.fields.forEach(({name, unit}, column) => {
    const [a = '', b = ''] = [at(mine, i)[column], line[head.indexOf(name)]];
    if (b !== '') filled.add(name);
    if (!equal(a, b, unit)) faults.push(`cell ${String(i)}, ${name}: ${a} here, ${b} there`);
  });
});

const counts = `${String(mine.length)} cells, ${String(filled.size)} columns with a value`;
console.log(`${file}: ${counts}: ${String(faults.length)} differ`);
for (const fault of faults.slice(0, 10)) console.error(fault);
// Of columns that are empty, equality would say little.
if (faults.length > 0 || filled.size < 40) process.exit(1);
