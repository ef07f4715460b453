// The picture in the README shows today's pages: drawn anew from its scores, it is the same but for
// what machines differ in. tests/browser/screenshot.sh says how to take it again.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, test} from 'node:test';

import {close, open, withPage} from './browser.mjs';

after(close);

const picture = process.env.DFKD_PICTURE ?? '';

/** Whether letters are those that screenshot.sh installs: others are wider or narrower. */
const hasLetters = page =>
  page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d');
    const width = font => {
      context.font = `40px ${font}`;
      return context.measureText('Defences by their mean ASR').width;
    };
    return width(getComputedStyle(document.body).fontFamily) === width('"DejaVu Sans"');
  });

/** The share of blocks of 16 x 16 pixels whose mean brightness differs visibly. */
async function differenceOf(page, pictures) {
  await page.goto('about:blank'); // whose policy allows pictures out of memory
  return page.evaluate(
    async encoded => {
      const [one, other] = await Promise.all(
        encoded.map(async text => {
          const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height);
        }),
      );
      if (one.width !== other.width || one.height !== other.height) return 1;
      const across = Math.floor(one.width / 16);
      const blocks = across * Math.floor(one.height / 16);
      const brightness = (image, block) => {
        const [left, top] = [16 * (block % across), 16 * Math.floor(block / across)];
        let sum = 0;
        for (let y = top; y < top + 16; ++y) {
          for (let x = left; x < left + 16; ++x) {
            const at = 4 * (y * image.width + x);
            sum += image.data[at] + image.data[at + 1] + image.data[at + 2];
          }
        }
        return sum / 3 / 256;
      };
      let different = 0;
      for (let block = 0; block < blocks; ++block) {
        if (Math.abs(brightness(one, block) - brightness(other, block)) > 8) ++different;
      }
      return different / blocks;
    },
    pictures.map(bytes => bytes.toString('base64')),
  );
}

test("the picture of the README is of today's pages", async t => {
  await withPage({viewport: {width: 1280, height: 1000}}, async page => {
    await open(page, 'matrices/quick.html');
    if (!(await hasLetters(page))) {
      t.skip('this system has other letters than DejaVu Sans');
      return;
    }
    const today = await page.screenshot();
    const difference = await differenceOf(page, [today, readFileSync(picture)]);
    assert.ok(difference < 0.01, `${(100 * difference).toFixed(1)} % of the picture differ`);
  });
});
