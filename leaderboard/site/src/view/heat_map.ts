// Attacks by defences as leaderboard/pages/heat_map.cc has them: means over the seeds that count,
// or what became of the cells. A test compares both.
import {compareText, groupBy} from '../arrays';
import {type SiteFile} from '../data/format';
import {type Row} from '../data/rows';
import {keepsOut, networksOf} from '../state/filters';
import {meanOverSeeds} from '../statistics/teacher_means';
import {cellLink, type Context, linkTo} from './context';
import {type Child, make, name, scrolled} from './dom';
import {missing, percent} from './words';

/** Of more scores than this the page names no seeds, as on the pages. */
const mostRows = 500;

/** Whether a heat map of these rows links each seed; planned cells without a score have no link. */
export function linksSeeds(rows: readonly Row[]): boolean {
  return rows.filter(row => row.status !== 'absent').length <= mostRows;
}

/** What a cell shows, in words. */
export interface HeatText {
  /** Its class. */
  readonly style: string;
  /** "ASR", "ACC" or nothing, before the value. */
  readonly label: string;
  /** Undefined: a dash. */
  readonly value: string | undefined;
  /** What stands below, a line each. */
  readonly lines: readonly string[];
}

type Statuses = Pick<SiteFile, 'statuses'>;

const statusText = (status: string, {statuses}: Statuses) => statuses[status] ?? status;

interface Averaged {
  readonly rows: readonly Row[];
  readonly counted: number;
  readonly others: string;
}

// A mean is over the seeds that count, or it would say less of a defence the more of them the
// backdoor never reached; over all of them where none counts.
function countedOrAll(ended: readonly Row[]): Averaged {
  const counted = ended.filter(row => row.counts);
  const flags = ended.filter(row => !row.counts).flatMap(row => row.flags);
  const others = [...new Set(flags.filter(flag => keepsOut.includes(flag)))].sort(compareText);
  return {
    rows: counted.length > 0 ? counted : ended,
    counted: counted.length,
    others: others.join(', '),
  };
}

// "4 of 5 seeds: 1 diverged"; nothing where all ended well.
function partialText(rows: readonly Row[], site: Statuses): string {
  const others = new Map<string, number>();
  for (const {status} of rows) {
    if (status === 'ok') continue;
    const what = status === 'absent' ? 'without a score' : statusText(status, site);
    others.set(what, (others.get(what) ?? 0) + 1);
  }
  if (others.size === 0) return '';
  const good = rows.filter(row => row.status === 'ok').length;
  const texts = [...others]
    .sort(([a], [b]) => compareText(a, b))
    .map(([what, count]) => `${String(count)} ${what}`);
  return `${String(good)} of ${String(rows.length)} seeds: ${texts.join(', ')}`;
}

// "2 of 3 seeds count (others: not_transferred)"; nothing where all of them count or none.
function countsText({counted, others}: Averaged, all: number): string {
  if (counted === 0 || counted === all) return '';
  const why = others === '' ? '' : ` (others: ${others})`;
  return `${String(counted)} of ${String(all)} seeds count${why}`;
}

// Flags that say how to read the number and keep it in means.
function warningsOf(rows: readonly Row[]): string {
  const flags = rows.flatMap(row => row.flags).filter(flag => !keepsOut.includes(flag));
  return [...new Set(flags)].sort(compareText).join(', ');
}

function goodText(good: readonly Row[], partial: string): HeatText {
  const averaged = countedOrAll(good);
  const asr = meanOverSeeds(averaged.rows, row => row.asr);
  const acc = meanOverSeeds(averaged.rows, row => row.acc);
  const floor = meanOverSeeds(averaged.rows, row => row.floor);
  const why = good[0]?.unattacked ? 'no attack in this cell' : 'not recorded';
  const uncounted = asr !== undefined && averaged.counted === 0 ? averaged.others : '';
  const flagged = warningsOf(averaged.rows);
  const shade = asr === undefined ? '' : ` h${String(Math.round(10 * asr))}`;
  const second = acc === undefined ? 'ACC –' : `ACC ${percent(acc)}`;
  const lines = [
    asr === undefined ? why : second,
    floor === undefined ? '' : `floor ${percent(floor)}`,
    partial,
    countsText(averaged, good.length),
    uncounted && `in no mean: ${uncounted}`,
    flagged && `flagged: ${flagged}`,
  ];
  const shown = asr ?? acc;
  return {
    style: `heat${shade}${uncounted || flagged ? ' hatch' : ''}`,
    label: asr === undefined ? 'ACC ' : 'ASR ',
    value: shown === undefined ? undefined : percent(shown),
    lines: lines.filter(line => line !== ''),
  };
}

/** `rows`: of one attack and one defence, those without a score last. */
export function heatText(rows: readonly Row[], site: Statuses): HeatText {
  const good = rows.filter(row => row.status === 'ok');
  if (good.length > 0) return goodText(good, partialText(rows, site));
  const [first] = rows;
  const value = first ? statusText(first.status, site) : 'no cell';
  return {style: 'heat hatch', label: '', value, lines: first?.reason ? [first.reason] : []};
}

function linkOf(rows: readonly Row[], context: Context): string {
  const [first] = rows;
  if (!first) return '';
  if (rows.length === 1) return cellLink(first, context);
  const values = new Map([
    ['dataset', [first.dataset]],
    ['networks', [networksOf(first)]],
    ['distiller', [first.distiller]],
    ['attack', [first.attack]],
    ['defense', [first.defense]],
  ]);
  return linkTo(context, 'cells', {values});
}

// Links to the cells behind a mean; nothing for a single one.
function seedLinks(scored: readonly Row[], context: Context): HTMLElement | null {
  if (scored.length < 2) return null;
  const links = scored.flatMap(row => [
    ' ',
    make(
      'a',
      {href: cellLink(row, context)},
      make('span', {class: 'vh'}, 'seeds '),
      `${String(row.teacherSeed)}·${String(row.studentSeed)}`,
    ),
  ]);
  return make('span', {class: 'seeds'}, 'seeds', ...links);
}

function heatCell(rows: readonly Row[], withSeeds: boolean, context: Context): HTMLElement {
  const {style, label, value, lines} = heatText(rows, context.site);
  const shown: Child[] = [label, value ?? missing('not recorded')];
  const scored = rows.filter(row => row.status !== 'absent');
  if (scored.length === 0) return make('td', {class: style}, ...shown);
  const below = lines.flatMap((line, i): Child[] => [i > 0 ? make('br') : null, line]);
  return make(
    'td',
    {class: style},
    make('a', {href: linkOf(rows, context)}, ...shown),
    make('span', {class: 'why'}, ...below),
    withSeeds ? seedLinks(scored, context) : null,
  );
}

/**
 * By attack, those without any score last, and in it by defence, the undefended first; no defence
 * without any score.
 */
export interface HeatMap {
  readonly attacks: readonly string[];
  readonly defenses: readonly string[];
  readonly at: (attack: string, defense: string) => readonly Row[];
}

/** `rows`: of one group. */
export function heatMapOf(rows: readonly Row[]): HeatMap {
  const cells = groupBy(rows, row => `${row.attack}\n${row.defense}`);
  const undefended = new Set(
    rows.filter(row => row.defensePlugin === 'none').map(row => row.defense),
  );
  const scored = rows.filter(row => row.status !== 'absent');
  const defenses = [...new Set(scored.map(row => row.defense))].sort(compareText);
  const measured = new Set(scored.map(row => row.attack));
  const attacks = [...new Set(rows.map(row => row.attack))].sort(compareText);
  return {
    attacks: [
      ...attacks.filter(attack => measured.has(attack)),
      ...attacks.filter(attack => !measured.has(attack)),
    ],
    defenses: [
      ...defenses.filter(defense => undefended.has(defense)),
      ...defenses.filter(defense => !undefended.has(defense)),
    ],
    at: (attack, defense) => cells.get(`${attack}\n${defense}`) ?? [],
  };
}

/** The columns of defences that the attack was built against and has a cell with. */
export function adaptedColumns(map: HeatMap, attack: string): string[] {
  return map.defenses.filter(defense => map.at(attack, defense).some(row => row.adaptive));
}

function attackHead(map: HeatMap, attack: string): HTMLElement {
  const adapted = adaptedColumns(map, attack).join(', ');
  const tag = make('span', {class: 'tag'}, `adapts to ${adapted}`);
  return make('th', {scope: 'row'}, name(attack), ...(adapted === '' ? [] : [' ', tag]));
}

const outOfMeans =
  'Out of all means of ASR, here too unless no seed counts: attack_ineffective, no_undefended, ' +
  'not_transferred.';
const inMeans =
  'By the filter above, attack_ineffective, no_undefended and not_transferred count like others.';

/** `flagged`: cells count whose flags keep them out of means elsewhere. */
export const heatCaption = (flagged: boolean): string =>
  'Attacks × defences, in percent, mean over the seeds that count, teachers weighing alike. ' +
  'Darker is a higher ASR; hatched did not end in a number, with the reason, or is flagged; ' +
  `where seeds are missing or do not count, it says how many. ${flagged ? inMeans : outOfMeans} ` +
  'Hatched, and in the means: attack_aware, high_floor, no_clean_teacher, no_floor, ' +
  'nondeterministic, obvious_trigger, utility_collapse, which costs the rank.';

/** `rows`: of one group; `flagged`: as of heatCaption. */
export function heatMap(
  rows: readonly Row[],
  group: string,
  context: Context,
  flagged = false,
): HTMLElement {
  const map = heatMapOf(rows);
  const {attacks, defenses, at} = map;
  const withSeeds = linksSeeds(rows);
  const head = make(
    'tr',
    {},
    make('th', {scope: 'col'}, 'Attack'),
    ...defenses.map(defense => make('th', {scope: 'col'}, name(defense))),
  );
  const body = attacks.map(attack =>
    make(
      'tr',
      {},
      attackHead(map, attack),
      ...defenses.map(defense => heatCell(at(attack, defense), withSeeds, context)),
    ),
  );
  return scrolled(
    `Attacks and defences with ${group}`,
    make(
      'table',
      {class: 'heatmap'},
      make('caption', {}, heatCaption(flagged)),
      make('thead', {}, head),
      make('tbody', {}, ...body),
    ),
  );
}
