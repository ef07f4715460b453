// 16,000 cells: what a filter and a sorted table cost the main thread, what is loaded for the first
// table, and when a page is seen. Times are of the processor, because other programs run beside a
// test. What was measured is printed beside the target, which is a laptop's.
import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {gzipSync} from 'node:zlib';

import {cells, writeMany} from './many.mjs';

const ordinary = process.env.DFKD_SITE_FOLDER ?? '';
const folder = `${ordinary}-many`;
rmSync(folder, {recursive: true, force: true});
writeMany(ordinary, folder);
process.env.DFKD_SITE_FOLDER = folder;
const {close, open, withPage} = await import('./browser.mjs');

after(close);

// Milliseconds until a click is answered. A small server takes up to twice the target,
// and shares its caches with what else runs: the bound is what no such machine may exceed.
const target = 100;
const most = 200;
/** Of all that a filter does, what a reader waits for: the first table of four groups. */
const mostAtOnce = 0.45;
/** Until all four groups and all rows are there: they come in turns that keep nobody waiting. */
const mostInAll = 800;

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
  // Where a reader is who clicks it.
  await page.evaluate(click => {
    document.querySelector(click).scrollIntoView({block: 'center'});
  }, selector);
  await turn();
  await turn();
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
    assert.match(await page.textContent('.cells caption'), new RegExp(`^${cells} cells`));
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
      t.diagnostic(
        `${what}: ${atOnce} ms until it is there (target: ${target}), ${all} ms until all groups are`,
      );
      assert.ok(atOnce < most, `${what}: ${atOnce} ms until it is there`);
      assert.ok(all < mostInAll, `${what}: ${all} ms until all groups are`);
      // What is out of sight comes later: the charts, the other groups, the cells.
      if (!what.startsWith('sort'))
        assert.ok(atOnce < mostAtOnce * all, `${what}: ${atOnce} of ${all} ms`);
      const groups = await page.$$eval('.recomputed .group table.standings', all => all.length);
      assert.equal(groups, what.endsWith('on') ? 4 : 0, what);
    }
  });
});

const kilobytes = names =>
  names.reduce((sum, [folder, name]) => {
    const bytes = readFileSync(join(folder, name));
    return sum + gzipSync(bytes, {level: 9}).length / 1024;
  }, 0);

// Standings are in the page itself; what the application adds comes after they are read.
test('the first table and the application of a page take no more than 150 KB, compressed', t => {
  const need = (folder, name) => {
    const first = [`matrices/${name}.html`, 'style.css'].map(file => [folder, file]);
    const rest = ['app.js', 'data/site.js', `data/${name}.js`].map(file => [folder, file]);
    const [table, all] = [kilobytes(first), kilobytes([...first, ...rest])];
    t.diagnostic(
      `${name}: ${table.toFixed(1)} KB compressed until the first table, ${all.toFixed(1)} KB until ` +
        'the application',
    );
    return {table, all};
  };
  const plain = need(ordinary, 'plain');
  assert.ok(plain.all <= 150, `${plain.all} KB`);
  // Of 16,000 cells the numbers alone are 100 KB; nobody waits for these to read the standings.
  assert.ok(need(folder, 'many').table <= 150);
});

test('the first paint of a page is recorded', async t => {
  await withPage({}, async page => {
    await open(page, 'matrices/many.html');
    const paint = await page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    );
    const milliseconds = await paint.jsonValue();
    // On the clock, beside whatever else runs: 300 on an idle server.
    t.diagnostic(`first paint: ${Math.round(milliseconds)} ms until the page is seen`);
    assert.ok(milliseconds > 0 && milliseconds < 5000, `${milliseconds} ms`);
  });
});
