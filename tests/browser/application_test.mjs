// What the application does: filters, addresses, keyboard, downloads, and what strangers wrote.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {after, test} from 'node:test';

import {addressIs, close, layOut, open, openFilters, pagesOf, shown, withPage} from './browser.mjs';

after(close);

const matrix = 'matrices/plain.html';
const hostile = pagesOf().find(path => /^matrices\/.*svg/.test(path));
const scores = process.env.DFKD_SCORES_FOLDER ?? '';

const names = page => page.$$eval('.filter', menus => menus.map(menu => menu.dataset.filter));

test('each filter leaves something, moves the standings, and comes back from its address', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    const all = await shown(page);
    const expected =
      'dataset networks distiller track side attack family defense access verification without status';
    for (const name of expected.split(' ')) assert.ok((await names(page)).includes(name), name);
    for (const name of await names(page)) {
      await open(page, matrix);
      await openFilters(page, name);
      await page.click(`[data-filter="${name}"] input`);
      const left = await shown(page);
      assert.ok(left > 0 && left <= all, `${name}: ${left} of ${all}`);
      assert.equal(await page.isVisible('.recomputed'), name !== 'status', name);
      const address = new URL(page.url()).hash;
      assert.match(address, new RegExp(`^#plain/(standings|cells)\\?${name}=`));
      await open(page, matrix, address);
      assert.equal(await shown(page), left, `${name} restored`);
      assert.ok(await page.isChecked(`[data-filter="${name}"] input >> nth=0`));
      assert.equal(await page.$$eval('.chip', chips => chips.length), 1);
    }
  });
});

test('a filter that lets everything through changes no number of the default view', async () => {
  await withPage({}, async page => {
    // Of a row: the defence, and the number that each cell begins with.
    const numbers = scope =>
      page.$$eval(`${scope} table.standings tbody tr`, rows =>
        rows.map(row => {
          const cells = [...row.cells]
            .slice(2)
            .map(cell => cell.innerText.match(/^[−+<> ]*[0-9.]+/)?.[0] ?? '–');
          const rank = row.cells[0].innerText.match(/^[0-9]+|^\([0-9]+\)/)?.[0] ?? '–';
          return [rank, row.cells[1].querySelector('a, bdi').innerText, ...cells].join(' ');
        }),
      );
    // What is folded up has no inner text.
    const further = scope =>
      page.$$eval(`${scope} table.more tbody tr`, rows =>
        rows.map(row => {
          const [name, ...cells] = [...row.cells].map(cell => cell.textContent.trim());
          const begin = /^[−+]?[0-9.]+(–[0-9]+)?|^yes|^no/;
          return [name, ...cells.map(text => begin.exec(text)?.[0] ?? '–')].join(' ');
        }),
      );
    const heads = scope =>
      page.$$eval(`${scope} table.standings thead tr`, rows => rows.map(row => row.cells.length));
    const references = scope =>
      page.$$eval(`${scope} table.standings tfoot tr`, rows =>
        rows.map(row => row.innerText.trim()),
      );
    await open(page, matrix);
    await layOut(page);
    const beside = await references('[data-default="standings"]');
    const written = await numbers('[data-default="standings"]');
    const folded = await further('[data-default="standings"]');
    const columns = await heads('[data-default="standings"]');
    await open(page, matrix, '#plain/standings?dataset=fashion,toy');
    await layOut(page);
    const computed = await numbers('.recomputed');
    assert.ok(written.length > 20);
    assert.deepEqual(computed, written);
    assert.deepEqual(await heads('.recomputed'), columns);
    assert.equal(folded.length, written.length);
    assert.ok(folded.some(row => /yes$/.test(row)));
    assert.deepEqual(await further('.recomputed'), folded);
    assert.ok(beside.length > 1);
    assert.deepEqual(await references('.recomputed'), beside);
  });
});

test('a filter that lets everything through draws the charts of the default view', async () => {
  await withPage({}, async page => {
    // What is drawn and where, without the numbers, and the numbers.
    const charts = scope =>
      page.$$eval(`${scope} figure`, figures =>
        figures.map(figure => {
          const parts = [...figure.querySelectorAll('line, circle, polygon, polyline, text')];
          const said = part =>
            part
              .getAttributeNames()
              .sort()
              .map(name => `${name}=${part.getAttribute(name)}`)
              .join(' ');
          const all = parts.map(said).join(' ');
          const shape = parts.map(part =>
            `${part.tagName} ${said(part).replace(/[-0-9.]+/g, '#')} ${part.textContent}`
              .replace(/\s+/g, ' ')
              .trim(),
          );
          const caption = figure.querySelector('figcaption').innerText;
          return {caption, shape, numbers: all.match(/-?[0-9]+(\.[0-9]+)?/g).map(Number)};
        }),
      );
    await open(page, matrix);
    await layOut(page);
    const written = await charts('[data-default="standings"]');
    await open(page, matrix, '#plain/standings?dataset=fashion,toy');
    await layOut(page);
    const computed = await charts('.recomputed');
    assert.ok(written.length > 6);
    const shapes = all => all.map(({caption, shape}) => ({caption, shape}));
    assert.deepEqual(shapes(computed), shapes(written));
    const numbers = all => all.flatMap(chart => chart.numbers);
    const expected = numbers(written);
    // A tenth of a pixel is how both round.
    numbers(computed).forEach((number, i) => {
      assert.ok(Math.abs(number - expected[i]) < 0.11, `${number} is not ${expected[i]}`);
    });
  });
});

test('that flagged cells count is a chip, a banner, and in the captions, and can be undone', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/standings?flagged=counted');
    await layOut(page);
    const captions = scope =>
      page.$$eval(`${scope} caption`, all => all.map(one => one.textContent).join('\n'));
    assert.match(await page.innerText('.chip'), /^Flagged cells counted/);
    assert.match(
      await page.innerText('.recomputed .banner >> nth=0'),
      /^The filter counts [0-9]+ fl/,
    );
    assert.match(await page.innerText('.cells-view .shown'), /flagged cells counted/);
    assert.ok(!(await captions('.recomputed')).includes('where the ASR counts'));
    assert.match(await captions('.recomputed'), /of them, flagged cells counted/);
    assert.match(await captions('.recomputed .heatmap'), /By the filter above/);
    await page.click('.chip');
    assert.equal(await page.$$eval('.recomputed, .chip', all => all.length), 0);
  });
});

test('a filter says of a group all that its heading on the page says', async () => {
  await withPage({}, async page => {
    const headings = scope => page.$$eval(`${scope} h2`, all => all.map(one => one.textContent));
    await open(page, matrix);
    const written = await headings('[data-group]');
    assert.ok(written.some(heading => heading.includes('extra data: unlabelled pictures')));
    assert.ok(!written.every(heading => heading.includes('extra data')));
    await open(page, matrix, '#plain/standings?dataset=fashion,toy');
    assert.deepEqual(await headings('.recomputed'), written);
  });
});

test('back undoes a filter, and reload keeps it', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    const all = await shown(page);
    await openFilters(page);
    await page.click('[data-filter="attack"] input');
    const left = await shown(page);
    assert.ok(left < all);
    await page.reload();
    await page.waitForSelector('.cells-view');
    assert.equal(await shown(page), left);
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 0);
    assert.equal(await shown(page), all);
  });
});

test('a link scrolls to the table, and says by what it is filtered', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/cells?attack=sig&sort=-asr');
    const top = await page.$eval('.cells-view', table => table.getBoundingClientRect().top);
    assert.ok(top >= 0 && top < 900, `${top} px`);
    assert.match(await page.innerText('.cells-view .shown'), /Attack: sig/);
    assert.equal(await page.getAttribute('th[aria-sort]', 'aria-sort'), 'descending');
    const values = await page.$$eval('.cells', ([table]) => {
      const at = [...table.tHead.rows[0].cells].findIndex(cell => cell.ariaSort);
      return [...table.tBodies[0].rows].map(row => parseFloat(row.cells[at].innerText));
    });
    const known = values.filter(value => !Number.isNaN(value));
    assert.ok(known.length > 10);
    assert.deepEqual(
      known,
      [...known].sort((a, b) => b - a),
    );
  });
});

test('links of any page lead to the page of the matrix', async () => {
  await withPage({}, async page => {
    await open(page, 'index.html', '#plain/cells?attack=sig');
    await page.waitForURL(/matrices\/plain\.html#plain\/cells\?attack=sig$/);
    await open(page, 'protocol.html', '#nowhere/cells');
    assert.match(await page.innerText('[role=status]'), /no matrix “nowhere”/);
  });
});

test('names that are not known any more are ignored and said', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/cells?attack=sig,gone&colour=red&sort=-nothing');
    const note = await page.innerText('.notes');
    for (const name of ['gone', 'colour', 'nothing']) assert.ok(note.includes(name), note);
    assert.ok((await shown(page)) > 0);
    await open(page, matrix, '#plain/cell/no-such-cell');
    assert.match(await page.innerText('.notes'), /no cell/);
  });
});

for (const [path, menu, filter] of [
  [matrix, 'Attack', 'attack'],
  [hostile, 'Defence', 'defense'],
]) {
  test(`by keyboard alone, ${path}: filter, sort, read a cell, and come back`, async () => {
    await withPage({}, async page => {
      await open(page, path);
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
      const tabTo = async text => {
        for (let i = 0; i < 60; ++i) {
          if ((await focused()).trim().startsWith(text)) return;
          await page.keyboard.press('Tab');
        }
        assert.fail(`no Tab stop ${text}`);
      };
      await tabTo('Filter');
      await page.keyboard.press('Enter');
      await tabTo(menu);
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      await addressIs(page, new RegExp(`${filter}=`));
      await page.focus('[data-column="asr"]');
      await page.keyboard.press('Enter');
      assert.equal(
        await page.evaluate(() => document.activeElement?.getAttribute('data-column')),
        'asr',
      );
      await page.keyboard.press('Enter');
      await addressIs(page, /sort=-asr/);
      await page.focus('.cells tbody a');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.reproduce');
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1');
      await page.goBack();
      await page.waitForSelector('.cells-view', {state: 'visible'});
      await addressIs(page, new RegExp(`${filter}=.*sort=-asr`));
    });
  });
}

test('the page of a cell has its numbers, how to repeat it, and what it was made with', async () => {
  await withPage({}, async page => {
    const id = 'toy-sig-vgg_s_8-vgg_s_8-zskt-sv-t1-s0';
    await open(page, matrix, `#plain/cell/${id}`);
    await page.waitForSelector('.reproduce');
    const score = JSON.parse(readFileSync(`${scores}/plain/${id}.json`, 'utf8'));
    const tiles = await page.innerText('.tiles');
    for (const share of [score.student.acc, score.student.asr, score.student.ra, score.floor.asr]) {
      assert.ok(tiles.includes(`${(100 * share).toFixed(1)} %`), `${share}: ${tiles}`);
    }
    const intervals = tiles.match(/95 %: [0-9.]+ – [0-9.]+/g) ?? [];
    assert.equal(intervals.length, 4, tiles); // ACC, ASR, floor, RA
    assert.match(await page.innerText('.reproduce'), /dfkd run/);
    assert.match(await page.title(), /sv, sig/);
  });
});

test('up to four defences stand side by side', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    await page.click('text=Side by side');
    for (const name of ['abd', 'sv', 'clp', 'none'])
      await page.check(`.compare-menu input[value="${name}"]`);
    assert.ok(await page.isDisabled('.compare-menu input[value="sr"]'));
    await page.click('.compare-menu button');
    await addressIs(page, /#plain\/compare\?defense=abd,clp,none,sv$/);
    const heads = await page.$$eval('.front .compare >> nth=0', tables =>
      [...tables[0].tHead.rows[0].cells].map(head => head.innerText),
    );
    assert.ok(heads.length >= 2 && heads.length <= 5);
    assert.match(await page.innerText('.front'), /Holm p/);
  });
});

test('who stands beside a pair changes nothing that is said of it', async () => {
  await withPage({}, async page => {
    const pair = async chosen => {
      await open(page, matrix, `#plain/compare?defense=${chosen}`);
      await layOut(page);
      const all = await page.$$eval('.recomputed li', items => items.map(one => one.innerText));
      return all.filter(text => text.startsWith('abd − none:'));
    };
    const alone = await pair('abd,none');
    assert.ok(alone.length > 1);
    assert.deepEqual(await pair('abd,clp,none,sv'), alone);
    assert.match(await page.innerText('.recomputed'), /Holm's adjustment is over all [0-9]+ pairs/);
  });
});

test('standings of some of the defences say over which pairs they test', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/standings?defense=abd,none');
    assert.match(await page.innerText('.recomputed'), /The filter leaves 1 of [0-9]+ defences/);
    await open(page, matrix, '#plain/standings?dataset=fashion,toy');
    assert.ok(!(await page.innerText('.recomputed')).includes('The filter leaves'));
  });
});

async function downloadFrom(page, selector) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return readFileSync(await download.path(), 'utf8');
}

const downloadOf = (page, label) =>
  downloadFrom(page, `.downloads-menu button:text-is("${label}")`);

test('downloads hold what is shown', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/cells?attack=sig&dataset=toy');
    await page.click('text=Download this view');
    const count = await shown(page);
    const csv = (await downloadOf(page, 'CSV')).trim().split('\r\n');
    assert.equal(csv.length, count + 1);
    for (const field of [
      'flags',
      'reason',
      'track',
      'seconds',
      'preset',
      'teacher_seed',
      'fingerprint',
    ]) {
      assert.ok(csv[0].split(',').includes(field), field);
    }
    const lines = (await downloadOf(page, 'JSONL'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    assert.deepEqual([lines.length, new Set(lines.map(line => line.attack)).size], [count, 1]);
    for (const line of lines.filter(one => one.status === 'ok')) {
      const score = JSON.parse(readFileSync(`${scores}/plain/${line.cell}.json`, 'utf8'));
      assert.deepEqual(
        [line.acc, line.asr, line.ra],
        [score.student.acc, score.student.asr, score.student.ra],
      );
    }
    assert.equal(JSON.parse(await downloadOf(page, 'JSON')).cells.length, count);
    assert.match(await downloadOf(page, 'LaTeX'), /\\toprule/);
    assert.equal(
      (await downloadOf(page, 'Dictionary')).trim().split('\r\n').length,
      csv[0].split(',').length + 1,
    );
  });
});

test('the standings of a view are a table to take away', async () => {
  await withPage({}, async page => {
    await open(page, matrix, '#plain/standings?dataset=toy');
    await layOut(page);
    await page.click('text=Download this view');
    const shownRows = await page.$$eval('.recomputed .standings tbody tr', rows =>
      rows.map(row => row.dataset.row),
    );
    const of = async label =>
      downloadFrom(
        page,
        `.downloads-menu button[aria-label="${label}, plain.standings.${label.toLowerCase()}"]`,
      );
    const csv = (await of('CSV')).trim().split('\r\n');
    const column = csv[0].split(',').indexOf('defense');
    assert.deepEqual(
      csv.slice(1).map(line => line.split(',')[column]),
      shownRows,
    );
    const json = JSON.parse(await of('JSON'));
    assert.equal(json.view, '#plain/standings?dataset=toy');
    assert.deepEqual(
      json.standings.map(row => row.defense),
      shownRows,
    );
  });
});

test('every number of the standings leads to cells, and the keyboard stops at none twice', async () => {
  await withPage({}, async page => {
    const linksIn = scope =>
      page.$$eval(`${scope} .standings tbody tr, ${scope} .more tbody tr`, rows =>
        rows.map(row => row.querySelectorAll('a.quiet').length),
      );
    await open(page, matrix);
    await layOut(page);
    const written = await linksIn('[data-default="standings"]');
    await open(page, matrix, '#plain/standings?dataset=fashion,toy');
    await layOut(page);
    assert.deepEqual(await linksIn('.recomputed'), written);
    assert.ok(Math.max(...written) > 5);
    const stops = await page.$$eval('.recomputed .standings tbody tr', rows =>
      rows.map(row => {
        const quiet = [...row.querySelectorAll('a.quiet')].filter(link => link.tabIndex >= 0);
        return quiet.map(link => new URLSearchParams(link.hash.split('?')[1]).get('defense'));
      }),
    );
    // Of a difference to no defence, which has cells that no other link of the row leads to.
    assert.ok(stops.flat().length > 5);
    for (const row of stops) assert.ok(row.length <= 1 && row.every(one => /,none$/.test(one)));
    await page.click('.recomputed .standings td:nth-child(6) a.quiet');
    const {hash} = new URL(page.url());
    assert.match(decodeURIComponent(hash), /^#plain\/cells\?.*&defense=[^&,]+,none$/);
  });
});

test('the whole site as a database is a link beside the downloads', async () => {
  await withPage({}, async page => {
    await open(page, matrix);
    await page.click('text=Download this view');
    const link = await page.$eval('a:text-is("SQLite, all scores")', one => one.href);
    assert.ok(existsSync(fileURLToPath(link)), link);
  });
});

test('curves of one ulp, of 200,000 points and of numbers too large leave a page whole', async () => {
  await withPage({}, async page => {
    await open(page, hostile);
    await layOut(page);
    const links = await page.$$eval('.cells tbody tr', rows =>
      rows
        .filter(row => row.cells[0].innerText === 'none')
        .map(row => row.querySelector('a').getAttribute('href')),
    );
    let drawn = 0;
    for (const link of links) {
      await open(page, hostile, link);
      await page.waitForSelector('.reproduce');
      assert.equal(await page.$$eval('.cell .bad', all => all.length), 0);
      assert.ok(await page.isVisible('.tiles'));
      assert.equal(await page.$$eval('.cell details', all => all.length), 2);
      const paths = await page.$$eval('.cell path.line', all =>
        all.map(one => one.getAttribute('d')),
      );
      drawn += paths.length;
      for (const d of paths) {
        assert.match(d, /^([ML]-?[0-9]+\.[0-9] -?[0-9]+\.[0-9])+$/, d.slice(0, 200));
        assert.ok(d.startsWith('M'), d.slice(0, 200));
      }
    }
    assert.equal(drawn, 6); // ACC, ASR and the four of the log
  });
});

test('what strangers wrote is text, on every page and in every view', async () => {
  await withPage({}, async page => {
    await open(page, hostile);
    const file = await page.evaluate(() => document.body.dataset.file);
    const inert = async () => {
      const strange = await page.evaluate(
        () =>
          [...document.querySelectorAll('img, svg, script, iframe')].filter(element =>
            element.matches('[onload], [onerror], img[src="x"], script:not([src])'),
          ).length,
      );
      assert.equal(strange, 0);
    };
    await inert();
    await layOut(page);
    assert.ok((await page.innerText('.cells')).includes('<img src=x onerror=alert(1)>'));
    assert.ok(!(await page.innerText('body')).includes('\u202e'));
    const links = await page.$$eval('.cells tbody a', all =>
      all.map(link => link.getAttribute('href')),
    );
    for (const link of links.slice(0, 15)) {
      await open(page, hostile, link);
      await page.waitForSelector('.reproduce');
      await inert();
    }
    await open(
      page,
      hostile,
      `#${file}/standings?defense=${encodeURIComponent('a,b&c=d#e%20?f')},none`,
    );
    assert.equal(await page.$$eval('.chip', chips => chips.length), 2);
    await inert();
  });
});
