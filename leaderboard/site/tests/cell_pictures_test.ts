import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type PictureSet} from '../src/data/format';
import {shownPictures} from '../src/view/cell_pictures';
import {row} from './rows';

const set: PictureSet = {
  dataset: 'toy',
  attack: 'blend',
  distiller: 'zskt',
  teacher_network: 'wrn-16-2',
  student_network: 'wrn-16-1',
  defense: 'none',
  undefended: true,
  teacher_seed: 0,
  student_seed: 0,
  media: {trigger: 'media/0a.png', synthetic: 'media/0b.png'},
};

const noMedia = {trigger: null, clean: null, triggered: null, difference: null, synthetic: null};

const captions = (pictures: ReturnType<typeof shownPictures>) =>
  pictures.map(({label, remark}) => (remark === '' ? label : `${label}, ${remark}`));

test('a cell without pictures shows those of its attack and distiller, and says whose', () => {
  const shown = shownPictures(row('blend', 'abd', 1), noMedia, [set]);
  assert.deepEqual(captions(shown), [
    'Trigger, of the attack, teacher seed 0',
    'Synthetic images, of the undefended cell with seeds 0 (teacher) · 0 (student), ' +
      'not of this one',
  ]);
  assert.deepEqual(
    shown.map(({path}) => path),
    ['media/0a.png', 'media/0b.png'],
  );
  const others = row('blend', 'sv', 0, {studentNetwork: 'wrn-40-1'});
  assert.equal(
    captions(shownPictures(others, noMedia, [{...set, defense: 'abd', undefended: false}]))[1],
    'Synthetic images, of the cell of abd with seeds 0 (teacher) · 0 (student) ' +
      'and wrn-16-2 → wrn-16-1, not of this one',
  );
});

test('of the cell whose pictures they are nothing is remarked, and its own come first', () => {
  assert.deepEqual(captions(shownPictures(row('blend', 'none', 0), noMedia, [set])), [
    'Trigger',
    'Synthetic images',
  ]);
  const own = shownPictures(row('blend', 'abd', 1), {...noMedia, trigger: 'media/0c.png'}, [set]);
  assert.deepEqual(own.at(0), {path: 'media/0c.png', label: 'Trigger', remark: ''});
  assert.equal(own.length, 2);
  for (const other of [
    row('blend', 'none', 1),
    row('blend', 'none', 0, {studentSeed: 1}),
    row('blend', 'abd', 0),
    row('blend', 'none', 0, {studentNetwork: 'wrn-40-1'}),
    row('blend', 'none', 0, {teacherNetwork: 'wrn-40-1'}),
  ])
    assert.match(
      captions(shownPictures(other, noMedia, [set]))[0] ?? '',
      /^Trigger, of the attack/,
    );
});

test('no cell shows pictures of another attack, or from elsewhere', () => {
  assert.deepEqual(shownPictures(row('sine', 'abd', 1), noMedia, [set]), []);
  for (const rest of [{dataset: 'mnist'}, {distiller: 'cmi'}])
    assert.deepEqual(shownPictures(row('blend', 'abd', 1, rest), noMedia, [set]), []);
  const media = {trigger: 'https://example.org/a.png', synthetic: '../../media/0b.png'};
  assert.deepEqual(shownPictures(row('blend', 'abd', 1), noMedia, [{...set, media}]), []);
  assert.deepEqual(shownPictures(row('blend', 'abd', 1), media, []), []);
});
