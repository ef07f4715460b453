// The standings of a group over the cells that a filter left: the columns of standings.tpl.
import {type Row} from '../data/rows';
import {type Address} from '../state/address';
import {type RankRange} from '../statistics/ranking';
import {type ReferenceRow, referencesOf} from '../statistics/references';
import {type Standing, type Standings} from '../statistics/standings';
import {networksOf} from '../state/filters';
import {type Context, linkTo} from './context';
import {type Child, make, name, scrolled, shielded} from './dom';
import {duration, estimateCell, missing, numberCell, percent, points, range} from './words';

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

export function whyNoRank(row: Standing, standings: Standings): string {
  if (row.control) return 'the control is not ranked';
  if (row.collapsed > 0) return 'utility collapse';
  if (row.cells === 0) return 'not finished';
  return standings.teachers < 3 ? 'fewer than 3 teacher seeds' : 'no cell where the ASR counts';
}

function rankCell(row: Standing, standings: Standings): HTMLElement {
  if (row.rank !== undefined) return numberCell(String(row.rank), rankRange(row.rankInterval));
  if (row.rankApart !== undefined) {
    const over = ` over ${String(row.cells)} of ${String(row.planned)}`;
    return numberCell(`(${String(row.rankApart)})`, make('span', {class: 'ci'}, over));
  }
  return numberCell(missing(whyNoRank(row, standings)));
}

// To this row of this group, under the filter of the view.
function permalink(row: Standing, {rows}: NamedGroup, context: Context, address: Address) {
  const values = new Map(address.values).set('row', [row.defense]);
  const [first] = rows;
  if (first) {
    values.set('dataset', [first.dataset]).set('networks', [networksOf(first)]);
    values.set('distiller', [first.distiller]).set('track', [first.track]);
  }
  const label = `Link to the row of ${row.defense}`;
  const href = linkTo(context, 'standings', {values});
  return make('a', {class: 'permalink', href, 'aria-label': shielded(label)}, '#');
}

const defenseCell: Cell = (row, group, context, address) => {
  const values = new Map(address.values).set('defense', [row.defense]);
  return make(
    'th',
    {scope: 'row'},
    make('a', {href: linkTo(context, 'cells', {values})}, name(row.defense)),
    ' ',
    row.control ? make('span', {class: 'tag'}, 'control') : null,
    row.attackAware
      ? make('span', {class: 'tag', title: context.site.flags['attack_aware']}, 'attack-aware')
      : null,
    permalink(row, group, context, address),
  );
};

function worstCell({worst}: Standing): HTMLElement {
  if (!worst) return numberCell(missing('not finished'));
  return numberCell(percent(worst.mean), range(worst.interval, percent), ' ', name(worst.attack));
}

const noControl = 'there is no undefended student to compare with';

// Against the undefended student, where both are over the same cells.
function lossCell(row: Standing, standings: Standings): HTMLElement {
  if (row.control) return numberCell('');
  const control = standings.rows.find(one => one.control && one.acc);
  if (!row.acc) return numberCell(missing('not finished'));
  if (!control?.acc) {
    return numberCell(missing(noControl));
  }
  if (control.cells !== row.cells) {
    return numberCell(missing('over other cells than the undefended student'));
  }
  return numberCell(points(control.acc.mean - row.acc.mean));
}

/** Over the cells that the undefended student finished too: the count, where they are fewer. */
export function derCell({der, asr}: Standing, reason: string): HTMLElement {
  const cell = estimateCell(der, reason);
  if (der && asr && der.cells < asr.cells) {
    const over = ` over ${String(der.cells)} of ${String(asr.cells)}`;
    cell.append(make('span', {class: 'ci'}, over));
  }
  return cell;
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

export const whyNoMean = (row: Standing) =>
  row.cells === 0 ? 'not finished' : 'no cell where the ASR counts';

const columns: readonly (readonly [string, Cell])[] = [
  ['Rank', (row, {standings}) => rankCell(row, standings)],
  ['Defence', defenseCell],
  ['ASR %, mean', row => estimateCell(row.asr, whyNoMean(row))],
  ['ASR %, worst attack', worstCell],
  ['ACC %', row => estimateCell(row.acc, 'not finished')],
  ['ACC lost, points', (row, {standings}) => lossCell(row, standings)],
  ['DER %', row => derCell(row, row.asr ? noControl : whyNoMean(row))],
  ['Best, chance %', (row, {standings}) => chanceCell(row, standings)],
  ['Time a cell', costCell],
  ['Time, relative', relativeCell],
  ['Finished', row => numberCell(`${String(row.finished)} of ${String(row.planned)}`)],
  ['Computed', (row, {rows}) => numberCell(dayOf(row.defense, rows))],
];

function certaintyOf({resolution, splitHalf}: Standings): string {
  if (resolution === undefined) return '';
  const finds = ` Found four times in five: ${percent(resolution)} points.`;
  if (splitHalf === undefined) return finds;
  const agree = (100 * splitHalf).toFixed(0);
  return `${finds} Halves of the teacher seeds agree on the first place in ${agree} % of splits.`;
}

function captionOf(standings: Standings): string {
  const over = `Over ${String(standings.shared)} of ${String(standings.planned)} attacked cells`;
  const counted = `mean ASR and DER over the ${String(standings.counted)} where the ASR counts`;
  const thin = standings.thin.length > 0 ? ` Too few seeds: ${standings.thin.join(', ')}.` : '';
  return (
    `Defences by their mean ASR. ${over}; ${counted}. Ranges: 95 %, Student's t over teacher ` +
    'seeds; behind a rank the ranks that are possible, by paired tests (Holm) over all pairs of ' +
    `the table; the chance is that of the lowest mean.${thin}${certaintyOf(standings)}`
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

export function standingsTable(group: NamedGroup, context: Context, address: Address): HTMLElement {
  const heads = columns.map(([head]) => make('th', {scope: 'col'}, head));
  const rows = group.standings.rows.map(row =>
    make(
      'tr',
      {class: row.rank === 1 ? 'first' : undefined, 'data-row': row.defense},
      ...columns.map(([, cell]) => cell(row, group, context, address)),
    ),
  );
  const {tracks} = context.site;
  const references = referencesOf(group.rows, group.pinned, tracks).map(referenceRow);
  return scrolled(
    `Standings of defences with ${group.name}, filtered`,
    make(
      'table',
      {class: 'standings'},
      make('caption', {}, captionOf(group.standings)),
      make('thead', {}, make('tr', {}, ...heads)),
      make('tbody', {}, ...rows),
      references.length > 0 ? make('tfoot', {}, ...references) : null,
    ),
  );
}
