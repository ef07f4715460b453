import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type Row} from '../src/data/rows';
import {standingsOf} from '../src/statistics/standings';
import {supportOf} from '../src/statistics/support';
import {row} from './rows';

const planned = [0, 1, 2, 3, 4];

// Of five planned teacher seeds three are there, of one attack a single one.
function rowsOf(defense: string, acc: number): Row[] {
  return ['a', 'b', 'not_carried', 'carried_twice', 'rare'].flatMap(attack =>
    planned.map(seed => {
      const there = seed < (attack === 'rare' ? 1 : 3);
      const counts = attack !== 'not_carried' && (attack !== 'carried_twice' || seed < 2);
      const value = acc + 0.01 * ((seed * 7) % 3);
      return there
        ? row(attack, defense, seed, {acc: value, asr: value, counts})
        : {...row(attack, defense, seed), status: 'absent', acc: undefined, asr: undefined};
    }),
  );
}

const rows = [...rowsOf('none', 0.8), ...rowsOf('abd', 0.2)];
const attacksOf = (places: ReadonlyMap<string, {attack: string}>) => [
  ...new Set([...places.values()].map(place => place.attack)),
];

test('an attack with too few of the planned seeds is out of all numbers', () => {
  const support = supportOf(rows);
  assert.deepEqual(attacksOf(support.places), ['a', 'b', 'carried_twice', 'not_carried']);
  assert.deepEqual([...support.thin], ['rare']);
  const abd = standingsOf(rows).rows.find(one => one.defense === 'abd');
  assert.ok(abd?.acc?.interval);
  assert.ok(abd.worst?.interval);
});

test('who is out of the mean ASR alone is told apart from who has too few seeds', () => {
  const support = supportOf(rows);
  assert.deepEqual(attacksOf(support.counted), ['a', 'b']);
  assert.deepEqual([...support.notTransferred].sort(), ['carried_twice', 'not_carried']);
});
