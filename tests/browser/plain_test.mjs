// A site of a program that was built without node: plain.js stands in for the application. It says
// what is missing, and takes nothing away.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';

import {close, linksOfAll, pagesOf, site, violations, withPage} from './browser.mjs';

after(close);

const matrices = pagesOf().filter(path => path.startsWith('matrices/'));

const goTo = (page, path, rest = '') =>
  page.goto(pathToFileURL(join(site, path)).href + rest, {waitUntil: 'load'});

test('the page of a matrix says what is missing, and that all else is there', async () => {
  await withPage({}, async page => {
    assert.ok(matrices.length > 3);
    for (const path of matrices) {
      await goTo(page, path);
      const notes = await page.$$eval('[data-app="filters"] .facts', all =>
        all.map(one => one.innerText),
      );
      assert.equal(notes.length, 1, path);
      assert.match(notes[0], /^Filters, sorting, .* are missing: .* built without node\./);
      // On the page, or on those that it links.
      assert.ok((await page.$('.cells, [data-default="cells"] nav')) !== null, path);
      assert.match(notes[0], /complete\.$/, path);
      assert.deepEqual(await violations(page), [], path);
    }
  });
});

test('no other page says anything of it', async () => {
  await withPage({}, async page => {
    for (const path of ['index.html', 'protocol.html', 'data.html']) {
      await goTo(page, path);
      assert.ok(!(await page.innerText('body')).includes('built without node'), path);
    }
  });
});

test('standings, heat maps and cells are those that the program wrote', async () => {
  const texts = async (path, options) => {
    let found = [];
    await withPage(options, async page => {
      await goTo(page, path);
      found = await page.$$eval('.standings, .heatmap, .cells', all =>
        all.map(one => [one.className, one.textContent, one.rows.length]),
      );
    });
    return found;
  };
  for (const path of matrices) {
    const seen = await texts(path, {});
    assert.deepEqual(seen, await texts(path, {javaScriptEnabled: false}), path);
    assert.ok(seen.length >= 2, path);
  }
  const classes = (await texts('matrices/sparse.html', {})).map(([name]) => name);
  assert.deepEqual(classes, ['standings', 'heatmap', 'cells']);
});

test('every link leads to a file and an anchor', async () => {
  const {broken, anchors} = await linksOfAll({});
  assert.deepEqual(broken, []);
  assert.ok(anchors > 300, `${anchors} anchors`);
});

test('a link that asks for some of the cells leads to the table of all', async () => {
  await withPage({}, async page => {
    await goTo(page, 'matrices/quick.html');
    const link = await page.waitForSelector('.standings a[href^="?dataset="]');
    await link.click();
    await page.waitForURL(/quick\.html\?dataset=[^#]*#quick\/cells$/);
    await page.waitForLoadState('load');
    const top = await page.$eval('[id="quick/cells"]', one => one.getBoundingClientRect().top);
    assert.ok(top >= -1 && top < 900, `${top} px`);
    assert.ok(await page.isVisible('.cells'));
  });
});
