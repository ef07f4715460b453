// Which rows a reader wants to see. A filter that is not set lets everything through.
import {type Row} from '../data/rows';
import {type Address} from './address';

export interface Filter {
  /** In addresses. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  /** What is chosen of a row; undefined: the filter does not speak of such rows. */
  readonly valuesOf: (row: Row) => readonly string[] | undefined;
  /** Set: rows that have one of the values are left out; else kept. */
  readonly leavesOut?: boolean;
  /** Concerns the table of cells alone: a mean over finished cells only would flatter everyone. */
  readonly cellsOnly?: boolean;
}

export function networksOf(row: Row): string {
  return `${row.teacherNetwork}~${row.studentNetwork}`;
}

const unlessEmpty = (text: string) => (text === '' ? undefined : [text]);

/** Of a planned cell of whose table nothing has a score: nobody knows its track. */
export const unknownValue = 'unknown';
/** Of a distiller that takes nothing beside its track. */
export const noSide = 'none';

export const filters: readonly Filter[] = [
  {name: 'dataset', label: 'Data set', valuesOf: row => [row.dataset]},
  {name: 'networks', label: 'Networks', valuesOf: row => [networksOf(row)]},
  {name: 'distiller', label: 'Distiller', valuesOf: row => [row.distiller]},
  {
    name: 'track',
    label: 'Track',
    valuesOf: row => [row.track === '' ? unknownValue : row.track],
  },
  {
    name: 'side',
    label: 'Side information',
    valuesOf: ({side}) => [side === undefined ? unknownValue : side || noSide],
  },
  {name: 'attack', label: 'Attack', valuesOf: row => [row.attack]},
  {name: 'family', label: 'Attack family', valuesOf: row => unlessEmpty(row.attackFamily)},
  {name: 'defense', label: 'Defence', valuesOf: row => [row.defense]},
  {name: 'access', label: 'Access', valuesOf: row => unlessEmpty(row.access)},
  {name: 'verification', label: 'Verification', valuesOf: row => unlessEmpty(row.verification)},
  {name: 'without', label: 'Leave out flags', valuesOf: row => row.flags, leavesOut: true},
  {name: 'status', label: 'Status', valuesOf: row => [row.status], cellsOnly: true},
];

/**
 * Flags that keep a cell out of means of ASR (CountsForAsr in bench/scores/validity.h). Whether a
 * cell is in, its row says (`counts`); these say why not.
 */
export const keepsOut: readonly string[] = [
  'attack_ineffective',
  'no_undefended',
  'not_transferred',
];

/**
 * Flags that speak of a cell's place, so that it is left out for all defences, or comparisons would
 * be unfair.
 */
const ofPlace = new Set([
  ...keepsOut,
  'no_clean_teacher',
  'no_floor',
  'high_floor',
  'obvious_trigger',
]);

function countChoices(filter: Filter, rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const value of filter.valuesOf(row) ?? []) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const collator = new Intl.Collator('en', {numeric: true});
  return new Map([...counts].sort(([a], [b]) => collator.compare(a, b)));
}

type Choices = ReadonlyMap<string, number>;

// Rows never change, and each address asks for the choices of all of them.
const known = new WeakMap<readonly Row[], Map<Filter, Choices>>();

/** The values that rows have, with how many of them. */
export function choicesOf(filter: Filter, rows: readonly Row[]): Choices {
  const ofRows = known.get(rows) ?? new Map<Filter, Choices>();
  known.set(rows, ofRows);
  const choices = ofRows.get(filter) ?? countChoices(filter, rows);
  ofRows.set(filter, choices);
  return choices;
}

/** Where a row stands among all that may be ranked together. */
export const groupOf = (row: Row): string => row.group;

function passes(filter: Filter, chosen: readonly string[], row: Row): boolean {
  const values = filter.valuesOf(row);
  if (values === undefined) return true;
  const hit = values.some(value => chosen.includes(value));
  return filter.leavesOut ? !hit : hit;
}

// Places at which any row has one of the flags.
function placesWith(flags: readonly string[], rows: readonly Row[]): Set<string> {
  const places = new Set<string>();
  for (const row of rows) {
    if (row.flags.some(flag => flags.includes(flag))) places.add(groupOf(row) + row.place.key);
  }
  return places;
}

function withoutFlags(flags: readonly string[], rows: readonly Row[]): Row[] {
  const places = placesWith(
    flags.filter(flag => ofPlace.has(flag)),
    rows,
  );
  return rows.filter(
    row =>
      !places.has(groupOf(row) + row.place.key) && !row.flags.some(flag => flags.includes(flag)),
  );
}

/** Whether those cells count as well whose flags keep them out of means of ASR. */
export const countsFlagged = ({values}: Pick<Address, 'values'>): boolean =>
  values.get('flagged')?.[0] === 'counted';

/** The rows that aggregates are over. */
export function filteredRows(rows: readonly Row[], address: Address): readonly Row[] {
  let left = rows;
  for (const filter of filters) {
    const chosen = address.values.get(filter.name);
    if (!chosen || filter.cellsOnly) continue;
    left = filter.leavesOut
      ? withoutFlags(chosen, left)
      : left.filter(row => passes(filter, chosen, row));
  }
  if (!countsFlagged(address)) return left;
  return left.map(row => (row.asr !== undefined && !row.unattacked ? {...row, counts: true} : row));
}

/** The rows of the table of cells: of these, those that it shows. */
export function shownRows(rows: readonly Row[], address: Address): readonly Row[] {
  const statuses = address.values.get('status');
  const words = (address.values.get('q') ?? [])
    .join(' ')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean);
  if (!statuses && words.length === 0) return rows;
  return rows.filter(row => {
    if (statuses && !statuses.includes(row.status)) return false;
    const text = searchedText(row);
    return words.every(word => text.includes(word));
  });
}

function searchedText(row: Row): string {
  const names = [row.defense, row.attack, row.distiller, row.dataset, networksOf(row), row.status];
  return [...names, ...row.flags, row.reason].join(' ').toLowerCase();
}

/** What an address filters by, in one line; '' if by nothing. */
export function filterText(address: Address): string {
  const parts = filters.flatMap(({name, label}) => {
    const values = address.values.get(name);
    return values ? [`${label}: ${values.join(', ')}`] : [];
  });
  if (countsFlagged(address)) parts.push('flagged cells counted');
  return parts.length > 0 ? `Filtered by ${parts.join(' · ')}` : '';
}

/** Whether aggregates are over other rows than those of the page as it was written. */
export function filtersAggregates(address: Address): boolean {
  const names = filters.filter(filter => !filter.cellsOnly).map(filter => filter.name);
  return [...names, 'flagged'].some(name => address.values.has(name));
}

const otherNames = new Set(['sort', 'q', 'page', 'row']);
const choicesBeside: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['flagged', new Set(['counted'])],
]);

/**
 * The address with nothing that these rows do not know, and a sentence about each thing that was
 * taken out.
 */
export function understood(
  address: Address,
  rows: readonly Row[],
  columns: ReadonlySet<string>,
): {address: Address; notes: string[]} {
  const notes: string[] = [];
  const values = new Map<string, readonly string[]>();
  for (const [name, list] of address.values) {
    const filter = filters.find(one => one.name === name);
    const choices = filter ? choicesOf(filter, rows) : choicesBeside.get(name);
    const kept = choices ? list.filter(value => choices.has(value)) : list;
    const unknownColumn = name === 'sort' && !columns.has((list[0] ?? '').replace(/^-/, ''));
    if ((!choices && !otherNames.has(name)) || unknownColumn) {
      notes.push(
        unknownColumn ? `there is no column “${list.join(',')}”` : `“${name}” is no filter`,
      );
      continue;
    }
    const lost = list.filter(value => !kept.includes(value));
    if (lost.length > 0) notes.push(`${name}: ${lost.map(v => `“${v}”`).join(', ')} is not here`);
    if (kept.length > 0) values.set(name, kept);
  }
  return {address: {...address, values}, notes};
}
