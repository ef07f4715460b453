// Links to some of the cells, and the table of all cells beside the one that the program wrote.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';

import {addressIs, close, layOut, open, pagesOf, site, withPage} from './browser.mjs';

after(close);

const matrix = 'matrices/plain.html';
const hostile = pagesOf().find(path => /^matrices\/.*svg/.test(path));

// Till then the columns that are loaded when the table is first seen say so.
const allThere = page =>
  page.waitForFunction(
    () => !document.querySelector('.cells').textContent.includes('still loading'),
  );

test('what a link asks before the anchor is what it asks behind it', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '?attack=sig&sort=-asr#plain/cells');
    assert.match(page.url(), /plain\.html#plain\/cells\?attack=sig&sort=-asr$/);
    assert.match(await page.innerText('.cells-view .shown'), /Attack: sig/);
    await open(page, matrix, '?cell=toy-sig-vgg_s_8-vgg_s_8-zskt-sv-t1-s0#plain/cells');
    await page.waitForSelector('.reproduce');
    assert.match(page.url(), /plain\.html#plain\/cell\/toy-sig-[a-z0-9_-]*$/);
    await open(page, 'index.html', '?attack=sig#plain/cells');
    await page.waitForURL(/matrices\/plain\.html#plain\/cells\?attack=sig$/);
  });
});

test('links of a page to some of its cells load no page anew', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    await layOut(page);
    const hrefs = await page.$$eval('main a[href]', all =>
      all.map(one => one.getAttribute('href')),
    );
    assert.equal(hrefs.filter(href => href.startsWith('?')).length, 0);
    assert.ok(hrefs.filter(href => href.startsWith('#plain/cells?')).length > 50);
    await page.evaluate(() => {
      globalThis.same = true;
    });
    await page.click('.standings tbody a[href^="#plain/cells?"]');
    await addressIs(page, /#plain\/cells\?dataset=/);
    await page.waitForSelector('.chip');
    assert.ok(await page.evaluate(() => globalThis.same));
    await open(page, 'attacks/sig.html');
    await page.click('a:text-is("Its cells") >> nth=0');
    await page.waitForURL(/#(plain|sparse)\/cells\?attack=sig$/);
    await page.waitForSelector('.chip');
  });
});

// Of each cell the texts of the columns of numbers, by their heads. The application's times have
// the device behind them.
async function numbersOf(page) {
  return page.$$eval('.cells', ([table]) => {
    const text = cell => cell.textContent.replace(/\s+/g, '').replace(/^–missing:.*/, '–');
    const heads = [...table.tHead.rows[0].cells].map(text);
    const first = heads.indexOf('TeacherACC%');
    const rows = [...table.tBodies[0].rows].map(row => [
      decodeURIComponent(row.querySelector('a').hash),
      [...row.cells].slice(first, heads.indexOf('Time')).map(text),
    ]);
    return {heads: heads.slice(first), rows: Object.fromEntries(rows)};
  });
}

test('the table of cells has the numbers of the one that it replaces', async () => {
  for (const path of ['matrices/quick.html', hostile]) {
    const tables = [];
    for (const javaScriptEnabled of [false, true]) {
      await withPage({javaScriptEnabled}, async page => {
        await page.goto(pathToFileURL(join(site, path)).href);
        if (javaScriptEnabled) {
          await page.waitForSelector('.cells-view');
          await layOut(page);
          await page.$eval('.cells-view', one => one.scrollIntoView());
          await allThere(page);
        }
        tables.push(await numbersOf(page));
      });
    }
    const [written, shownNumbers] = tables;
    assert.deepEqual(written.heads.slice(0, 8), [
      'TeacherACC%',
      'TeacherASR%',
      'ACC%95%',
      'ASR%95%',
      'Floor%95%',
      'RA%95%',
      'Agreement%',
      'Time',
    ]);
    assert.deepEqual(shownNumbers, written, path);
    const cells = Object.values(written.rows);
    assert.ok(cells.length >= 15);
    // ACC, ASR, floor and RA have their interval wherever they have a number.
    const counted = cells.flatMap(row => row.slice(2, 6)).filter(text => text !== '–');
    assert.ok(counted.length > 30);
    for (const text of counted) assert.match(text, /^[0-9.]+\.[0-9][0-9]+\.[0-9]–[0-9]+\.[0-9]$/);
  }
});

test('a link that sorts by what is loaded later is sorted when that is there', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/cells?attack=sig&sort=-ra');
    await allThere(page);
    const values = await page.$$eval('.cells', ([table]) => {
      const at = [...table.tHead.rows[0].cells].findIndex(cell => cell.ariaSort);
      return [...table.tBodies[0].rows].map(row => parseFloat(row.cells[at].textContent));
    });
    const known = values.filter(value => !Number.isNaN(value));
    assert.ok(known.length > 50);
    assert.deepEqual(
      known,
      [...known].sort((a, b) => b - a),
    );
  });
});
