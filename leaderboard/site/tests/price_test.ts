import assert from 'node:assert/strict';
import {test} from 'node:test';

import {standingsOf} from '../src/statistics/standings';
import {priceText} from '../src/view/standings';
import {row} from './rows';

const of = (defense: string, acc: number, seconds: number, device = 'CPU') =>
  [0, 1, 2].map(seed => row('sig', defense, seed, {acc, seconds, device}));

const rows = [...of('none', 0.9, 10), ...of('abd', 0.88, 13), ...of('sv', 0.91, 40)];

function pricesOf(all: typeof rows, named: readonly string[]): string {
  const standings = standingsOf(all);
  const some = standings.rows.filter(one => named.includes(one.defense));
  return priceText(
    some,
    standings.rows.find(one => one.control),
  );
}

test('what one or several cost stands beside no defence, a range where they differ', () => {
  assert.equal(pricesOf(rows, ['abd']), '; ACC −2.0 points, 1.3 times the time');
  const both = '; ACC −2.0 to +1.0 points, 1.3 to 4.0 times the time';
  assert.equal(pricesOf(rows, ['abd', 'sv']), both);
});

test('over other cells than without a defence no ACC is lost', () => {
  const fewer = rows.filter(one => one.defense !== 'abd' || one.teacherSeed > 0);
  assert.match(pricesOf(fewer, ['abd']), /^; ACC is over other cells than without a defence, /);
});

test('without a control, or on another device, the time stands by itself', () => {
  const alone = rows.filter(one => one.defense !== 'none');
  assert.equal(pricesOf(alone, ['abd', 'sv']), '; 13 s to 40 s of the CPU a cell');
  const other = [...of('none', 0.9, 10), ...of('abd', 0.88, 13, 'GPU')];
  assert.equal(pricesOf(other, ['abd']), '; ACC −2.0 points, 13 s of the GPU a cell');
  const mixed = [...alone, ...of('ft', 0.9, 5, 'GPU')];
  assert.equal(pricesOf(mixed, ['abd', 'ft']), '; time not known on one kind of device');
});
