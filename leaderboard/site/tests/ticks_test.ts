import assert from 'node:assert/strict';
import {test} from 'node:test';

import {ticksOf} from '../src/view/plots';

const at = (value: number) => value;

test('an axis has a few round ticks', () => {
  assert.deepEqual(ticksOf({from: 20, to: 45, at}), [20, 25, 30, 35, 40, 45]);
});

test('a range of the last place of its ends has a few ticks, and they lie in it', () => {
  const ticks = ticksOf({from: 0.3, to: 0.30000000000000004, at});
  assert.ok(ticks.length > 0 && ticks.length <= 20);
  for (const tick of ticks) assert.equal(tick, 0.3);
});
