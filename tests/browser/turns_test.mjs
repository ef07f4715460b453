// What a filter shows at once, and what follows in turns of its own.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';

import {close, open, openFilters, shown, withPage} from './browser.mjs';

after(close);

const matrix = 'matrices/plain.html';

// Each group is computed in a turn of its own.
const settled = page => page.waitForSelector('.recomputed:not([aria-busy])');

test('groups that are computed one by one are those of the link, and the next change ends it', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    await openFilters(page);
    // In one turn of the page, so that nothing but the first group of each can be there.
    const begun = await page.evaluate(() => {
      const [sig, wanet] = ['sig', 'wanet'].map(value =>
        document.querySelector(`[data-filter="attack"] input[value="${value}"]`),
      );
      sig.click();
      const first = document.querySelector('.recomputed');
      const groups = [...first.querySelectorAll('.group')];
      const tables = groups.map(group => group.querySelectorAll('table.standings').length);
      const busy = first.getAttribute('aria-busy');
      const others = first.querySelectorAll('.heatmap, figure').length;
      const cells = document.querySelector('.windowed').getAttribute('aria-busy');
      wanet.click();
      return {busy, tables, others, cells, gone: !first.isConnected};
    });
    assert.ok(begun.gone);
    assert.equal(begun.busy, 'true');
    assert.deepEqual(begun.tables.slice(0, 2), [1, 0]);
    assert.equal(begun.others, 0, 'what is below the first table comes later');
    assert.equal(begun.cells, 'true', 'so does a table of cells that is out of sight');
    await settled(page);
    const contents = () => page.$$eval('.recomputed', all => all.map(one => one.innerHTML));
    const clicked = await contents();
    assert.equal(clicked.length, 1);
    assert.ok(!clicked[0].includes('Computing'));
    await open(page, matrix, new URL(page.url()).hash);
    assert.deepEqual(await contents(), clicked);
  });
});

test('the table of cells follows at once where it is in sight, and in the end everywhere', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    await openFilters(page);
    const all = await shown(page);
    const [before, after] = await page.evaluate(async () => {
      const caption = () => document.querySelector('.windowed caption').textContent;
      document.querySelector('.cells-view').scrollIntoView();
      await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
      document.querySelector('[data-filter="attack"] input').click();
      const inSight = caption();
      scrollTo(0, 0);
      document.querySelector('[data-filter="attack"] input').click();
      return [inSight, caption()].map(text => parseInt(text));
    });
    assert.ok(before < all, `${before} of ${all}`);
    assert.equal(after, before, 'nobody sees it, so it may come later');
    assert.equal(await shown(page), all);
  });
});
