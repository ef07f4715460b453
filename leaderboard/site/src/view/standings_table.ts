// The standings of a group over the cells that a filter left: the columns of standings.tpl.
import {type Row} from '../data/rows';
import {type Address} from '../state/address';
import {type Estimate, fewestTeachers} from '../statistics/design';
import {coverageNearTheEnds} from '../statistics/interval';
import {type RankRange} from '../statistics/ranking';
import {type ReferenceRow, referencesOf} from '../statistics/references';
import {type Standing, type Standings} from '../statistics/standings';
import {countsFlagged, networksOf} from '../state/filters';
import {type Context, linkTo} from './context';
import {type Child, make, name, scrolled, shielded} from './dom';
import {duration, estimateCell, missing, numberCell, percent, plural, points, range} from './words';

export interface NamedGroup {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly standings: Standings;
  /** References of other tracks. */
  readonly pinned: readonly Row[];
}

type Cell = (row: Standing, group: NamedGroup, context: Context, address: Address) => HTMLElement;

function rankRange(ranks: RankRange | undefined): Child {
  return range(ranks, rank => String(rank));
}

// The reasons are those of leaderboard/pages/standings_table.cc, word for word.
export function whyNoNumber(row: Standing): string {
  return row.finished > 0
    ? 'finished less than nine tenths of the attacked cells'
    : 'no cell finished';
}

export function whyNoMean(row: Standing): string {
  if (row.cells === 0) return whyNoNumber(row);
  return 'in no attacked cell does the undefended student carry the backdoor';
}

export function whyNoRank(row: Standing, standings: Standings): string {
  const {control, reference, cells, collapsed, finished, asr, rankApart, planned} = row;
  if (control) return 'controls have no rank';
  if (reference) return 'references have no rank';
  if (cells === 0) return whyNoNumber(row);
  if (collapsed > 0) {
    const some = `${String(collapsed)} of ${String(finished)}`;
    return `utility collapse in ${some} finished cells: a low ASR there is no defence`;
  }
  if (!asr) return whyNoMean(row);
  if (rankApart !== undefined)
    return `ranked apart, over ${String(cells)} of ${String(planned)} attacked cells`;
  const seeds = `${String(fewestTeachers)} teacher seeds of an attack`;
  return `a rank takes ${seeds}, and one here has ${String(standings.teachers)}`;
}

function rankCell(row: Standing, standings: Standings): HTMLElement {
  if (row.rank !== undefined) return numberCell(String(row.rank), rankRange(row.rankInterval));
  if (row.rankApart !== undefined) {
    const over = ` over ${String(row.cells)} of ${String(row.planned)}`;
    return numberCell(`(${String(row.rankApart)})`, make('span', {class: 'ci'}, over));
  }
  return numberCell(missing(whyNoRank(row, standings)));
}

// What the view is filtered by, and this group.
function valuesIn({rows}: NamedGroup, address: Address): Map<string, readonly string[]> {
  const values = new Map(address.values);
  const [first] = rows;
  if (first) {
    values.set('dataset', [first.dataset]).set('networks', [networksOf(first)]);
    values.set('distiller', [first.distiller]).set('track', [first.track]);
  }
  return values;
}

// To this row of this group, under the filter of the view.
function permalink(row: Standing, group: NamedGroup, context: Context, address: Address) {
  const values = valuesIn(group, address).set('row', [row.defense]);
  const label = `Link to the row of ${row.defense}`;
  const href = linkTo(context, 'standings', {values});
  return make('a', {class: 'permalink', href, 'aria-label': shielded(label)}, '#');
}

// The undefended student that the others are compared with.
function controlOf({rows}: Standings): Standing | undefined {
  return rows.find(row => row.control && row.acc);
}

/**
 * To the cells of a row of the group; `beside`: and to those of the undefended student, for a
 * difference or a ratio to it.
 */
export function cellsLink(
  row: Standing,
  group: NamedGroup,
  context: Context,
  address: Address,
  beside = false,
): string {
  const control = beside && !row.control ? controlOf(group.standings) : undefined;
  const defenses = [row, ...(control ? [control] : [])].map(({defense}) => defense);
  const values = valuesIn(group, address).set('defense', defenses);
  return linkTo(context, 'cells', {values});
}

/**
 * A cell whose number, if it has one, leads to the cells that it is over and does not look like it.
 * The keyboard passes it: a table would be hundreds of stops, and the mean ASR of the row leads
 * there, too.
 */
export function quietly(cell: HTMLElement, href: string): HTMLElement {
  const [number] = cell.childNodes;
  if (number?.nodeType === Node.TEXT_NODE && number.textContent) {
    const link = {class: 'quiet', href, tabindex: -1};
    number.replaceWith(make('a', link, number.textContent));
  }
  return cell;
}

// A row in which the keyboard stops at one link to the same cells at least.
function withStops(row: HTMLElement): HTMLElement {
  const stops = new Set<string | null>();
  for (const kind of ['a:not(.quiet)', 'a.quiet']) {
    for (const link of row.querySelectorAll(kind)) {
      const href = link.getAttribute('href');
      if (!stops.has(href)) link.removeAttribute('tabindex');
      stops.add(href);
    }
  }
  return row;
}

// A number leads to the cells that it is over.
function linked(text: string, attack: string, ...[row, group, context, address]: Parameters<Cell>) {
  const values = valuesIn(group, address).set('defense', [row.defense]);
  if (attack !== '') values.set('attack', [attack]);
  return make('a', {href: linkTo(context, 'cells', {values})}, text);
}

function linkedCell(
  estimate: Estimate | undefined,
  reason: string,
  ...of: Parameters<Cell>
): HTMLElement {
  if (!estimate) return numberCell(missing(reason));
  const {mean, interval} = estimate;
  return numberCell(linked(percent(mean), '', ...of), range(interval, percent));
}

const defenseCell: Cell = (row, group, context, address) => {
  const href = cellsLink(row, group, context, address);
  return make(
    'th',
    {scope: 'row'},
    make('a', {href}, name(row.defense)),
    ' ',
    row.control ? make('span', {class: 'tag'}, 'control') : null,
    row.reference ? make('span', {class: 'tag'}, 'reference') : null,
    row.attackAware
      ? make('span', {class: 'tag', title: context.site.flags['attack_aware']}, 'attack-aware')
      : null,
    permalink(row, group, context, address),
  );
};

const worstCell: Cell = (row, ...rest) => {
  const {worst} = row;
  if (!worst) return numberCell(missing(whyNoNumber(row)));
  const value = linked(percent(worst.mean), worst.attack, row, ...rest);
  return numberCell(value, range(worst.interval, percent), ' ', name(worst.attack));
};

const noControl = 'there is no undefended student to compare with';

// Against the undefended student, where both are over the same cells.
function lossCell(row: Standing, standings: Standings): HTMLElement {
  if (row.control) return numberCell('');
  const control = controlOf(standings);
  if (!row.acc) return numberCell(missing(whyNoNumber(row)));
  if (!control?.acc) {
    return numberCell(missing(noControl));
  }
  if (control.cells !== row.cells) {
    return numberCell(missing('over other cells than the undefended student'));
  }
  return numberCell(points(control.acc.mean - row.acc.mean));
}

/** Over those cells of the mean ASR where a mean is known: the count, where they are fewer. */
export function overKnown(known: Estimate | undefined, asr: Estimate | undefined): string {
  if (!known || !asr || known.cells === asr.cells) return '';
  return ` over ${String(known.cells)} of ${String(asr.cells)}`;
}

/** A cell with that count. */
export function withKnown(
  cell: HTMLElement,
  known: Estimate | undefined,
  asr: Estimate | undefined,
): HTMLElement {
  const over = overKnown(known, asr);
  if (over !== '') cell.append(make('span', {class: 'ci'}, over));
  return cell;
}

/** Over the cells that the undefended student finished too. */
export function derCell({der, asr}: Standing, reason: string): HTMLElement {
  return withKnown(estimateCell(der, reason), der, asr);
}

function chanceText(probability: number): string {
  if (probability < 0.01) return '< 1';
  return probability > 0.99 ? '> 99' : (100 * probability).toFixed(0);
}

function chanceCell(row: Standing, standings: Standings): HTMLElement {
  const {bestProbability} = row;
  if (bestProbability !== undefined) return numberCell(chanceText(bestProbability));
  return numberCell(missing(whyNoRank(row, standings)));
}

// Where a mean is over fewer cells than the others of its row.
function overSome(some: number, all: number): Child {
  return some === all
    ? null
    : make('span', {class: 'ci'}, ` over ${String(some)} of ${String(all)}`);
}

function costCell({seconds, device, costCells, cells}: Standing): HTMLElement {
  if (seconds === undefined) return numberCell(missing('not measured on one kind of device'));
  return numberCell(`${duration(seconds)} ${device}`, overSome(costCells, cells));
}

function relativeCell({relativeSeconds, relativeCells, cells}: Standing): HTMLElement {
  if (relativeSeconds === undefined)
    return numberCell(missing('no undefended cell on the same kind of device'));
  return numberCell(`${relativeSeconds.toFixed(1)}×`, overSome(relativeCells, cells));
}

// When the youngest score of a defence was computed.
function dayOf(defense: string, rows: readonly Row[]): string {
  const days = rows.filter(row => row.defense === defense).map(row => row.day);
  return days.sort().at(-1) ?? '';
}

const levels: readonly string[] = ['claimed', 'valid', 'rerun', 'elsewhere'];

/**
 * L0 to L4 of all results of a defence (LevelOf in bench/scores/results_file.h); undefined where
 * any was never submitted.
 */
export function verifiedOf(defense: string, rows: readonly Row[]): number | undefined {
  const own = rows.filter(row => row.defense === defense && row.status !== 'absent');
  const states = own.map(row => levels.indexOf(row.verification));
  const lowest = Math.min(...states);
  if (states.length === 0 || lowest < 0) return undefined;
  if (lowest !== 1) return lowest === 0 ? 0 : lowest + 1;
  return Math.max(...states) > 1 ? 2 : 1;
}

function verifiedCell(row: Standing, {rows}: NamedGroup): HTMLElement {
  const level = verifiedOf(row.defense, rows);
  if (level === undefined) return numberCell(missing('not submitted, or not all of its cells'));
  return numberCell(`L${String(level)}`, make('span', {class: 'ci'}, ' live'));
}

// Over the cells of the row, and over these and those of the undefended student.
const ofRow =
  (cell: Cell): Cell =>
  (...of) =>
    quietly(cell(...of), cellsLink(...of));
const ofBoth =
  (cell: Cell): Cell =>
  (...of) =>
    quietly(cell(...of), cellsLink(...of, true));

const finishedCell: Cell = ({finished, planned}) =>
  numberCell(`${String(finished)} of ${String(planned)}`);

const columns: readonly (readonly [string, Cell])[] = [
  ['Rank', ofRow((row, {standings}) => rankCell(row, standings))],
  ['Defence', defenseCell],
  ['ASR %, mean', (row, ...rest) => linkedCell(row.asr, whyNoMean(row), row, ...rest)],
  ['ASR %, worst attack', worstCell],
  ['ACC %', (row, ...rest) => linkedCell(row.acc, whyNoNumber(row), row, ...rest)],
  ['ACC lost, points', ofBoth((row, {standings}) => lossCell(row, standings))],
  ['DER %', ofBoth(row => derCell(row, row.asr ? noControl : whyNoMean(row)))],
  ['Best, chance %', ofRow((row, {standings}) => chanceCell(row, standings))],
  ['Time a cell', ofRow(costCell)],
  ['Time, relative', ofBoth(relativeCell)],
  ['Finished', ofRow(finishedCell)],
  ['Verified', verifiedCell],
  ['Computed', (row, {rows}) => numberCell(dayOf(row.defense, rows))],
];

/** What a table with these seeds finds. */
export function certaintyOf({
  resolution,
  seedsForAPoint,
  splitHalf,
}: Pick<Standings, 'resolution' | 'seedsForAPoint' | 'splitHalf'>): string {
  if (resolution === undefined) return '';
  const what = resolution <= 1 ? `a difference of ${percent(resolution)} points` : 'no difference';
  const point =
    seedsForAPoint === undefined
      ? ''
      : ` One point takes ${plural(seedsForAPoint, 'teacher seed')} of every attack.`;
  const finds = ` Found four times in five between a pair of median spread: ${what}.${point}`;
  if (splitHalf === undefined) return finds;
  const agree = (100 * splitHalf).toFixed(0);
  return `${finds} Halves of the teacher seeds agree on the first place in ${agree} % of splits.`;
}

/**
 * Near the ends, where an ASR is skewed, Student's interval covers less than it says
 * (docs/protocol.md).
 */
export function coverageOf({rows}: Pick<Standings, 'rows'>): string {
  const {least, most, end} = coverageNearTheEnds;
  const near = rows.some(({asr}) => asr?.interval && Math.min(asr.mean, 1 - asr.mean) < end);
  return near
    ? ' Where a mean ASR is under 10 % or over 90 %, such an interval covers ' +
        `${String(least)} to ${String(most)} % instead of 95.`
    : '';
}

/** `flagged`: cells count whose flags keep them out of means elsewhere. */
export function captionOf(standings: Standings, flagged: boolean): string {
  const over = `Over ${String(standings.shared)} of ${String(standings.planned)} attacked cells`;
  const cells = String(standings.counted);
  const counted =
    'mean ASR and DER over ' +
    (flagged ? `${cells} of them, flagged cells counted` : `the ${cells} where the ASR counts`);
  const thin = standings.thin.length > 0 ? ` Too few seeds: ${standings.thin.join(', ')}.` : '';
  return (
    `Defences by their mean ASR. ${over}; ${counted}. Ranges: 95 %, Student's t over teacher ` +
    'seeds; behind a rank the ranks that are possible, by paired tests (Holm) over all pairs of ' +
    `the table; the chance is that of the lowest mean.${coverageOf(standings)} Verified: from ` +
    "L0, somebody's word, to L4, all computed again by others; live is what the repository keeps." +
    `${thin}${certaintyOf(standings)}`
  );
}

function referenceRow({name, asr, acc, what}: ReferenceRow): HTMLElement {
  const shown = (share: number | undefined) =>
    numberCell(share === undefined ? missing('not recorded') : percent(share));
  return make(
    'tr',
    {},
    numberCell(''),
    make('th', {scope: 'row'}, name, ' ', make('span', {class: 'tag'}, 'reference')),
    shown(asr),
    numberCell(''),
    shown(acc),
    make('td', {colspan: columns.length - 5}, what),
  );
}

/** Those that have a score among the rows. The others have no row in any table. */
export function scoredStandings({rows}: Standings, cells: readonly Row[]): Standing[] {
  const scored = new Set(cells.filter(row => row.status !== 'absent').map(row => row.defense));
  return rows.filter(row => scored.has(row.defense));
}

// Planned defences without a score, in one line.
function unscoredLine(unscored: readonly Standing[]): HTMLElement | null {
  if (unscored.length === 0) return null;
  const count = `${plural(unscored.length, 'planned defence')} without a score: `;
  const names = unscored.flatMap((row, i): Child[] => [i > 0 ? ', ' : null, name(row.defense)]);
  return make('p', {class: 'facts'}, count, ...names, '.');
}

export function standingsTable(group: NamedGroup, context: Context, address: Address): HTMLElement {
  const heads = columns.map(([head]) => make('th', {scope: 'col'}, head));
  const shown = scoredStandings(group.standings, group.rows);
  const rows = shown.map(row => {
    const cells = columns.map(([, cell]) => cell(row, group, context, address));
    const style = row.rank === 1 ? 'first' : undefined;
    return withStops(make('tr', {class: style, 'data-row': row.defense}, ...cells));
  });
  const {tracks} = context.site;
  const references = referencesOf(group.rows, group.pinned, tracks).map(referenceRow);
  const table = scrolled(
    `Standings of defences with ${group.name}, filtered`,
    make(
      'table',
      {class: 'standings'},
      make('caption', {}, captionOf(group.standings, countsFlagged(address))),
      make('thead', {}, make('tr', {}, ...heads)),
      make('tbody', {}, ...rows),
      references.length > 0 ? make('tfoot', {}, ...references) : null,
    ),
  );
  const unscored = group.standings.rows.filter(row => !shown.includes(row));
  return make('div', {}, table, unscoredLine(unscored));
}
