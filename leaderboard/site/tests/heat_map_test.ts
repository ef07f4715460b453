import assert from 'node:assert/strict';
import {test} from 'node:test';

import {isAdaptive} from '../src/data/rows';
import {standingsOf} from '../src/statistics/standings';
import {adaptedColumns, heatMapOf, heatText, linksSeeds} from '../src/view/heat_map';
import {percent} from '../src/view/words';
import {row, withoutOneStudent} from './rows';

const site = {statuses: {ok: 'ok', diverged: 'diverged', absent: 'no score'}};

const flagged = {counts: false, flags: ['high_floor', 'not_transferred']};

test('a mean is over the seeds that count, and says how many do', () => {
  const cell = heatText(
    [
      row('sig', 'abd', 0, {asr: 0.8, acc: 0.9, floor: 0.1}),
      row('sig', 'abd', 1, {asr: 0.6, acc: 0.8, floor: 0.3}),
      row('sig', 'abd', 2, {asr: 0.1, acc: 0.1, floor: 0.9, ...flagged}),
    ],
    site,
  );
  assert.deepEqual(cell, {
    style: 'heat h7',
    label: 'ASR ',
    value: '70.0',
    lines: ['ACC 85.0', 'floor 20.0', '2 of 3 seeds count (others: not_transferred)'],
  });
});

test('a mean weighs teachers alike, as the worst attack of the standings does', () => {
  const rows = withoutOneStudent();
  const standings = standingsOf(rows);
  for (const [defense, asr, acc, floor] of [
    ['abd', '40.0', '60.0', '20.0'],
    ['none', '60.0', '40.0', '30.0'],
  ] as const) {
    const {value, lines} = heatText(heatMapOf(rows).at('sig', defense), site);
    const worst = standings.rows.find(one => one.defense === defense)?.worst;
    assert.equal(value, asr);
    assert.equal(value, percent(worst?.mean ?? NaN));
    assert.deepEqual(lines, [`ACC ${acc}`, `floor ${floor}`]);
  }
});

test('seeds are linked however many planned cells have no score', () => {
  const rows = (count: number, status: string) =>
    Array.from({length: count}, (_, seed) => row('sig', 'abd', seed, {status}));
  assert.equal(linksSeeds([...rows(500, 'ok'), ...rows(501, 'absent')]), true);
  assert.equal(linksSeeds(rows(501, 'ok')), false);
});

test('where no seed counts the mean is over all of them, hatched', () => {
  const cell = heatText(
    [
      row('sig', 'abd', 0, {asr: 0.2, ...flagged}),
      row('sig', 'abd', 1, {asr: 0.1, counts: false, flags: ['attack_ineffective']}),
      row('sig', 'abd', 2, {asr: undefined, acc: undefined, status: 'diverged'}),
    ],
    site,
  );
  assert.deepEqual(cell, {
    style: 'heat h2 hatch',
    label: 'ASR ',
    value: '15.0',
    lines: [
      'ACC 90.0',
      '2 of 3 seeds: 1 diverged',
      'in no mean: attack_ineffective, not_transferred',
      'flagged: high_floor',
    ],
  });
});

test('cells with a flag that keeps them in means are hatched, and name it', () => {
  const cell = heatText([row('sig', 'abd', 0, {asr: 0.5, flags: ['high_floor']})], site);
  assert.equal(cell.style, 'heat h5 hatch');
  assert.deepEqual(cell.lines, ['ACC 90.0', 'flagged: high_floor']);
});

test('cells without an attack are shown with their accuracy, and are not hatched', () => {
  const none = {unattacked: true, counts: false, asr: undefined};
  const cell = heatText([row('none', 'abd', 0, none), row('none', 'abd', 1, none)], site);
  assert.deepEqual(cell, {
    style: 'heat',
    label: 'ACC ',
    value: '90.0',
    lines: ['no attack in this cell'],
  });
});

test('what has no number says what became of it', () => {
  const failed = {asr: undefined, acc: undefined, reason: 'Signal 9'};
  const lost = row('sig', 'abd', 0, {...failed, status: 'diverged'});
  assert.deepEqual(heatText([lost], site), {
    style: 'heat hatch',
    label: '',
    value: 'diverged',
    lines: ['Signal 9'],
  });
  const absent = {...failed, reason: '', status: 'absent', counts: false};
  assert.equal(heatText([row('sig', 'abd', 0, absent)], site).value, 'no score');
  assert.equal(heatText([], site).value, 'no cell');
});

test('the undefended student has the first column, and no attack is left out', () => {
  const map = heatMapOf([
    row('sig', 'abd', 0),
    row('none', 'plain', 0, {defensePlugin: 'none'}),
    row('sig', 'zz', 0),
    row('sig', 'nobodys', 0, {status: 'absent'}),
  ]);
  assert.deepEqual(map.defenses, ['plain', 'abd', 'zz']);
  assert.deepEqual(map.attacks, ['none', 'sig']);
  assert.equal(map.at('sig', 'zz').length, 1);
  assert.equal(map.at('none', 'zz').length, 0);
});

test('an attack that was built against a defence names its columns', () => {
  const attack = {id: 'knowing', safe: 'knowing', adapts_to: ['abd']};
  const defense = (plugin: string, parts: readonly string[] = []) => ({
    id: 'mine',
    safe: 'mine',
    plugin,
    parts,
  });
  assert.equal(isAdaptive(attack, defense('abd')), true);
  assert.equal(isAdaptive(attack, defense('clp+abd')), true);
  assert.equal(isAdaptive(attack, defense('mine', ['clp', 'abd'])), true);
  assert.equal(isAdaptive(attack, defense('abd_late')), false);
  assert.equal(isAdaptive({id: 'sig', safe: 'sig'}, defense('abd')), false);
  const map = heatMapOf([
    row('knowing', 'abd', 0, {adaptive: true}),
    row('knowing', 'late', 0, {adaptive: true}),
    row('knowing', 'clp', 0),
    row('sig', 'abd', 0),
    row('knowing', 'nobodys', 0, {adaptive: true, status: 'absent'}),
  ]);
  assert.deepEqual(adaptedColumns(map, 'knowing'), ['abd', 'late']);
  assert.deepEqual(adaptedColumns(map, 'sig'), []);
});

test('attacks without any score stand below the others', () => {
  const rows = [
    row('adba', 'abd', 0, {status: 'absent'}),
    row('blend', 'abd', 0),
    row('sig', 'abd', 0, {status: 'diverged', asr: undefined, acc: undefined}),
    row('lf', 'abd', 0, {status: 'absent'}),
  ];
  assert.deepEqual(heatMapOf(rows).attacks, ['blend', 'sig', 'adba', 'lf']);
});
