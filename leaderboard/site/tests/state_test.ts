import assert from 'node:assert/strict';
import {test} from 'node:test';

import {type Address, formatAddress, hashOf, parseAddress} from '../src/state/address';
import {
  choicesOf,
  filteredRows,
  filters,
  filtersAggregates,
  filterText,
  shownRows,
  understood,
} from '../src/state/filters';
import {row} from './rows';

const rows = [
  row('blend', 'none', 0),
  row('blend', 'abd', 0, {flags: ['attack_aware'], attackAware: true}),
  row('sig', 'none', 0, {flags: ['high_floor'], attackFamily: 'clean label'}),
  row('sig', 'abd', 0, {status: 'failed', reason: 'Signal 9', asr: undefined}),
];

function addressOf(view: Address['view'], values: Record<string, string[]>): Address {
  return {matrix: 'toy', view, cell: '', values: new Map(Object.entries(values))};
}

test('an address that is written is the address that is read', () => {
  const hostile = ['a,b', 'c=d&e', '<b>', 'ü %20', '#?', '+'];
  const address = addressOf('cells', {attack: hostile, sort: ['-asr']});
  assert.deepEqual(parseAddress(formatAddress(address)), address);
  const cell = {...addressOf('cell', {}), cell: 'toy-a b/c-t0'};
  assert.deepEqual(parseAddress(formatAddress(cell)), cell);
});

test('addresses can be read and typed', () => {
  assert.equal(
    formatAddress(addressOf('cells', {attack: ['blend_0.1', 'sig'], sort: ['-asr']})),
    '#toy/cells?attack=blend_0.1,sig&sort=-asr',
  );
  assert.equal(formatAddress(addressOf('page', {})), '#toy');
});

test('broken addresses mean themselves', () => {
  assert.deepEqual([...parseAddress('#toy/cells?q=%E0%A4%A').values], [['q', ['%E0%A4%A']]]);
  assert.deepEqual(parseAddress('#m0').view, 'page');
  assert.deepEqual([...parseAddress('#toy/cells?&&=x&attack=').values], []);
});

test('what a link asks before the anchor is what it would ask behind it', () => {
  const asked = hashOf({search: '?attack=blend_0.1,sig&sort=-asr', hash: '#toy/cells'});
  assert.equal(asked, '#toy/cells?attack=blend_0.1,sig&sort=-asr');
  assert.deepEqual(
    [...parseAddress(hashOf({search: '?defense=a%2Cb%26c', hash: '#toy/cells'})).values],
    [['defense', ['a,b&c']]],
  );
  const cell = parseAddress(hashOf({search: '?cell=toy-a_b-t0-s1', hash: '#toy/cells'}));
  assert.deepEqual([cell.view, cell.cell, cell.matrix], ['cell', 'toy-a_b-t0-s1', 'toy']);
});

test('a query beside an older link, an anchor or a cell changes neither', () => {
  const search = '?attack=sig';
  for (const hash of ['#toy/cells?attack=blend', '#toy/cell/toy-a', '#toy/fashion/a~b', '#x', ''])
    assert.equal(hashOf({search, hash}), hash);
  assert.equal(hashOf({search: '', hash: '#toy/cells'}), '#toy/cells');
});

test('the anchor of a group is the page as it is', () => {
  const {matrix, view, values} = parseAddress('#toy/fashion/a~b/zskt/synthesized');
  assert.deepEqual([matrix, view, values.size], ['toy', 'page', 0]);
});

test('filters keep what they name, several values of one name are alternatives', () => {
  const defenses = (values: Record<string, string[]>) =>
    filteredRows(rows, addressOf('cells', values)).map(one => `${one.attack} ${one.defense}`);
  assert.deepEqual(defenses({attack: ['sig']}), ['sig none', 'sig abd']);
  assert.deepEqual(defenses({attack: ['sig', 'blend'], defense: ['abd']}), [
    'blend abd',
    'sig abd',
  ]);
  assert.deepEqual(defenses({family: ['clean label']}), ['sig none']);
});

test('a flag of a place leaves it out for all defences, one of a defence only there', () => {
  const left = (flag: string) =>
    filteredRows(rows, addressOf('cells', {without: [flag]})).map(one => one.id);
  assert.deepEqual(left('high_floor'), ['blend-none-0', 'blend-abd-0']);
  assert.deepEqual(left('attack_aware'), ['blend-none-0', 'sig-none-0', 'sig-abd-0']);
});

test('status and words choose rows of the table and never what is averaged', () => {
  const address = addressOf('cells', {status: ['failed'], q: ['signal']});
  assert.equal(filteredRows(rows, address).length, rows.length);
  assert.equal(filtersAggregates(address), false);
  assert.deepEqual(
    shownRows(rows, address).map(one => one.id),
    ['sig-abd-0'],
  );
});

test('that flagged cells count is told like a filter, and under no other name', () => {
  const counted = addressOf('standings', {flagged: ['counted'], attack: ['sig']});
  assert.equal(filterText(counted), 'Filtered by Attack: sig · flagged cells counted');
  assert.equal(filterText(addressOf('standings', {})), '');
  const {address, notes} = understood(addressOf('standings', {flagged: ['yes']}), rows, new Set());
  assert.deepEqual([address.values.size, notes], [0, ['flagged: “yes” is not here']]);
});

test('a filter by side information tells nothing from what nobody knows', () => {
  const of = (side?: string) => row('sig', 'none', 0, {side});
  const some = [of(''), of('extra data: ImageNet'), of('extra data: ImageNet'), of()];
  const side = filters.find(filter => filter.name === 'side');
  assert.deepEqual(side && [...choicesOf(side, some)], [
    ['extra data: ImageNet', 2],
    ['none', 1],
    ['unknown', 1],
  ]);
  const left = filteredRows(some, addressOf('standings', {side: ['none']}));
  assert.deepEqual(
    left.map(one => one.side),
    [''],
  );
});

test('every filter has choices where rows differ', () => {
  for (const filter of filters) assert.ok(choicesOf(filter, rows).size <= rows.length, filter.name);
  const attack = filters.find(filter => filter.name === 'attack');
  assert.deepEqual(attack && [...choicesOf(attack, rows)], [
    ['blend', 2],
    ['sig', 2],
  ]);
});

test('what a link names and is not here is taken out and said', () => {
  const asked = addressOf('cells', {attack: ['gone', 'sig'], colour: ['red'], sort: ['-nothing']});
  const {address, notes} = understood(asked, rows, new Set(['asr']));
  assert.deepEqual([...address.values], [['attack', ['sig']]]);
  assert.equal(notes.length, 3);
});

test('a link to a row of the standings filters nothing by itself', () => {
  const asked = addressOf('standings', {row: ['gone']});
  const {address, notes} = understood(asked, rows, new Set());
  assert.deepEqual([address.values.get('row'), notes], [['gone'], []]);
  assert.equal(filtersAggregates(address), false);
});

test('cells of which nobody knows the track are a choice, so that the counts add up', () => {
  const some = [...rows, row('blend', 'sv', 0, {track: '', status: 'absent', asr: undefined})];
  const track = filters.find(filter => filter.name === 'track');
  assert.deepEqual(track && [...choicesOf(track, some)], [
    ['synthesized', 4],
    ['unknown', 1],
  ]);
  const left = filteredRows(some, addressOf('cells', {track: ['synthesized']}));
  assert.equal(left.length, 4);
});
