// 16,000 cells: what a filter and a sorted table cost the main thread. The bounds are generous, and
// of processor time, because other programs run beside a test; what was measured is printed.
import assert from 'node:assert/strict';
import {rmSync} from 'node:fs';
import {after, test} from 'node:test';

import {cells, writeMany} from './many.mjs';

const folder = `${process.env.DFKD_SITE_FOLDER}-many`;
rmSync(folder, {recursive: true, force: true});
writeMany(process.env.DFKD_SITE_FOLDER ?? '', folder);
process.env.DFKD_SITE_FOLDER = folder;
const {close, open, withPage} = await import('./browser.mjs');

after(close);

const most = 1000;

/**
 * Clicks: milliseconds of the main thread until what follows at once is laid out, and until all that
 * is left for later turns is there as well.
 */
async function timeOf(page, selector) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', {timeDomain: 'threadTicks'});
  const busy = async () => {
    const {metrics} = await session.send('Performance.getMetrics');
    return 1000 * metrics.find(({name}) => name === 'TaskDuration').value;
  };
  const turn = () =>
    page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve))));
  const start = await busy();
  await page.evaluate(click => {
    const {setTimeout} = window;
    const held = [];
    window.setTimeout = callback => held.push(callback);
    document.querySelector(click).click();
    window.setTimeout = setTimeout;
    window.release = () => held.map(callback => setTimeout(callback));
  }, selector);
  await turn();
  const first = await busy();
  await page.evaluate(() => void window.release());
  await page.waitForFunction(() => !document.querySelector('[aria-busy]'));
  await turn();
  const end = await busy();
  await session.detach();
  return {atOnce: Math.round(first - start), all: Math.round(end - start)};
}

test('of 16,000 cells a filter and a sorted table come without a wait', async t => {
  await withPage({}, async page => {
    await open(page, 'matrices/many.html');
    assert.match(await page.innerText('.cells caption'), new RegExp(`^${cells} cells`));
    await page.evaluate(() => {
      for (const menu of document.querySelectorAll('.filters details')) menu.open = true;
    });
    const box = '[data-filter="attack"] input';
    for (const [what, selector] of [
      ['sort', '[data-column="asr"]'],
      ['sort the other way', '[data-column="asr"]'],
      ['filter on', box],
      ['filter off', box],
      ['another filter on', '[data-filter="attack"] label:nth-of-type(2) input'],
      ['another filter off', '[data-filter="attack"] label:nth-of-type(2) input'],
    ]) {
      const {atOnce, all} = await timeOf(page, selector);
      t.diagnostic(`${what}: ${atOnce} ms until it is there, ${all} ms until all groups are`);
      assert.ok(all < most, `${what}: ${all} ms`);
      // About half of it: the groups that are out of sight come later.
      if (what.endsWith('on')) assert.ok(atOnce < 0.8 * all, `${what}: ${atOnce} of ${all} ms`);
      const groups = await page.$$eval('.recomputed .group table.standings', all => all.length);
      assert.equal(groups, what.endsWith('on') ? 4 : 0, what);
    }
  });
});
