import assert from 'node:assert/strict';
import {test} from 'node:test';

import {startOf} from '../src/state/address';
import {standingsOf} from '../src/statistics/standings';
import {type Context} from '../src/view/context';
import {cellsLink, scoredStandings, verifiedOf, whyNoRank} from '../src/view/standings_table';
import {row} from './rows';

function rowsOf(defense: string, asr: number, verification: string) {
  const seeds = [0, 1, 2].flatMap(seed => [0, 1, 2, 3].map(student => [seed, student] as const));
  return seeds.map(([seed, student]) => {
    const place = {key: `sig\n${String(seed)}\n${String(student)}`, attack: 'sig'};
    return row('sig', defense, seed, {
      asr,
      verification,
      studentSeed: student,
      place: {...place, teacher: seed, student},
    });
  });
}

test('a row is as verified as all of its results, as LevelOf says', () => {
  const level = (...states: string[]) =>
    verifiedOf(
      'abd',
      states.map((verification, i) => row('sig', 'abd', i, {verification})),
    );
  assert.deepEqual(
    [
      level('claimed', 'rerun'),
      level('valid', 'valid'),
      level('valid', 'rerun'),
      level('rerun', 'elsewhere'),
      level('elsewhere'),
      level('valid', ''),
      verifiedOf('abd', []),
    ],
    [0, 1, 2, 3, 4, undefined, undefined],
  );
});

test('who is ranked apart has that as the reason, in the words of the pages', () => {
  const abd = rowsOf('abd', 0.1, '').map((one, i) =>
    i === 11 ? {...one, status: 'diverged', asr: undefined, acc: undefined, counts: false} : one,
  );
  const standings = standingsOf([...rowsOf('none', 0.9, ''), ...rowsOf('sv', 0.5, ''), ...abd]);
  const reasonOf = (defense: string) => {
    const found = standings.rows.find(one => one.defense === defense);
    return found && whyNoRank(found, standings);
  };
  assert.equal(reasonOf('abd'), 'ranked apart, over 11 of 12 attacked cells');
  assert.equal(reasonOf('none'), 'controls have no rank');
});

test('planned defences without a score have no row', () => {
  const rows = [...rowsOf('sv', 0.5, ''), row('sig', 'nobodys', 0, {status: 'absent'})];
  const standings = standingsOf(rows);
  assert.equal(standings.rows.length, 2);
  assert.deepEqual(
    scoredStandings(standings, rows).map(({defense}) => defense),
    ['sv'],
  );
});

test('a number leads to its cells, and a difference to those of the undefended student too', () => {
  const rows = [...rowsOf('none', 0.9, ''), ...rowsOf('a,b', 0.5, '')];
  const standings = standingsOf(rows);
  const group = {name: 'toy', rows, standings, pinned: []};
  const context = {matrix: {file: 'm'}} as Context;
  const linkOf = (defense: string, beside: boolean) => {
    const found = standings.rows.find(one => one.defense === defense);
    return found && cellsLink(found, group, context, startOf('m'), beside);
  };
  const cells =
    '#m/cells?dataset=toy&networks=wrn-16-2~wrn-16-1&distiller=zskt&track=synthesized&defense=';
  assert.equal(linkOf('a,b', false), `${cells}a%2Cb`);
  assert.equal(linkOf('a,b', true), `${cells}a%2Cb,none`);
  assert.equal(linkOf('none', true), `${cells}none`);
});
