// Every page and route: accessible in both themes and widths, whole without JavaScript, links that
// lead somewhere.
import assert from 'node:assert/strict';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';

import {
  close,
  layOut,
  linksOfAll,
  open,
  overflow,
  pagesOf,
  phone,
  site,
  violations,
  wide,
  withPage,
} from './browser.mjs';

after(close);

const cell = 'toy-sig-vgg_s_8-vgg_s_8-zskt-sr-t1-s0';
const routes = [
  '#plain/standings?family=clean+label&access=no+data',
  '#plain/cells?attack=sig,wanet&sort=-asr&page=2',
  `#plain/cell/${cell}`,
  '#plain/compare?defense=none,abd,sv,clp',
  '#plain/cells?attack=gone',
];
const hostile = pagesOf().find(path => /^matrices\/.*svg/.test(path));
// Of the pages of plugins a few of each kind: they are of one template.
function someOf(pages) {
  const count = new Map();
  return pages.filter(path => {
    const folder = dirname(path);
    count.set(folder, (count.get(folder) ?? 0) + 1);
    return folder === '.' || path === hostile || count.get(folder) <= 2;
  });
}

const routesOf = (path, hashes) => hashes.map(hash => [path, hash]);
const places = [
  ...someOf(pagesOf()).map(path => [path, '']),
  ...routesOf('matrices/plain.html', routes),
];
// Of the other matrices every view, by links that the pages themselves have.
async function viewsOf(path) {
  const views = [];
  await withPage({}, async page => {
    await open(page, path);
    const cells = await page.$$eval('.cells tbody a', all => all.map(one => one.hash));
    const file = await page.getAttribute('body', 'data-file');
    const values = await page.$$eval('.compare-menu input', all => all.map(one => one.value));
    const chosen = values.slice(0, 4).map(encodeURIComponent).join(',');
    const matrix = `#${encodeURIComponent(file)}`;
    for (const view of ['standings', 'compare']) views.push(`${matrix}/${view}?defense=${chosen}`);
    views.push(`${matrix}/cells?sort=-asr`, ...cells.slice(0, 2), ...cells.slice(-1));
  });
  return routesOf(path, views);
}

const looks = ['light', 'dark'].flatMap(colorScheme =>
  [wide, phone].map(viewport => ({colorScheme, viewport})),
);

async function faultsAt(look, all) {
  const found = [];
  await withPage(look, async page => {
    for (const [path, hash] of all) {
      await open(page, path, hash);
      if (hash.includes('/cell/')) await page.waitForSelector('.reproduce');
      const place = `${path}${hash}`.slice(0, 200);
      for (const one of await violations(page)) found.push(`${place}: ${one}`);
      const wider = await overflow(page);
      if (wider > 0) found.push(`${place}: ${wider} px wider than the window`);
    }
  });
  return found;
}

for (const look of looks) {
  test(`axe finds nothing, ${look.colorScheme}, ${look.viewport.width} px`, async () => {
    assert.deepEqual(await faultsAt(look, places), []);
  });
}

test('axe finds nothing on any page and in any view of strange or real scores', async () => {
  const look = {colorScheme: 'light', viewport: wide};
  const seen = new Set(places.map(([path]) => path));
  const others = pagesOf().filter(path => !seen.has(path));
  const views = [...(await viewsOf(hostile)), ...(await viewsOf('matrices/quick.html'))];
  assert.ok(others.length > 10 && views.length === 12, `${others.length}, ${views.length}`);
  const pages = others.map(path => [path, '']);
  assert.deepEqual(await faultsAt(look, [...pages, ...views]), []);
});

test('menus that are open are accessible, too', async () => {
  for (const look of looks) {
    await withPage(look, async page => {
      await open(page, 'matrices/plain.html');
      await page.evaluate(() => {
        for (const menu of document.querySelectorAll('[data-app] details')) menu.open = true;
      });
      assert.deepEqual(await violations(page), []);
      assert.equal(await overflow(page), 0);
    });
  }
});

test('every link leads to a file and an anchor without JavaScript', async () => {
  const {broken, anchors, titles} = await linksOfAll({javaScriptEnabled: false});
  assert.deepEqual(broken, []);
  assert.ok(anchors > 300, `${anchors} anchors`);
  assert.equal(new Set(titles).size, titles.length, 'two pages have one title');
});

test('without JavaScript the default view is there, and says that it is all', async () => {
  await withPage({javaScriptEnabled: false}, async page => {
    let ranked = 0;
    for (const path of ['matrices/plain.html', 'matrices/quick.html', hostile]) {
      await page.goto(pathToFileURL(join(site, path)).href);
      assert.ok(await page.isVisible('table.standings'), path);
      assert.ok(await page.isVisible('table.heatmap'), path);
      ranked += (await page.$('.standings tr.first')) ? 1 : 0;
      assert.match(await page.innerText('noscript'), /JavaScript: the default view only, complete/);
    }
    assert.ok(ranked > 1);
  });
});

test('without JavaScript every cell with a score is listed, on pages of their own if they are many', async () => {
  await withPage({javaScriptEnabled: false}, async page => {
    for (const [path, rows, text] of [
      ['matrices/quick.html', 32, /^(?!.*not listed)/s],
      ['matrices/sparse.html', 18, /582 planned cells without a score: counted here, not listed/],
      ['matrices/plain.html', 0, /^All cells\s+[0-9]+ cells with a score, without JavaScript on/],
    ]) {
      await page.goto(pathToFileURL(join(site, path)).href);
      assert.equal(await page.$$eval('.cells tbody tr', all => all.length), rows, path);
      assert.match(await page.innerText('[id$="/cells"]'), text, path);
      const complete = await page.innerText('noscript');
      assert.equal(/cells on pages of their own/.test(complete), rows === 0, path);
    }
    const all = Number(/([0-9]+) cells with/.exec(await page.innerText('[id="plain/cells"]'))?.[1]);
    const links = '[id="plain/cells"] nav a';
    const hrefs = await page.$$eval(links, found => found.map(one => one.href));
    const seen = new Set();
    for (const href of hrefs) {
      await page.goto(href);
      const ids = await page.$$eval('.cells tbody tr', found => found.map(one => one.id));
      assert.ok(ids.length > 0 && ids.length <= 500, `${href}: ${ids.length} rows`);
      for (const id of ids) seen.add(id);
    }
    assert.ok(all > 500 && seen.size === all, `${seen.size} of ${all}`);
  });
});

test('a row on a page of cells leads to all about its cell', async () => {
  await withPage({}, async page => {
    const path = pagesOf().find(one => one.startsWith('cells/plain/'));
    await page.goto(pathToFileURL(join(site, path)).href);
    const id = await page.getAttribute('.cells tbody tr', 'id');
    await page.click('.cells tbody a');
    await page.waitForSelector('.reproduce');
    assert.equal(decodeURIComponent(new URL(page.url()).hash), `#${id}`);
  });
});

test('what stands above a table is read without scrolling, whatever the table takes', async () => {
  for (const viewport of [wide, phone]) {
    await withPage({viewport}, async page => {
      for (const hash of ['', '#plain/standings?dataset=fashion,toy']) {
        await open(page, 'matrices/plain.html', hash);
        await layOut(page);
        const widths = await page.$$eval('.scroll > table > caption', all =>
          all
            .filter(one => one.offsetParent !== null)
            .map(one => [one.offsetWidth, one.closest('.scroll').clientWidth]),
        );
        assert.ok(widths.length > 20);
        for (const [caption, region] of widths)
          assert.ok(caption <= region, `${caption}, ${region}`);
      }
    });
  }
});

test('the head of a long table stays in sight, and other rows begin at the first', async () => {
  await withPage({}, async page => {
    await open(page, 'matrices/plain.html', '#plain/cells');
    const region = await page.waitForSelector('.scroll:has(> .cells)');
    await region.evaluate(one => one.scrollTo(0, one.scrollHeight));
    assert.ok(await region.evaluate(one => one.scrollTop > one.clientHeight));
    const [head, top] = await region.evaluate(one => [
      one.querySelector('thead th').getBoundingClientRect().top,
      one.getBoundingClientRect().top,
    ]);
    assert.ok(Math.abs(head - top) < 3, `${head} is not ${top}`);
    await page.click('.pages button:text-is("Next")');
    assert.equal(await region.evaluate(one => one.scrollTop), 0);
  });
});

test('what a flag means and why a cell has no number stands there, without a pointer', async () => {
  const all = {flags: 0, reasons: 0};
  for (const [path, javaScriptEnabled] of [
    ['matrices/plain.html', true],
    ['matrices/quick.html', false],
    [hostile, true],
  ]) {
    await withPage({javaScriptEnabled}, async page => {
      await page.goto(pathToFileURL(join(site, path)).href);
      if (javaScriptEnabled) await page.waitForSelector('.cells-view');
      const texts = selector =>
        page.$$eval(selector, found => found.map(one => one.textContent.replace(/ /g, '_')));
      const flags = await texts('.cells .state .tag');
      const meanings = await texts('.glossary dt');
      for (const flag of flags) assert.ok(meanings.includes(flag), `${path}: ${flag}`);
      all.flags += flags.length;
      all.reasons += (await texts('.cells .state .status:not(.ok) ~ .why')).length;
    });
  }
  assert.ok(all.flags > 10 && all.reasons > 1, JSON.stringify(all));
});

// A4 across, less its margins.
const paper = {width: Math.floor((277 / 25.4) * 96), height: Math.floor((190 / 25.4) * 96)};

test('printed, a page has its numbers and no controls', async () => {
  await withPage({viewport: paper}, async page => {
    await page.emulateMedia({media: 'print'});
    await open(page, 'matrices/plain.html');
    assert.ok(await page.isVisible('table.standings'));
    assert.ok(!(await page.isVisible('.filters')));
  });
});

test('printed, standings fit the paper, nothing is folded, and colours stay', async () => {
  await withPage({viewport: paper}, async page => {
    await page.emulateMedia({media: 'print'});
    for (const hash of ['', '#plain/standings?dataset=fashion,toy']) {
      await open(page, 'matrices/plain.html', hash);
      const scope = hash === '' ? '[data-default="standings"]' : '.recomputed';
      const widths = await page.$$eval(`${scope} table`, all => all.map(one => one.offsetWidth));
      assert.ok(widths.length > 20);
      assert.ok(Math.max(...widths) <= paper.width, `${Math.max(...widths)} px`);
      const folded = await page.$$eval(`${scope} .further tbody tr`, rows =>
        rows.map(row => row.getBoundingClientRect().height),
      );
      assert.ok(folded.length > 20 && Math.min(...folded) > 5, `${Math.min(...folded)} px`);
      const adjusted = await page.$$eval(`${scope} .heat, ${scope} .hatch`, cells =>
        cells.map(cell => getComputedStyle(cell).printColorAdjust),
      );
      assert.deepEqual([...new Set(adjusted)], ['exact']);
    }
    const bytes = await page.pdf({preferCSSPageSize: true});
    const box = /\/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]/.exec(bytes.toString('latin1'));
    assert.deepEqual(box?.slice(1).map(Number).map(Math.round), [842, 595]);
  });
});

test('on a phone it is seen at once who is best, how good, and what it costs', async () => {
  await withPage({viewport: phone}, async page => {
    for (const [path, hash] of [
      ['matrices/quick.html', ''],
      ['matrices/plain.html', ''],
      ['matrices/plain.html', '#plain/standings?dataset=fashion,toy'],
    ]) {
      await open(page, path, hash);
      await layOut(page);
      const tables = await page.$$eval('table.standings', all =>
        all
          .filter(table => table.offsetParent !== null)
          .map(table => {
            const heads = [...table.tHead.rows[0].cells];
            const sides = text => {
              const {left, right} = heads
                .find(head => head.textContent.startsWith(text))
                .getBoundingClientRect();
              return [left, right];
            };
            return ['Defence', 'ASR %, mean', 'Time a cell'].flatMap(sides);
          }),
      );
      assert.ok(tables.length > 0);
      for (const sides of tables) {
        const inside = sides.every(side => side >= 0 && side <= phone.width);
        assert.ok(inside && sides[3] <= sides[4] + 1, `${path}${hash}: ${sides.map(Math.round)}`);
      }
    }
  });
});

test('on a phone the first answer of a page is on its first screen', async () => {
  for (const javaScriptEnabled of [true, false]) {
    await withPage({viewport: phone, javaScriptEnabled}, async page => {
      for (const path of ['index.html', 'matrices/quick.html', 'matrices/plain.html']) {
        if (javaScriptEnabled) await open(page, path);
        else await page.goto(pathToFileURL(join(site, path)).href);
        const {top, bottom} = await page.$eval('.answer, .headline', one => {
          const {top, bottom} = one.getBoundingClientRect();
          return {top, bottom};
        });
        assert.ok(top > 0 && bottom <= phone.height, `${path}: ${top} to ${bottom} px`);
      }
    });
  }
});

test('on a phone an answer is a few lines, and the whole sentence unfolds below it', async () => {
  for (const javaScriptEnabled of [true, false]) {
    await withPage({viewport: phone, javaScriptEnabled}, async page => {
      await page.goto(pathToFileURL(join(site, 'index.html')).href);
      const answers = '.answers[aria-label="plain"]';
      const lines = await page.$$eval(`${answers} .answer`, all =>
        all.map(one => one.offsetHeight / parseFloat(getComputedStyle(one).lineHeight)),
      );
      assert.ok(lines.length > 1 && Math.max(...lines) < 8, `${lines}`);
      const sentence = `${answers} details .headline >> nth=0`;
      assert.ok(!(await page.isVisible(sentence)));
      await page.click(`${answers} details summary >> nth=0`);
      assert.ok(await page.isVisible(sentence));
    });
  }
});
