// A browser whose pages must not complain: no error, no dialog, nothing from outside the folder.
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, normalize, relative} from 'node:path';
import {pathToFileURL} from 'node:url';

import {chromium} from 'playwright-core';

export const site = process.env.DFKD_SITE_FOLDER ?? '';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// --no-sandbox: Chromium refuses to run as root with one; the pages are ours.
const browser = await chromium.launch({
  executablePath: process.env.DFKD_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu'],
});
export const close = () => browser.close();

export const wide = {width: 1280, height: 900};
export const phone = {width: 390, height: 844};

/** All pages of the site, relative to its folder. */
export function pagesOf(folder = site) {
  return readdirSync(folder, {withFileTypes: true}).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesOf(path);
    return entry.name.endsWith('.html') ? [relative(site, path)] : [];
  });
}

function watch(page, complaints) {
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('dialog', dialog => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => {
    const url = request.url();
    const inside = url.startsWith(pathToFileURL(site).href) || url.startsWith('blob:');
    if (!inside) complaints.push(`request: ${url}`);
  });
}

/** Lends a page to `use`; afterwards nothing may have been complained about. */
export async function withPage(options, use) {
  const context = await browser.newContext({
    viewport: wide,
    colorScheme: 'light',
    acceptDownloads: true,
    ...options,
  });
  try {
    const page = await context.newPage();
    const complaints = [];
    watch(page, complaints);
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

// What a page holds: where it links to, and what can be linked to.
async function contentsOf(path, page) {
  await page.goto(pathToFileURL(join(site, path)).href);
  return page.evaluate(() => ({
    ids: [...document.querySelectorAll('[id]')].map(element => element.id),
    links: [...document.querySelectorAll('[href]')].map(element => element.getAttribute('href')),
    images: [...document.querySelectorAll('[src]')].map(element => element.getAttribute('src')),
    title: document.title,
  }));
}

// The file that a link leads to, and the anchor there. A query asks something of the application.
function targetOf(link, path) {
  const [address, anchor = ''] = link.split('#');
  const [file] = address.split('?');
  const target = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
  return {target, anchor: decodeURIComponent(anchor)};
}

/**
 * What all pages link to that is not there, be it a file or an anchor; how many anchors were looked
 * for; and the titles. As pages are without the application: without scripts, or with plain.js.
 */
export async function linksOfAll(options) {
  const [broken, pages] = [[], new Map()];
  let anchors = 0;
  await withPage(options, async page => {
    for (const path of pagesOf()) pages.set(path, await contentsOf(path, page));
  });
  for (const [path, {links, images}] of pages) {
    for (const link of new Set([...links, ...images])) {
      if (/^https:\/\//.test(link)) continue;
      const {target, anchor} = targetOf(link, path);
      if (anchor !== '') ++anchors;
      const known = anchor === '' || pages.get(target)?.ids.includes(anchor);
      if (!existsSync(join(site, target)) || !known) broken.push(`${path}: ${link}`);
    }
  }
  return {broken, anchors, titles: [...pages.values()].map(one => one.title)};
}

/** Opens a page with the part behind '#', and waits for the application where it runs. */
export async function open(page, path, hash = '') {
  await page.goto('about:blank');
  await page.goto(pathToFileURL(join(site, path)).href + hash);
  if (path.startsWith('matrices/')) await page.waitForSelector('.cells-view, .cell');
  await page.waitForLoadState('load');
}

/**
 * How many cells the table has. Out of sight it has no inner text, and follows a turn after a
 * filter.
 */
export const shown = async page => {
  const text = await page.textContent('.windowed:not([aria-busy]) .cells caption');
  return Number(/^([0-9]+) cells?/.exec(text)?.[1]);
};

/** All of them, or one: lists that are open at once may hide each other. */
export const openFilters = (page, name = '') =>
  page.evaluate(one => {
    const some = one === '' ? '' : `.all, [data-filter="${one}"]`;
    for (const menu of document.querySelectorAll(`.filters details${some && `:is(${some})`}`))
      menu.open = true;
  }, name);

/** Waits until it is that: the address follows what was clicked a moment later. */
export function addressIs(page, pattern) {
  return page.waitForURL(url => pattern.test(url.href), {timeout: 5000});
}

/** Lays out what is out of sight as well: till then it has no innerText and no faults. */
export async function layOut(page) {
  await page.evaluate(() => {
    for (const group of document.querySelectorAll('[data-group], .group, .cells-view'))
      group.style.contentVisibility = 'visible';
  });
}

/** What axe finds wrong, one line each. */
export async function violations(page) {
  await layOut(page);
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    // Preloading would fetch style sheets, which file:// and the policy of the pages forbid.
    globalThis.axe.run({preload: false, resultTypes: ['violations']}),
  );
  return found.violations.map(
    one =>
      `${one.id}: ${one.nodes
        .slice(0, 3)
        .map(node => node.html.slice(0, 160))
        .join(' | ')}`,
  );
}

/** By how many pixels a page is wider than its window. */
export async function overflow(page) {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}
