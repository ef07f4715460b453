// Every page and route: accessible in both themes and widths, whole without JavaScript, links that
// lead somewhere.
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {after, test} from 'node:test';

import {
  close,
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
// Of the pages of plugins a few of each kind: they are of one template.
function someOf(pages) {
  const count = new Map();
  return pages.filter(path => {
    const folder = dirname(path);
    count.set(folder, (count.get(folder) ?? 0) + 1);
    return folder === '.' || count.get(folder) <= 2;
  });
}

const places = [
  ...someOf(pagesOf()).map(path => [path, '']),
  ...routes.map(hash => ['matrices/plain.html', hash]),
];
const looks = ['light', 'dark'].flatMap(colorScheme =>
  [wide, phone].map(viewport => ({colorScheme, viewport})),
);

for (const look of looks) {
  test(`axe finds nothing, ${look.colorScheme}, ${look.viewport.width} px`, async () => {
    const found = [];
    await withPage(look, async page => {
      for (const [path, hash] of places) {
        await open(page, path, hash);
        for (const one of await violations(page)) found.push(`${path}${hash}: ${one}`);
        const wider = await overflow(page);
        if (wider > 0) found.push(`${path}${hash}: ${wider} px wider than the window`);
      }
      assert.deepEqual(found, []);
    });
  });
}

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

// What a page holds without JavaScript: where it links to, and what can be linked to.
async function contentsOf(path, page) {
  await page.goto(`file://${join(site, path)}`);
  return page.evaluate(() => ({
    ids: [...document.querySelectorAll('[id]')].map(element => element.id),
    links: [...document.querySelectorAll('[href]')].map(element => element.getAttribute('href')),
    images: [...document.querySelectorAll('[src]')].map(element => element.getAttribute('src')),
    title: document.title,
  }));
}

// A view of the application: it says itself what it does not know.
const isView = anchor => /^[^/]+\/(standings|cells|cell|compare)([/?]|$)/.test(anchor);

test('every link leads to a file and an anchor, or to a view', async () => {
  const broken = [];
  await withPage({javaScriptEnabled: false}, async page => {
    const pages = new Map();
    for (const path of pagesOf()) pages.set(path, await contentsOf(path, page));
    for (const [path, {links, images}] of pages) {
      for (const link of new Set([...links, ...images])) {
        if (/^https:\/\//.test(link)) continue;
        const [file, anchor = ''] = link.split('#');
        const target =
          file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
        const there = existsSync(join(site, target));
        const known =
          anchor === '' ||
          isView(anchor) ||
          pages.get(target)?.ids.includes(decodeURIComponent(anchor));
        if (!there || !known) broken.push(`${path}: ${link}`);
      }
    }
    const titles = [...pages.values()].map(one => one.title);
    assert.equal(new Set(titles).size, titles.length, 'two pages have one title');
  });
  assert.deepEqual(broken, []);
});

test('without JavaScript the default view is there, and says that it is all', async () => {
  await withPage({javaScriptEnabled: false}, async page => {
    await page.goto(`file://${join(site, 'matrices/plain.html')}`);
    assert.ok(await page.isVisible('table.standings'));
    assert.ok(await page.isVisible('table.heatmap'));
    assert.match(await page.innerText('noscript'), /JavaScript/);
  });
});

test('printed, a page has its numbers and no controls', async () => {
  await withPage({}, async page => {
    await page.emulateMedia({media: 'print'});
    await open(page, 'matrices/plain.html');
    assert.ok(await page.isVisible('table.standings'));
    assert.ok(!(await page.isVisible('.filters')));
  });
});
