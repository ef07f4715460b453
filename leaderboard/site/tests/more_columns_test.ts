import assert from 'node:assert/strict';
import {test} from 'node:test';

import {countAt, numberAt} from '../src/data/counts';
import {type MatrixFile, type MoreFile} from '../src/data/format';
import {MoreColumns} from '../src/view/more_columns';
import {row} from './rows';

const file = {scores: 2, absent: 1} as unknown as MatrixFile;
const columns = {ra_hits: [300, null], ra_of: 900, agreement: 0.5};
const loaded = {schema: 'site.v2', ids: {}, columns} as unknown as MoreFile;

const at = (index: number) => row('blend', 'abd', 0, {index});

test('a column is a value for each row, or one for all, and no count is of no images', () => {
  const ra = ['ra_hits', 'ra_of'] as const;
  assert.equal(numberAt(columns, 'ra_hits', 0), 300);
  assert.equal(numberAt(columns, 'ra_hits', 1), undefined);
  assert.equal(numberAt(columns, 'agreement', 1), 0.5);
  assert.equal(numberAt(columns, 'gone', 0), undefined);
  assert.deepEqual(countAt(columns, ra, 0), {hits: 300, of: 900});
  assert.equal(countAt(columns, ra, 1), undefined);
  assert.equal(countAt({ra_hits: 0, ra_of: 0}, ra, 0), undefined);
});

test('cells that wait are filled with the file, and a planned one has no number', async () => {
  const more = new MoreColumns({file, more: () => Promise.resolve(loaded), say: () => undefined});
  const filled: (number | undefined)[] = [];
  more.fill(() => filled.push(more.countOf('ra', at(0))?.hits));
  assert.deepEqual([filled, more.why], [[undefined], 'still loading']);
  let calls = 0;
  const both = [more.load(() => ++calls), more.load(() => ++calls)];
  await Promise.all(both);
  assert.deepEqual([filled, more.why, calls], [[undefined, 300], '', 1]);
  more.fill(() => filled.push(more.numberOf('agreement', at(1))));
  assert.deepEqual(filled, [undefined, 300, 0.5]);
  assert.equal(more.numberOf('agreement', at(2)), undefined);
  assert.equal(more.countOf('ra', at(2)), undefined);
});

test('a file that cannot be read is the reason that stands in its cells', async () => {
  const said: string[] = [];
  const more = new MoreColumns({
    file,
    more: () => Promise.reject(new Error('data/toy.more.js cannot be read')),
    say: text => said.push(text),
  });
  const reasons: string[] = [];
  more.fill(() => reasons.push(more.why));
  await more.load(() => undefined);
  assert.deepEqual(reasons, ['still loading', 'data/toy.more.js cannot be read']);
  assert.deepEqual(said, ['data/toy.more.js cannot be read']);
});
