// A site with one matrix of 16,000 cells in four groups: 20 attacks x 20 defences x 10 teacher
// seeds each. Only what the application reads is made: 16,000 scores as files take minutes.
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {runInNewContext} from 'node:vm';

const [attacks, defenses, teachers] = [20, 20, 10];
export const cells = 4 * attacks * defenses * teachers;

// Equal numbers at every run.
let state = 1;
function chance() {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x80000000;
}

const named = (kind, count, rest = {}) =>
  Array.from({length: count}, (_, i) => ({
    id: `${kind}_${i}`,
    safe: `${kind}_${i}`,
    plugin: `${kind}_${i}`,
    ...rest,
  }));

function idsOf() {
  const defense = named('defense', defenses, {access: 'none', family: 'training'});
  defense[0] = {...defense[0], id: 'none', safe: 'none', plugin: 'none', control: true};
  const network = name => [{id: name, safe: name}];
  return {
    dataset: named('dataset', 2),
    attack: named('attack', attacks, {family: 'dirty label', none: false}),
    teacher_network: network('wrn-16-2'),
    student_network: network('wrn-16-1'),
    distiller: named('distiller', 2),
    defense,
    track: ['synthesized'],
    status: ['ok'],
    flags: [[]],
    reason: [],
    device: ['CPU'],
    gate: ['passed'],
    day: ['2026-11-28'],
    verification: [],
    evaluated_on: ['test'],
  };
}

function columnsOf() {
  const columns = {dataset: [], distiller: [], attack: [], defense: [], teacher_seed: []};
  const measured = {asr: [], acc: [], floor: [], teacher_asr: [], seconds: []};
  for (let group = 0; group < 4; ++group) {
    for (let attack = 0; attack < attacks; ++attack) {
      for (let teacher = 0; teacher < teachers; ++teacher) {
        for (let defense = 0; defense < defenses; ++defense) {
          columns.dataset.push(group >> 1);
          columns.distiller.push(group & 1);
          columns.attack.push(attack);
          columns.defense.push(defense);
          columns.teacher_seed.push(teacher);
          const share = defense === 0 ? 0.9 : 0.1 + 0.04 * defense;
          measured.asr.push(Math.floor(900 * Math.min(1, share + 0.1 * chance())));
          measured.acc.push(Math.floor(850 + 40 * chance()));
          measured.floor.push(Math.floor(20 + 40 * chance()));
          measured.teacher_asr.push(Math.floor(850 + 40 * chance()));
          measured.seconds.push(Math.round(1000 * (10 + chance())) / 100);
        }
      }
    }
  }
  const ofAll = {teacher_network: 0, student_network: 0, student_seed: 0, track: 0, status: 0};
  const of = {asr_of: 900, acc_of: 1000, floor_of: 900, teacher_asr_of: 900, flags: 0, counts: 1};
  const rest = {reason: null, device: 0, gate: 0, day: 0, verification: null, evaluated_on: 0};
  return {...columns, ...measured, ...ofAll, ...of, ...rest};
}

function dataIn(site, path) {
  const window = {};
  runInNewContext(readFileSync(join(site, `${path}.js`), 'utf8'), {window});
  return window.dfkd[path];
}

/** Written to a folder that is not there yet, with the application and a page out of a site. */
export function writeMany(site, folder) {
  mkdirSync(join(folder, 'matrices'), {recursive: true});
  mkdirSync(join(folder, 'data'));
  for (const name of ['app.js', 'style.css']) cpSync(join(site, name), join(folder, name));
  const write = (path, content) => {
    const text = `(window.dfkd = window.dfkd || {})["${path}"] = ${JSON.stringify(content)};\n`;
    writeFileSync(join(folder, `${path}.js`), text);
  };
  const about = dataIn(site, 'data/site');
  const matrix = about.matrices.find(one => one.file === 'plain');
  write('data/site', {
    ...about,
    matrices: [{...matrix, name: 'many', file: 'many', scores: cells, planned: cells, absent: 0}],
  });
  const sizes = {scores: cells, absent: 0, absent_not_listed: 0, shard: 100};
  const head = {schema: about.schema, name: 'many', file: 'many', ...sizes};
  write('data/many', {...head, ids: idsOf(), columns: columnsOf()});
  write('data/many.more', {schema: about.schema, name: 'many', ids: {}, columns: {}, fields: []});
  const page = readFileSync(join(site, 'matrices/plain.html'), 'utf8')
    .replace('data-matrix="plain" data-file="plain"', 'data-matrix="many" data-file="many"')
    .replace('id="plain" data-matrix="plain"', 'id="many" data-matrix="many"');
  writeFileSync(join(folder, 'matrices/many.html'), page);
}
