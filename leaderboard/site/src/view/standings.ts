// The groups that a filter left, computed here: headline, standings, attacks by defences, charts.
import {compareText, groupBy} from '../arrays';
import {type Row} from '../data/rows';
import {countsFlagged, filteredRows, groupOf, keepsOut} from '../state/filters';
import {type Address, withValues} from '../state/address';
import {type Headline, type Lower} from '../statistics/headline';
import {pinnedBeside} from '../statistics/references';
import {type Standing, type Standings, standingsOf} from '../statistics/standings';
import {type Context} from './context';
import {type Child, make, name} from './dom';
import {duration, percent, plural, points} from './words';

/** A group before anything is computed of it. */
export interface Outline {
  readonly rows: readonly Row[];
  readonly first: Row;
  /** References of other tracks, whatever the filter says of tracks and defences. */
  readonly pinned: readonly Row[];
}

export interface Group extends Outline {
  readonly standings: Standings;
}

// What differs from a group in the track alone.
function besideTrack(first: Row, groups: ReadonlyMap<string, Row[]>): Row[] {
  const same = (key: string) => key.slice(0, key.lastIndexOf('\n'));
  const key = groupOf(first);
  return [...groups].flatMap(([other, rows]) =>
    other !== key && same(other) === same(key) ? rows : [],
  );
}

// What `pinned` is chosen from, whatever an address says of it.
const ofReferences = ['track', 'defense', 'access'];

function groupsBeside(context: Context, address: Address): ReadonlyMap<string, Row[]> | undefined {
  const set = ofReferences.filter(filter => address.values.has(filter));
  if (set.length === 0) return undefined;
  const any = set.reduce((less, filter) => withValues(less, filter, []), address);
  return groupBy(filteredRows(context.rows, any), groupOf);
}

/**
 * The groups of the page in the order of their names, as far as the filter leaves any row. Those
 * without a single score are left out: of what was only planned there is nothing to say. `left`:
 * filteredRows of the address.
 */
export function outlinesOf(
  context: Context,
  address: Address,
  left = filteredRows(context.rows, address),
): Outline[] {
  const groups = groupBy(left, groupOf);
  const others = groupsBeside(context, address) ?? groups;
  return [...groups.keys()].sort().flatMap(key => {
    const rows = groups.get(key) ?? [];
    const [first] = rows;
    const scored = rows.some(row => row.status !== 'absent');
    if (!first || !scored) return [];
    const pinned = pinnedBeside(rows, besideTrack(first, others));
    return [{rows, first, pinned}];
  });
}

export const computed = (outline: Outline): Group => ({
  ...outline,
  standings: standingsOf(outline.rows),
});

export function groupsOf(context: Context, address: Address): Group[] {
  return outlinesOf(context, address).map(computed);
}

/** A group for people, in one line. */
export function groupName({first}: Outline, context: Context): string {
  const networks = `${first.teacherNetwork} → ${first.studentNetwork}`;
  const track = context.site.tracks[first.track] ?? first.track;
  return `${first.distiller} on ${first.dataset}, ${networks}, ${track}`;
}

const tag = (text: string) => make('span', {class: 'tag'}, text);

export function groupTitle({first}: Outline, context: Context): HTMLElement {
  const networks = `${first.teacherNetwork} → ${first.studentNetwork}`;
  return make(
    'h2',
    {},
    name(first.distiller),
    make('span', {class: 'sub'}, ' on ', name(first.dataset), ', ', name(networks)),
    ' ',
    tag(context.site.tracks[first.track] ?? first.track),
    ...(first.side ? [' ', tag(first.side)] : []),
  );
}

function names(rows: readonly Standing[]): Child[] {
  return rows.flatMap((row, i) => [i > 0 ? ', ' : null, make('strong', {}, name(row.defense))]);
}

// Two means over different cells are never set against each other: then their paired difference is
// told.
function againstText({against}: Headline): string {
  if (!against?.control.asr) return '';
  const mean = percent(against.control.asr.mean);
  if (against.sameCells) return `, against ${mean} % without a defence`;
  const over = `over the ${plural(against.cells, 'cell')} that the undefended student finished too`;
  return `; ${over}, ${points(against.difference)} points against no defence`;
}

// "1.3", or of several "1.1 to 3.2"; nothing if it is not known of all.
function fromTo(
  values: readonly (number | undefined)[],
  text: (value: number) => string,
): string | undefined {
  const known = values.filter(value => value !== undefined);
  if (known.length < values.length || known.length === 0) return undefined;
  const [low, high] = [text(Math.min(...known)), text(Math.max(...known))];
  return low === high ? low : `${low} to ${high}`;
}

// In relation to no defence; where that is not known, by itself.
function timePrice(rows: readonly Standing[]): string {
  const relative = fromTo(
    rows.map(row => row.relativeSeconds),
    times => times.toFixed(1),
  );
  if (relative !== undefined) return `${relative} times the time`;
  const [device = '', ...others] = new Set(rows.map(row => row.device));
  const time = fromTo(
    rows.map(row => row.seconds),
    duration,
  );
  if (time === undefined || others.length > 0) return 'time not known on one kind of device';
  return `${time} of the ${device} a cell`;
}

/** What those that are named cost, as leaderboard/pages/standings_table.cc says it. */
export function priceText(named: readonly Standing[], control: Standing | undefined): string {
  const time = timePrice(named);
  if (!control) return `; ${time}`;
  if (named.some(row => row.cells !== control.cells))
    return `; ACC is over other cells than without a defence, ${time}`;
  const lost = fromTo(
    named.map(({acc}) => acc && control.acc && acc.mean - control.acc.mean),
    points,
  );
  return `; ACC ${lost ?? '–'} points, ${time}`;
}

// Those without a rank did not finish, collapsed, or are ranked apart.
function amongText({ranked, defenses}: Headline): string {
  if (ranked >= defenses) return '';
  const all = `${String(defenses)} defences with a rank`;
  return ranked === 1 ? `, the only one of ${all},` : `, among the ${String(ranked)} of ${all},`;
}

function aloneText({against}: Headline, {rows}: Standings): string {
  if (against) return '';
  return rows.some(row => row.control)
    ? ' The undefended student finished too few cells to compare with.'
    : ' There is no undefended student here to compare with.';
}

function cellsSoFar({shared, planned}: Standings): string {
  return `over ${String(shared)} of ${String(planned)} planned cells`;
}

function whySoFar({soFar, most}: Headline, {planned}: Standings): string {
  if (!soFar) return '';
  const over = `of the ${String(planned)} planned cells`;
  return ` Not finished: ${over}, the most that a defence has finished are ${String(most)}.`;
}

function around(row: Standing): Child {
  const interval = row.asr?.interval;
  if (!interval) return null;
  const text = ` 95 %: ${percent(interval.low)}–${percent(interval.high)}`;
  return make('span', {class: 'ci'}, text);
}

function firstPlace({best, defenses}: Headline): string {
  if (defenses === 1) return ' is the only defence here; its mean ASR is ';
  return best.length > 1
    ? ' cannot be told apart and share the lowest mean ASR: from '
    : ' has the lowest mean ASR: ';
}

// After the sentence: of whom it is not proven that they help.
function unprovenText({unproven, proven}: Headline): Child[] {
  if (unproven.length === 0) return [];
  const others = proven.length > 0 ? [' Proven to be: ', ...names(proven), '.'] : [];
  return [' Not proven to be better than no defence: ', ...names(unproven), '.', ...others];
}

// "abd (39 of 40 cells, −12.3 points, proven)".
function lowerText({row, difference, proven}: Lower, cells: string): string {
  const how = `${cells}, ${points(difference)} points, ${proven ? '' : 'not '}proven`;
  return `${row.defense} (${how})`;
}

function collapsedText({collapsed}: Pick<Headline, 'collapsed'>, first: string): string {
  if (collapsed.length === 0) return '';
  const names = collapsed.map(lower => {
    const {collapsed: cells, finished} = lower.row;
    return lowerText(lower, `collapse in ${String(cells)} of ${String(finished)} cells`);
  });
  const why = 'and without a rank, because students collapsed';
  return ` Lower than ${first} where both finished, ${why}: ${names.join(', ')}.`;
}

/** After the sentence: who is proven to do harm, and whom cells keep from the ranks. */
export function besidesText(headline: Pick<Headline, 'worse' | 'apart' | 'collapsed'>): string {
  const {worse, apart} = headline;
  const harm = worse.map(row => row.defense).join(', ');
  const lower = apart.map(one =>
    lowerText(one, `${String(one.row.cells)} of ${String(one.row.planned)} cells`),
  );
  return (
    (harm === '' ? '' : ` Proven to have a higher mean ASR than no defence: ${harm}.`) +
    (lower.length === 0
      ? ''
      : ` Ranked apart, and lower than the first where both finished: ${lower.join(', ')}.`) +
    collapsedText(headline, 'the first')
  );
}

function bestSentence(headline: Headline, standings: Standings): Child[] {
  const {best, against, unproven} = headline;
  const [first] = best;
  if (!first?.asr) return [];
  return [
    headline.soFar ? `So far, ${cellsSoFar(standings)}, ` : '',
    ...names(best),
    amongText(headline),
    firstPlace(headline),
    `${percent(first.asr.mean)} %`,
    around(first),
    first.worst ? `, at worst ${percent(first.worst.mean)} % (${first.worst.attack})` : '',
    againstText(headline),
    against && unproven.length === 0 ? ', a proven difference' : '',
    priceText(best, against?.control),
    '.',
    ...unprovenText(headline),
    besidesText(headline),
    aloneText(headline, standings),
  ];
}

function fewSentence(headline: Headline, standings: Standings): Child[] {
  const [first] = headline.best;
  return [
    `Not ranked with ${plural(standings.teachers, 'teacher seed')} of an attack: a rank takes 3. `,
    `The lowest mean ASR so far${headline.soFar ? `, ${cellsSoFar(standings)},` : ''} is that of `,
    ...names(headline.best),
    first?.asr ? `: ${percent(first.asr.mean)} %${againstText(headline)}` : '',
    `${priceText(headline.best, headline.against?.control)}.`,
    collapsedText(headline, 'it'),
    aloneText(headline, standings),
  ];
}

function noneSentence(headline: Headline, standings: Standings): Child[] {
  const [first, ...others] = headline.best;
  const tied = others.map(row => row.defense).join(', ');
  return [
    headline.soFar ? `So far, ${cellsSoFar(standings)}, no` : 'No',
    ' defence is proven to have a lower mean ASR than none: ',
    ...names(headline.best.slice(0, 1)),
    first?.asr ? ` ${percent(first.asr.mean)} %` : '',
    first ? around(first) : null,
    `${againstText(headline)}${priceText(headline.best.slice(0, 1), headline.against?.control)}.`,
    tied === '' ? '' : ` Not told apart from it: ${tied}.`,
    besidesText(headline),
  ];
}

function whyNothing({rows, counted}: Standings): string {
  if (rows.length === 0) return 'No attack passed the gate here: nothing to rank.';
  if (rows.every(row => row.control || row.reference)) {
    return 'Nothing to rank: no defence is here, only what one is compared with.';
  }
  if (counted > 0) return 'Nothing to rank: no defence finished without a collapse.';
  return 'Nothing to rank: no attack here is known to reach the undefended student.';
}

/** What a group says first. */
export function sentence(headline: Headline, standings: Standings): Child[] {
  const why = whySoFar(headline, standings);
  switch (headline.kind) {
    case 'none':
      return [whyNothing(standings)];
    case 'few_teachers':
      return [...fewSentence(headline, standings), why];
    case 'none_helps':
      return [...noneSentence(headline, standings), why];
    case 'best':
      return [...bestSentence(headline, standings), why];
  }
}

const isDefense = (row: Row) => row.defensePlugin !== 'none';
const isRanked = (row: Row) => isDefense(row) && !row.reference;
const countOf = (rows: readonly Row[], name: (row: Row) => string) => new Set(rows.map(name)).size;

/**
 * Where a filter leaves some of the defences of a group out: its tests are over fewer pairs than
 * those of the whole table, so that they may call proven what those do not. Where it leaves attacks
 * out: they are over other means. As everywhere, the undefended student is no defence.
 */
export function familyText({first, rows, standings}: Group, context: Context): string {
  const all = context.rows.filter(row => groupOf(row) === groupOf(first));
  const texts: string[] = [];
  const defense = (row: Row) => row.defense;
  if (countOf(rows, defense) < countOf(all, defense)) {
    const here = String(countOf(rows.filter(isRanked), defense));
    const of = plural(countOf(all.filter(isRanked), defense), 'defence');
    const control = all.some(row => !isDefense(row)) && rows.every(isDefense);
    const pairs = plural(standings.pairs.filter(pair => pair.p !== undefined).length, 'pair');
    texts.push(
      `The filter leaves ${here} of ${of}${control ? ', without the undefended student' : ''}: ` +
        `Holm's adjustment is over their ${pairs} alone, and what is called proven here need not ` +
        'be over all of them.',
    );
  }
  const attacks = (some: readonly Row[]) =>
    countOf(
      some.filter(row => !row.unattacked),
      row => row.attack,
    );
  const [here, of] = [attacks(rows), attacks(all)];
  if (here < of) {
    texts.push(
      `The filter leaves ${String(here)} of ${plural(of, 'attack')}: what is called proven here ` +
        "is so under these alone, and Holm's adjustment does not know how many choices were tried.",
    );
  }
  return texts.join(' ');
}

/**
 * Where a filter leaves cells out in which a student collapsed: whoever loses any by it has a rank
 * for the others alone.
 */
export function collapseText({first}: Outline, context: Context, address: Address): string {
  if (!address.values.get('without')?.includes('utility_collapse')) return '';
  const group = groupOf(first);
  const lost = new Set<string>();
  for (const row of context.rows) {
    if (groupOf(row) === group && !row.unattacked && row.flags.includes('utility_collapse'))
      lost.add(row.defense);
  }
  if (lost.size === 0) return '';
  return (
    'The filter leaves out cells in which a student collapsed. A low ASR there is no defence: ' +
    `over all cells these have no rank: ${[...lost].sort(compareText).join(', ')}.`
  );
}

/** Where a filter counts cells whose ASR is in no mean of the page: how many, and why not. */
export function countedText({first, rows}: Outline, context: Context, address: Address): string {
  if (!countsFlagged(address)) return '';
  const group = groupOf(first);
  const flags = new Map<string, readonly string[]>();
  for (const row of context.rows) {
    if (groupOf(row) === group && !row.counts) flags.set(row.id, row.flags);
  }
  const counted = rows.filter(row => row.counts && flags.has(row.id));
  if (counted.length === 0) return '';
  const all = counted.flatMap(row => flags.get(row.id) ?? []);
  const why = [...new Set(all)].filter(flag => keepsOut.includes(flag)).sort(compareText);
  return (
    `The filter counts ${plural(counted.length, 'flagged cell')} that the page leaves out of ` +
    `every mean ASR${why.length > 0 ? ` (${why.join(', ')})` : ''}: no mean ASR and no rank here ` +
    'is one of the leaderboard.'
  );
}

/** Attacks that are in no mean ASR of the group, as leaderboard/pages/matrix.tpl says it. */
export function leftOutText({notTransferred}: Pick<Standings, 'notTransferred'>): string {
  if (notTransferred.length === 0) return '';
  return (
    'In no mean ASR, because the ASR of none of their cells counts (the heat map says why): ' +
    `${notTransferred.join(', ')}.`
  );
}
